using System.CommandLine;
using Logits.Cli.Reports;
using Logits.Metrics;

namespace Logits.Cli.Verbs;

/// <summary><c>logits evaluate</c>: how good the scores are, and how far their confidence can be believed.</summary>
static class EvaluateVerb
{
    const string Example = """
        $ logits evaluate --bins 10
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("evaluate", "Accuracy, losses and every calibration metric of scores with known labels", Example);
        var bins = Choices.Count("--bins", "N", 15, 1, "Bins of the binned metrics and of the diagram");
        var report = Choices.Text("--report", "FILE.html", "Write a self-contained page with the diagrams");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[bins, report, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            using var page = result.GetValue(report) is { } path ? new PendingFile(path) : null;
            using var input = ScoreArguments.Open();
            var evaluation = Evaluator.Run(input, null, new EvaluationOptions { Bins = result.GetValue(bins) }, terminal.Interrupted);
            ScoreArguments.WarnOfProbabilities(terminal, input);

            if (result.GetValue(json))
                JsonText.Write(terminal, writer => EvaluationText.WriteKeys(writer, evaluation));
            else
            {
                terminal.Output.WriteLine($"{input.Name}: {Show.Count(evaluation.Rows)} rows, {Show.Count(evaluation.Classes)} classes");
                EvaluationText.WriteTable(terminal, evaluation);
                terminal.Note($"this is {Inputs.Sample.Origin}");
            }
            page?.Finish(EvaluationReport.Write(input.Name, evaluation, CommandLine.Of(result)), terminal);
            return ExitCode.Done;
        });
        return verb;
    }
}
