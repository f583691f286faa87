using System.CommandLine;
using Logits.Cli.Reports;

namespace Logits.Cli.Verbs;

/// <summary><c>logits evaluate</c>: how good the scores are, and how far their confidence can be believed.</summary>
static class EvaluateVerb
{
    const string Example = """
        $ logits evaluate test_logits.npy test_labels.npy --bins 15
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("evaluate", "Accuracy, losses and every calibration metric of scores with known labels", Example);
        var scores = new ScoreArguments(verb, withLabels: true);
        var metrics = new MetricArguments(verb);
        var report = Choices.Text("--report", "FILE.html", "Write a self-contained page with the diagrams");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[report, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            using var page = result.GetValue(report) is { } path ? new PendingFile(path) : null;
            using var input = scores.Open(result, terminal);
            var classes = ClassReliability.For(input.Classes, wanted: page is not null);
            var evaluation = Evaluator.Run(terminal, input, metrics.WithIntervals(result, terminal), classes);
            ScoreArguments.WarnOfProbabilities(terminal, input);

            if (result.GetValue(json))
                JsonText.Write(terminal, writer => EvaluationText.WriteKeys(writer, evaluation));
            else
            {
                terminal.Output.WriteLine($"{input.Name}: {Show.Count(evaluation.Rows)} rows, {Show.Count(evaluation.Classes)} classes");
                EvaluationText.WriteTable(terminal, evaluation);
                if (scores.IsSample(result))
                    terminal.Note($"this is {Inputs.Sample.Origin}. Your own: logits evaluate LOGITS LABELS");
            }
            page?.Finish(EvaluationReport.Write(input, evaluation, classes, CommandLine.Of(result)), terminal);
            return ExitCode.Done;
        });
        return verb;
    }
}
