using Logits.Calibration;
using Logits.Cli.Inputs;
using Logits.Cli.Reports.Charts;
using Logits.Metrics;

namespace Logits.Cli.Reports;

/// <summary>The page of <c>logits calibrate --report</c>.</summary>
static class CalibrationReport
{
    static readonly Series Before = new("before", "before"), After = new("calibrated", "after");

    public static string Write(Terminal terminal, CalibrationOutcome outcome, ScoreInput learned, string command)
    {
        var (before, after) = outcome.Judged;
        string judged = outcome.Test is null ? "the rows it was fitted on" : $"{outcome.TestName} ({Show.Count(before.Rows)} rows the fit did not see)";
        var page = new Page("Calibration report", $"Method {outcome.Calibrator.Method}, fitted on {outcome.ValidationName} ({Show.Count(outcome.Validation.Before.Rows)} rows, {Show.Count(outcome.Validation.Before.Classes)} classes); judged on {judged}");
        page.Verdict(outcome.Verdict);
        page.Paragraph(outcome.InWords);

        page.Section("Metrics");
        Table(page, outcome.Judged);
        Panels.IntervalsNote(page, before);
        Panels.Tests(page, [(Before, before), (After, after)]);

        if (outcome.Selection is { } selection)
            Comparison(page, outcome, selection);

        page.Section("Can the confidence be believed?");
        Panels.Reliability(page, "Before", Before, before);
        Panels.Reliability(page, "Calibrated", After, after);
        Panels.Corp(page, "Before", Before, before);
        Panels.Corp(page, "Calibrated", After, after);

        page.Section("What changed");
        Panels.Confidence(page, [(Before, before), (After, after)]);
        double best = outcome.Temperature ?? StreamedTemperature.Fit(terminal, learned).Temperature;
        double[] temperatures = NllCurve.Temperatures(best), nll = StreamedTemperature.MeanNll(learned, [.. temperatures, best]);
        page.Figure("NLL against temperature", [("before", "as the scores came (T = 1)"), ("after", "the minimum")],
            NllCurve.Draw([.. temperatures.Zip(nll)], outcome.Validation.Before.NegativeLogLikelihood, best, nll[^1]),
            "The mean negative log-likelihood of the validation labels when the logits are divided by T. It has one minimum."
            + (outcome.Temperature is null ? $" {outcome.Calibrator.Method}, which can do more than divide, reaches {Show.Nats(outcome.Validation.After.NegativeLogLikelihood)} there." : ""));
        Panels.Risk(page, [(Before, before), (After, after)]);
        Panels.Bins(page, [(Before, before), (After, after)]);
        Panels.Classes(page, outcome.NameOf, before.Classes, [(Before, outcome.ClassesBefore), (After, outcome.ClassesAfter)]);
        if (outcome.Test is not null)
        {
            page.Section("The validation rows", "The calibrator was fitted on these, so they flatter it; the test rows above are the ones to believe.");
            Table(page, outcome.Validation);
        }
        page.Section("The command that made this page").Command(command);
        return page.Finish();
    }

    static void Comparison(Page page, CalibrationOutcome outcome, CalibratorSelection selection)
    {
        page.Section("The methods compared", $"{selection.Reason} {selection.InWords()}".TrimEnd());
        var shown = selection.Entries.Where(entry => entry.Method != "none" && double.IsFinite(entry.Gain)).ToList();
        if (shown.Count > 0)
            page.Figure("Gain over leaving the scores alone", [("after line", "gain ± 1.96 standard errors"), ("reference", "no gain")],
                ForestPlot.Draw("NLL saved, nats per row", [.. shown.Select(entry => new Effect(entry.Method, entry.Gain, entry.Gain - 1.96 * entry.GainError, entry.Gain + 1.96 * entry.GainError))], 0, logarithmic: false),
                "On validation rows each method was not fitted on. From top to bottom: from few to many free numbers.");
        page.Table(["method", "NLL, cross-validated", "gain", "standard error", "p of being as good as the best", "remark"], selection.Entries.Select(entry => (IReadOnlyList<string>)
            [entry.Method, Show.Nats(entry.Nll), Show.Nats(entry.Gain), Show.Nats(entry.GainError), Show.PValue(entry.PWorse), entry.Method == outcome.Calibrator.Method ? "chosen" : entry.Refusal ?? ""]), lastIsText: true);
    }

    static void Table(Page page, BeforeAndAfter pair)
    {
        var after = Metric.Of(pair.After).ToDictionary(row => row.Metric, row => row.Value);
        page.Table(["metric", "before", "calibrated", "what it says"], Metric.Of(pair.Before).Select(row => (IReadOnlyList<string>)
            [row.Metric.Title, Panels.Cell(row.Metric, row.Value, pair.Before), Panels.Cell(row.Metric, after[row.Metric], pair.After), row.Metric.Meaning]), lastIsText: true);
    }
}
