using Logits.Cli.Reports.Charts;
using Logits.Metrics;

namespace Logits.Cli.Reports;

/// <summary>The parts that several pages share: a chart with its legend and what to look for.</summary>
static class Panels
{
    /// <summary>A value with its interval beside it.</summary>
    public static string Cell(Metric metric, double value, Evaluation evaluation) =>
        metric.Interval(evaluation) is { Length: > 0 } interval ? $"{metric.Show(value)}|{interval}" : metric.Show(value);

    /// <summary>What the brackets in a table of metrics are.</summary>
    public static void IntervalsNote(Page page, Evaluation evaluation)
    {
        if (evaluation.Intervals.Count > 0)
            page.Paragraph("In brackets: 95 % bootstrap intervals over the rows. Those of calibration errors lean upwards, because resampling adds noise of its own.");
    }

    /// <summary>What the tests of calibration say.</summary>
    public static void Tests(Page page, IReadOnlyList<(Series Series, Evaluation Evaluation)> sides)
    {
        page.Section("Could it be chance?", "Each test asks whether calibrated confidences would be off as far as these; a small p says that they would not. In brackets: the statistic.");
        page.Table(["test", .. sides.Select(side => sides.Count == 1 ? "p" : $"p, {side.Series.Name}"), "what it compares"],
        [
            Row("Spiegelhalter", "the Brier score with what the confidences promise", forecasts => Spiegelhalter.Test(forecasts)),
            Row("Kolmogorov–Smirnov", "the largest cumulative gap with Brownian motion's", KolmogorovSmirnov.Test),
            Row("Kuiper", "the range of the cumulative gap with Brownian motion's", Kuiper.Test),
            Row("Hosmer–Lemeshow", "ten groups of like confidence with what came of them", forecasts => HosmerLemeshow.Test(forecasts)),
            Row("Cox", "a line fitted to the log-odds with the diagonal", forecasts => CoxCalibration.Fit(forecasts).Test),
        ], lastIsText: true);

        IReadOnlyList<string> Row(string name, string compares, Func<Forecasts, CalibrationTest> test) =>
            [name, .. sides.Select(side => test(side.Evaluation.Forecasts)).Select(result => $"{Show.PValue(result.PValue)}|[{Show.Plain(result.Statistic)}]"), compares];
    }

    /// <summary>The reliability diagram of one evaluation.</summary>
    public static void Reliability(Page page, string heading, Series series, Evaluation evaluation) =>
        page.Figure($"{heading}: ECE {Show.Percent(evaluation.ExpectedCalibrationError)}", [(series.Style, "accuracy"), ("gap", "gap to the confidence"), ("whisker", "95 % range if honest")],
            ReliabilityChart.Draw(heading, series, ReliabilityDiagram.Binned(evaluation.Forecasts, new() { Bins = evaluation.Bins })),
            "A bar below the diagonal: the model is surer than it is right. A bar that ends within its range differs from honest by no more than chance.");

    /// <summary>The same without bins.</summary>
    public static void Corp(Page page, string heading, Series series, Evaluation evaluation) =>
        page.Figure($"{heading}, without bins: miscalibration {Show.Plain(evaluation.BrierDecomposition.Miscalibration)}", [($"{series.Style} line", "accuracy"), ("band", "95 % band if honest"), ("reference", "honest")],
            CorpChart.Draw(heading, series, ReliabilityDiagram.Corp(evaluation.Forecasts)),
            "The best nondecreasing curve through what happened (CORP); outside the band, chance does not explain it. Miscalibration is what following the curve would save of the Brier score.");

    /// <summary>How sure the model is, for one or two evaluations.</summary>
    public static void Confidence(Page page, IReadOnlyList<(Series Series, Evaluation Evaluation)> sides) =>
        page.Figure("Confidence histogram", [.. sides.Select(side => (side.Series.Style, $"{side.Series.Name}, mean {Show.RoundPercent(side.Evaluation.MeanConfidence)}"))],
            ConfidenceHistogram.Draw([.. sides.Select(side => (side.Series, (IReadOnlyList<ReliabilityBin>)side.Evaluation.Reliability, side.Evaluation.MeanConfidence))], sides[0].Evaluation.Accuracy),
            "The share of rows whose likeliest class gets that probability. Honest confidence has its mean at the accuracy.");

    /// <summary>What refusing to answer buys.</summary>
    public static void Risk(Page page, IReadOnlyList<(Series Series, Evaluation Evaluation)> sides) =>
        page.Figure("Risk and coverage", [.. sides.Select(side => ($"{side.Series.Style} line", $"{side.Series.Name}, area {Show.Plain(side.Evaluation.RiskCoverageArea)}"))],
            RiskCoverageChart.Draw([.. sides.Select(side => (side.Series, Curve(side.Evaluation.Forecasts), side.Evaluation.RiskCoverageArea))]),
            "Answer only the most confident share of the rows, and this is the error rate among them. Lower is better.");

    /// <summary>Every class by itself.</summary>
    public static void Classes(Page page, Func<int, string> nameOf, int count, IReadOnlyList<(Series Series, ClassReliability? Classes)> sides)
    {
        if (sides.Any(side => side.Classes is null))
            return;
        page.Section("Class by class", "For every class: of the rows that gave it a probability, how many were of it? The diagonal is honest. Five bins; those of fewer than 5 rows are left out." + (sides.Count > 1 ? " Dashed: before. Solid: calibrated." : ""));
        for (int k = 0; k < count; k++)
            page.Figure(nameOf(k), [],
                ClassChart.Draw(nameOf(k), [.. sides.Select(side => (side.Series, side.Classes!.Of(k)))]), "", small: true);
    }

    /// <summary>The numbers behind the diagrams.</summary>
    public static void Bins(Page page, IReadOnlyList<(Series Series, Evaluation Evaluation)> sides)
    {
        foreach (var (series, evaluation) in sides)
            page.Folded($"The bins in numbers ({series.Name})", ["confidence", "rows", "mean confidence", "accuracy", "gap"],
                evaluation.Reliability.Select(bin => (IReadOnlyList<string>)
                [
                    $"{Show.RoundPercent(bin.Low)} to {Show.RoundPercent(bin.High)}", Show.Count(bin.Count),
                    bin.Count == 0 ? "" : Show.Percent(bin.Confidence), bin.Count == 0 ? "" : Show.Percent(bin.Accuracy), bin.Count == 0 ? "" : Show.Percent(bin.Accuracy - bin.Confidence),
                ]));
    }

    /// <summary>The error rate among the k most confident rows, for every k at which the confidence changes.</summary>
    static List<(double Coverage, double Risk)> Curve(Forecasts forecasts)
    {
        var curve = new List<(double, double)>();
        var confidences = forecasts.Probabilities;
        var right = forecasts.Happened;
        int errors = 0, n = forecasts.Count;
        for (int i = n - 1; i >= 0; i--)
        {
            errors += right[i] ? 0 : 1;
            // Rows of equal confidence are answered together or not at all.
            if (i == 0 || confidences[i - 1] != confidences[i])
                curve.Add(((double)(n - i) / n, (double)errors / (n - i)));
        }
        return curve;
    }
}
