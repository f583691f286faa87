using Logits.Cli.Inputs;
using Logits.Cli.Reports.Charts;
using Logits.Metrics;

namespace Logits.Cli.Reports;

/// <summary>The page of <c>logits evaluate --report</c>.</summary>
static class EvaluationReport
{
    public static string Write(ScoreInput input, Evaluation evaluation, ClassReliability? classes, string command)
    {
        var series = new Series("these scores", "after");
        var page = new Page("Evaluation report", $"{input.Name}: {Show.Count(evaluation.Rows)} rows, {Show.Count(evaluation.Classes)} classes");
        page.Verdict($"The model is right {Show.RoundPercent(evaluation.Accuracy)} of the time and claims {Show.RoundPercent(evaluation.MeanConfidence)} on average; the mean gap between claim and truth (ECE) is {Show.Percent(evaluation.ExpectedCalibrationError)}.");
        page.Section("Metrics");
        page.Table(["metric", "value", "what it says"], Metric.Of(evaluation).Select(row => (IReadOnlyList<string>)[row.Metric.Title, Panels.Cell(row.Metric, row.Value, evaluation), row.Metric.Meaning]), lastIsText: true);
        Panels.IntervalsNote(page, evaluation);
        Panels.Tests(page, [(series, evaluation)]);
        page.Section("Can the confidence be believed?");
        Panels.Reliability(page, "Reliability", series, evaluation);
        Panels.Corp(page, "Reliability", series, evaluation);
        Panels.Confidence(page, [(series, evaluation)]);
        Panels.Risk(page, [(series, evaluation)]);
        Panels.Bins(page, [(series, evaluation)]);
        Panels.Classes(page, input.NameOf, evaluation.Classes, [(series, classes)]);
        page.Section("The command that made this page").Command(command);
        return page.Finish();
    }
}
