using System.CommandLine;
using System.Text.Json;
using Logits.Calibration;
using Logits.Cli.Inputs;
using Logits.Cli.Reports;
using Logits.Conformal;

namespace Logits.Cli.Verbs;

/// <summary><c>logits conformal</c>: prediction sets with guaranteed coverage, and answers with guaranteed risk.</summary>
static class ConformalVerb
{
    const string Example = """
        $ logits conformal val_logits.npy val_labels.npy --alpha 0.1 --score aps --test test_logits.npy,test_labels.npy
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("conformal", "Prediction sets that hold the true class with guaranteed probability", Example);
        var scores = new ScoreArguments(verb, withLabels: true);
        var alpha = Choices.Number("--alpha", "A", 0.1, a => a is > 0 and < 1, "a number between 0 and 1", "How often a set may miss the label");
        var score = Choices.OneOf("--score", "lac", "What a class is judged by: its probability (lac), or the probability up to it (aps, raps)", [.. SetScores.All.Select(s => s.Name)]);
        var randomized = Choices.Flag("--randomized", "Break ties at the edge at random: coverage closer to 1 - alpha");
        var conditional = Choices.Flag("--class-conditional", "A threshold for each class, so that every class is covered");
        var risk = Choices.NumberIfGiven("--risk", "R", r => r is > 0 and < 1, "a number between 0 and 1", "Also find the confidence above which answers err at most this often");
        var delta = Choices.Number("--delta", "D", 0.05, d => d is > 0 and < 1, "a number between 0 and 1", "How often the guarantee of --risk may fail");
        var calibrator = Choices.Text("--calibrator", "cal.json", "Calibrate the scores first, with a calibrator fitted on other rows");
        var test = Choices.Text("--test", "LOGITS[,LABELS]", "Rows to measure coverage on");
        var seed = Choices.Seed("--seed", 0, "Decides --randomized");
        var report = Choices.Text("--report", "FILE.html", "Write a self-contained page with the diagrams");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[alpha, score, randomized, conditional, risk, delta, calibrator, test, seed, report, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            using var page = result.GetValue(report) is { } path ? new PendingFile(path) : null;
            using var held = scores.Open(result, terminal);
            using var testing = scores.OpenTest(result, terminal, result.GetValue(test), held);
            var saved = result.GetValue(calibrator) is { } file ? SavedCalibrator.Load(file, held) : null;
            var rows = Calibrated(held, saved);
            ScoreArguments.WarnOfProbabilities(terminal, held);
            var sets = ConformalSets.Fit(rows.Logits, rows.Labels, new()
            {
                Alpha = result.GetValue(alpha),
                Score = Score(result.GetValue(score)!, result.GetValue(randomized)),
                ClassConditional = result.GetValue(conditional),
                Seed = result.GetValue(seed),
            });
            var judged = testing is null ? rows : Calibrated(testing, saved);
            var outcome = new ConformalOutcome
            {
                Sets = sets,
                HeldName = held.Name,
                JudgedName = testing?.Name ?? held.Name,
                IsTest = testing is not null,
                Report = sets.Apply(judged.Logits).Against(judged.Labels),
                Rows = judged.Rows,
                NameOf = held.NameOf,
                Selective = result.GetValue(risk) is { } target ? SelectiveClassifier.Fit(rows.Logits, rows.Labels, target, result.GetValue(delta)) : null,
            };

            if (result.GetValue(json))
                JsonText.Write(terminal, writer => WriteKeys(writer, outcome));
            else
                WriteText(terminal, outcome);
            if (sets.HasFullSets)
                terminal.Warn($"{held.Name}: {rows.Rows} rows are too few for --alpha {sets.Alpha}{(sets.IsClassConditional ? " in some classes" : "")}: sets there hold every class; take more rows or a larger alpha");
            if (scores.IsSample(result))
                terminal.Note($"this is {Sample.Origin}. Your own: logits conformal LOGITS LABELS --test LOGITS,LABELS");
            page?.Finish(ConformalPage.Write(outcome, CommandLine.Of(result)), terminal);
            return ExitCode.Done;
        });
        return verb;
    }

    static ISetScore Score(string name, bool randomized) => (name, randomized) switch
    {
        ("aps", _) => new AdaptiveSets(randomized),
        ("raps", _) => new RegularizedAdaptiveSets(Randomized: randomized),
        ("top-k", _) => new TopRankedSets(randomized),
        (_, true) => throw new RequestException("--randomized goes with --score aps, raps or top-k; the score of lac has no ties to break"),
        _ => SetScores.Named(name),
    };

    static ScoreTable Calibrated(ScoreInput input, ICalibrator? calibrator)
    {
        var rows = input.ReadAll();
        input.RequireLabels();
        calibrator?.Apply(rows.Logits, rows.Values);
        return rows;
    }

    static void WriteKeys(Utf8JsonWriter json, ConformalOutcome outcome)
    {
        json.WriteString("score", outcome.Sets.Score.Name);
        json.Number("alpha", outcome.Sets.Alpha);
        json.Number("threshold", outcome.Sets.Threshold);
        if (outcome.Sets.IsClassConditional)
            Array(json, "thresholds", outcome.Sets.Thresholds);
        json.Number("coverage", outcome.Report.Coverage);
        json.Number("mean_set_size", outcome.Report.MeanSize);
        json.Number("empty_share", outcome.Report.EmptyShare);
        Array(json, "class_coverage", outcome.Report.ClassCoverage);
        Array(json, "set_sizes", [.. outcome.Report.SizeCounts.Select(count => (double)count)]);
        if (outcome.Selective is { } selective)
        {
            json.WriteStartObject("selective");
            json.Number("confidence", selective.Threshold);
            json.Number("target_risk", selective.TargetRisk);
            json.Number("delta", selective.Delta);
            json.Number("answered", selective.Coverage);
            json.Number("risk", selective.Risk);
            json.Number("risk_bound", selective.RiskBound);
            json.WriteEndObject();
        }
    }

    static void Array(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
            json.Number(value);
        json.WriteEndArray();
    }

    static void WriteText(Terminal terminal, ConformalOutcome outcome)
    {
        terminal.WriteWrapped(outcome.Verdict);
        var output = terminal.Output;
        output.WriteLine();
        output.WriteLine("  classes in the set      rows");
        foreach (var (size, count) in outcome.Sizes)
            output.WriteLine($"  {size,18}  {Show.Count(count),8}  {Show.Percent((double)count / outcome.Rows),9}");
        output.WriteLine();
        if (outcome.SelectiveInWords is { } selective)
            terminal.WriteWrapped(selective);
    }
}
