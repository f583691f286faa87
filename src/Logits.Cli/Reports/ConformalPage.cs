using Logits.Cli.Reports.Charts;

namespace Logits.Cli.Reports;

/// <summary>The page of <c>logits conformal --report</c>.</summary>
static class ConformalPage
{
    const int MostClasses = 40;

    public static string Write(ConformalOutcome outcome, string command)
    {
        var report = outcome.Report;
        var page = new Page("Prediction sets", $"Score {outcome.Sets.Score.Name}, α = {outcome.Sets.Alpha}, {(outcome.Sets.IsClassConditional ? "a threshold for each class, " : "")}learned from {outcome.HeldName}; judged on {outcome.JudgedName} ({Show.Count(outcome.Rows)} rows)");
        page.Verdict(outcome.Verdict);
        if (outcome.SelectiveInWords is { } selective)
            page.Paragraph(selective);

        page.Section("Coverage and size");
        page.Figure($"Set sizes: {report.MeanSize:0.00} classes on average", [("after", "share of rows")],
            SetSizes.Draw([.. outcome.Sizes], outcome.Rows), "A small set is a sure answer; a large one says that the model cannot tell.");
        var classes = Enumerable.Range(0, report.ClassCoverage.Length).Where(k => !double.IsNaN(report.ClassCoverage[k])).OrderBy(k => report.ClassCoverage[k]).ToList();
        if (classes.Count is > 1 and <= MostClasses)
            page.Figure($"Coverage of each class: {Show.RoundPercent(report.Coverage)} overall", [("after line", "share of the class whose set holds it"), ("reference", $"promised on average, {Show.RoundPercent(1 - outcome.Sets.Alpha)}")],
                ClassCoverage.Draw([.. classes.Select(k => (outcome.NameOf(k), report.ClassCoverage[k]))], 1 - outcome.Sets.Alpha),
                outcome.Sets.IsClassConditional ? "The promise holds for every class." : "The promise holds over all classes together; --class-conditional makes it hold for each.");
        page.Section("The command that made this page").Command(command);
        return page.Finish();
    }
}
