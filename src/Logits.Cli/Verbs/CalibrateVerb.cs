using System.CommandLine;
using System.Text.Json;
using Logits.Calibration;
using Logits.Cli.Inputs;
using Logits.Cli.Reports;
using Logits.Metrics;

namespace Logits.Cli.Verbs;

/// <summary><c>logits calibrate</c>: learns on held-out rows how to make scores honest, and shows what it changed.</summary>
static class CalibrateVerb
{
    const string Example = """
        $ logits calibrate --report calibration.html
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("calibrate", "Fit a calibrator on held-out scores, show what it changes, and save it", Example);
        var method = Choices.OneOf("--method", "temperature", "How to calibrate", "temperature");
        var report = Choices.Text("--report", "FILE.html", "Write a self-contained page with the diagrams");
        var bins = Choices.Count("--bins", "N", 15, 1, "Bins of the binned metrics and of the diagrams");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[method, report, bins, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            using var page = result.GetValue(report) is { } path ? new PendingFile(path) : null;
            using var validation = ScoreArguments.Open();
            using var testing = Sample.Open(Sample.Test);
            var rows = validation.ReadAll();
            if (!validation.HasLabels)
                throw new RequestException($"{validation.Name}: has no labels; name a file of labels after it, or add a column label");
            ScoreArguments.WarnOfProbabilities(terminal, validation);
            var calibrator = TemperatureScaling.Fit(rows.Logits, rows.Labels);

            var options = new EvaluationOptions { Bins = result.GetValue(bins) };
            var outcome = new CalibrationOutcome
            {
                Calibrator = calibrator,
                ValidationName = validation.Name,
                TestName = testing.Name,
                Validation = new(Evaluator.Run(validation, null, options, terminal.Interrupted), Evaluator.Run(validation, calibrator, options, terminal.Interrupted)),
                Test = new(Evaluator.Run(testing, null, options, terminal.Interrupted), Evaluator.Run(testing, calibrator, options, terminal.Interrupted)),
            };

            if (result.GetValue(json))
                JsonText.Write(terminal, writer => WriteKeys(writer, outcome));
            else
                WriteText(terminal, outcome, isSample: true);

            page?.Finish(CalibrationReport.Write(outcome, rows, CommandLine.Of(result)), terminal);
            return calibrator.Facts is { Converged: false } ? ExitCode.Failed : ExitCode.Done;
        });
        return verb;
    }

    static void WriteKeys(Utf8JsonWriter json, CalibrationOutcome outcome)
    {
        json.WriteString("method", outcome.Calibrator.Method);
        if (outcome.Temperature is { } temperature)
            json.Number("temperature", temperature);
        json.WriteStartObject("parameters");
        WriteParameters(json, outcome.Calibrator.Parameters);
        json.WriteEndObject();
        json.WriteBoolean("converged", outcome.Calibrator.Facts?.Converged ?? true);
        json.WriteNumber("iterations", outcome.Calibrator.Facts?.Iterations ?? 0);
        WritePair(json, "validation", outcome.Validation);
        if (outcome.Test is { } test)
            WritePair(json, "test", test);
    }

    static void WritePair(Utf8JsonWriter json, string name, BeforeAndAfter pair)
    {
        json.WriteStartObject(name);
        EvaluationText.WriteObject(json, "before", pair.Before);
        EvaluationText.WriteObject(json, "after", pair.After);
        json.WriteEndObject();
    }

    static void WriteParameters(Utf8JsonWriter json, ParameterSet parameters)
    {
        foreach (var (name, value) in parameters)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case double number:
                    json.Number(number);
                    break;
                case string word:
                    json.WriteStringValue(word);
                    break;
                case Numbers numbers:
                    json.WriteStartArray();
                    foreach (double number in numbers)
                        json.Number(number);
                    json.WriteEndArray();
                    break;
                case IReadOnlyList<ParameterSet> children:
                    json.WriteStartArray();
                    foreach (var child in children)
                    {
                        json.WriteStartObject();
                        WriteParameters(json, child);
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                    break;
                default:
                    throw new InvalidOperationException($"parameter {name} has no form in JSON: {value.GetType().Name}");
            }
        }
    }

    static void WriteText(Terminal terminal, CalibrationOutcome outcome, bool isSample)
    {
        terminal.WriteWrapped(outcome.InWords);
        var columns = new List<(string, Evaluation)>
        {
            ($"validation\n{Show.Count(outcome.Validation.Before.Rows)} rows", outcome.Validation.Before),
            ("\ncalibrated", outcome.Validation.After),
        };
        if (outcome.Test is { } test)
            columns.AddRange([($"test\n{Show.Count(test.Before.Rows)} rows", test.Before), ("\ncalibrated", test.After)]);
        EvaluationText.WriteTable(terminal, columns);
        terminal.WriteWrapped(outcome.Verdict);
        if (isSample)
        {
            terminal.Note($"this is {Sample.Origin}");
            terminal.Note("see it drawn: logits calibrate --report calibration.html");
        }
    }
}
