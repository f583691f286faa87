using System.CommandLine;
using System.Text.Json;
using Logits.Calibration;
using Logits.Cli.Inputs;
using Logits.Cli.Reports;
using Logits.Formats;
using Logits.Metrics;
using Logits.Optimization;
using Spectre.Console;

namespace Logits.Cli.Verbs;

/// <summary><c>logits calibrate</c>: learns on held-out rows how to make scores honest, and shows what it changed.</summary>
static class CalibrateVerb
{
    const string Example = """
        $ logits calibrate val_logits.npy val_labels.npy --test test_logits.npy,test_labels.npy --save cal.json
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("calibrate", "Fit a calibrator on held-out scores, show what it changes, and save it", Example);
        var scores = new ScoreArguments(verb, withLabels: true);
        var method = Choices.OneOf("--method", "temperature", "How to calibrate; auto compares by cross-validation and may answer none", ["auto", .. Calibrators.All.Select(m => m.Name)]);
        var folds = Choices.CountIfGiven("--cv", "K", 3, "Cross-validate in K parts: how much the method gains on rows it was not fitted on (auto: 5)");
        var test = Choices.Text("--test", "LOGITS[,LABELS]", "Rows the fit does not see, to judge it by");
        var save = Choices.Text("--save", "cal.json", "Write the calibrator, for predict --calibrator");
        var report = Choices.Text("--report", "FILE.html", "Write a self-contained page with the diagrams");
        var metrics = new MetricArguments(verb);
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[method, folds, test, save, report, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            using var saved = result.GetValue(save) is { } target ? new PendingFile(target) : null;
            using var page = result.GetValue(report) is { } path ? new PendingFile(path) : null;
            using var validation = scores.Open(result, terminal);
            using var testing = scores.OpenTest(result, terminal, result.GetValue(test), validation);

            bool streamed = result.GetValue(method) == "temperature" && result.GetValue(folds) is null && validation is { CanReadAgain: true, Scores: > StreamedTemperature.MostScores };
            var rows = streamed ? null : validation.ReadAll();
            validation.RequireLabels();
            var learned = rows?.AsInput(validation) ?? validation;
            ScoreArguments.WarnOfProbabilities(terminal, validation);
            var (calibrator, selection) = rows is null
                ? (StreamedTemperature.Fit(terminal, validation), null)
                : Learn(terminal, validation, rows, result.GetValue(method)!, result.GetValue(folds), metrics.SeedOf(result));

            // Intervals where they are needed: on the rows to judge by.
            var onTest = metrics.WithIntervals(result, terminal);
            var onValidation = testing is null ? onTest : metrics.WithoutIntervals(result);
            var (classesBefore, classesAfter) = (ClassReliability.For(validation.Classes, page is not null), ClassReliability.For(validation.Classes, page is not null));
            var outcome = new CalibrationOutcome
            {
                Calibrator = calibrator,
                Selection = selection,
                ValidationName = validation.Name,
                TestName = testing?.Name,
                Validation = Evaluator.Run(terminal, learned, calibrator, onValidation, testing is null ? classesBefore : null, testing is null ? classesAfter : null),
                Test = testing is null ? null : Evaluator.Run(terminal, testing, calibrator, onTest, classesBefore, classesAfter),
                ClassesBefore = classesBefore,
                ClassesAfter = classesAfter,
                NameOf = validation.NameOf,
            };

            if (result.GetValue(json))
                JsonText.Write(terminal, writer => WriteKeys(writer, outcome));
            else
                WriteText(terminal, outcome, scores.IsSample(result));

            saved?.Finish(CalibratorFile.ToUtf8(calibrator), terminal);
            page?.Finish(CalibrationReport.Write(terminal, outcome, learned, CommandLine.Of(result)), terminal);
            return calibrator.Facts is { Converged: false } ? ExitCode.Failed : ExitCode.Done;
        });
        return verb;
    }

    static (ICalibrator, CalibratorSelection?) Learn(Terminal terminal, ScoreInput input, ScoreTable rows, string method, int? folds, ulong seed)
    {
        if (method != "auto" && folds is null)
            return (Fit(terminal, input, rows, Calibrators.Find(method)), null);
        var options = new SelectionOptions { Methods = method == "auto" ? null : [method], Folds = folds ?? 5, Seed = seed, Cancellation = terminal.Interrupted };
        try
        {
            var selection = ProgressBar.Show(terminal, "comparing methods", progress => CalibratorSelection.Fit(rows.Logits, rows.Labels, options with { Progress = progress }));
            // A method that was asked for by name is used; the comparison then only tells what it is worth.
            return (method == "auto" ? selection.Calibrator : Fit(terminal, input, rows, Calibrators.Find(method)), selection);
        }
        catch (ArgumentException e)
        {
            throw new RequestException($"{input.Name}: {App.Words(e)}", e);
        }
    }

    static ICalibrator Fit(Terminal terminal, ScoreInput input, ScoreTable rows, CalibrationMethod method)
    {
        try
        {
            return method.Fit(rows.Logits, rows.Labels, new Stopping { Cancellation = terminal.Interrupted });
        }
        catch (ArgumentException e)
        {
            throw new RequestException($"{input.Name}: {App.Words(e)}", e);
        }
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
        if (outcome.Selection is { } selection)
            WriteSelection(json, selection);
        WritePair(json, "validation", outcome.Validation);
        if (outcome.Test is { } test)
            WritePair(json, "test", test);
    }

    static void WriteSelection(Utf8JsonWriter json, CalibratorSelection selection)
    {
        json.WriteStartObject("cross_validation");
        json.WriteString("reason", selection.Reason);
        json.Number("nll", selection.Nll);
        json.WriteStartArray("methods");
        foreach (var entry in selection.Entries)
        {
            json.WriteStartObject();
            json.WriteString("method", entry.Method);
            json.Number("nll", entry.Nll);
            json.Number("gain", entry.Gain);
            json.Number("gain_std_error", entry.GainError);
            json.Number("p_worse_than_best", entry.PWorse);
            if (entry.Refusal is not null)
                json.WriteString("refusal", entry.Refusal);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
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

    static void WriteComparison(Terminal terminal, CalibrationOutcome outcome, CalibratorSelection selection)
    {
        terminal.WriteWrapped($"{Sentence(selection.Reason)} {selection.InWords()}".TrimEnd());
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("method").AddColumn(new TableColumn("NLL, cross-validated").RightAligned()).AddColumn(new TableColumn("gain").RightAligned()).AddColumn(new TableColumn("± s.e.").RightAligned()).AddColumn("");
        foreach (var entry in selection.Entries)
            table.AddRow(new Text(entry.Method), new Text(Show.Nats(entry.Nll)), new Text(Show.Nats(entry.Gain)), new Text(Show.Nats(entry.GainError)),
                new Text(entry.Method == outcome.Calibrator.Method ? "chosen" : entry.Refusal ?? ""));
        terminal.Tables.Write(table);
    }

    static string Sentence(string words) => words.Length == 0 ? words : char.ToUpperInvariant(words[0]) + words[1..] + (words.EndsWith('.') ? "" : ".");

    static void WriteText(Terminal terminal, CalibrationOutcome outcome, bool isSample)
    {
        terminal.WriteWrapped(outcome.InWords);
        if (outcome.Selection is { } selection)
            WriteComparison(terminal, outcome, selection);
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
            terminal.Note("your own: logits calibrate VAL_LOGITS VAL_LABELS --test TEST_LOGITS,TEST_LABELS --save cal.json");
        }
    }
}
