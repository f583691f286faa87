using Logits.Cli.Reports.Charts;
using Logits.Metrics;
using Logits.Students;

namespace Logits.Cli.Reports;

/// <summary>The page of <c>logits distill --report</c>.</summary>
static class DistillationReport
{
    public static string Write(string recipe, Evaluation hard, Evaluation student, Evaluation teacher, GainStudy? repeated, string command)
    {
        Series alone = new("labels alone", "before"), distilled = new("distilled", "after");
        var page = new Page("Distillation report", recipe);
        page.Verdict($"Distillation moves the accuracy from {Show.Percent(hard.Accuracy)} to {Show.Percent(student.Accuracy)} and the NLL from {Show.Nats(hard.NegativeLogLikelihood)} to {Show.Nats(student.NegativeLogLikelihood)}; the teacher's are {Show.Percent(teacher.Accuracy)} and {Show.Nats(teacher.NegativeLogLikelihood)}.");
        page.Section("Side by side");
        var (a, b, c) = (Metric.Of(hard), Metric.Of(student), Metric.Of(teacher));
        page.Table(["metric", alone.Name, distilled.Name, "teacher", "what it says"], a.Zip(b, c).Select(row => (IReadOnlyList<string>)
            [row.First.Metric.Title, row.First.Metric.Show(row.First.Value), row.First.Metric.Show(row.Second.Value), row.First.Metric.Show(row.Third.Value), row.First.Metric.Meaning]), lastIsText: true);
        if (repeated is { Draws.Count: > 1 })
        {
            page.Section("Is it luck?");
            page.Figure("Gain in accuracy, draw by draw", [("after", "one draw"), ("after line", "mean"), ("band after", "± 2 standard errors")],
                DrawsChart.Draw("draw of the transfer rows", "gain in accuracy", [.. repeated.Draws.Select(draw => draw.SoftAccuracy - draw.HardAccuracy)], repeated.Gain, repeated.StandardError),
                $"Both students of a draw learned from the same rows: {100 * repeated.Gain:0.00} ± {100 * repeated.StandardError:0.00} points (mean ± standard error); the distilled one won {repeated.Wins} of {repeated.Draws.Count}.");
        }
        page.Section("Can the confidence be believed?");
        Panels.Reliability(page, "Reliability of labels alone", alone, hard);
        Panels.Reliability(page, "Reliability of the distilled student", distilled, student);
        Panels.Confidence(page, [(alone, hard), (distilled, student)]);
        Panels.Risk(page, [(alone, hard), (distilled, student)]);
        page.Section("The command that made this page").Command(command);
        return page.Finish();
    }
}
