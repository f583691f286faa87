using Logits.Cli.Reports.Charts;
using Logits.Cli.Verbs;
using Logits.Metrics;
using Logits.Regression;

namespace Logits.Cli.Reports;

/// <summary>The page of <c>logits fit --report</c>.</summary>
static class FitReport
{
    const int CurvePoints = 121;

    static readonly Series Fitted = new("the fit", "after");

    public static string Write(string name, LikelihoodFit fit, double level, IntervalKind kind, string command)
    {
        var page = new Page("Regression report", $"{fit.Frame.Formula?.Text}: {fit.Model.Family}, {Show.Count(fit.Observations)} rows of {name}");
        foreach (string warning in fit.Warnings)
            page.Verdict(FitVerb.ForUsers(warning));
        var coefficients = fit.Coefficients(level, kind);
        string bounds = $"{100 * level:0.###} % {(kind == IntervalKind.Profile ? "profile" : "Wald")} interval";

        page.Section("Coefficients");
        page.Table(["name", "estimate", "standard error", "z", "p", bounds, .. fit.HasOddsRatios ? (ReadOnlySpan<string>)["odds ratio"] : []], coefficients.Select(c => (IReadOnlyList<string>)
            [Name(c), Show.Plain(c.Estimate), Show.Plain(c.StandardError), Show.Plain(c.Z), Show.PValue(c.P), $"{Show.Plain(c.Bounds.Low)} to {Show.Plain(c.Bounds.High)}", .. fit.HasOddsRatios ? (ReadOnlySpan<string>)[double.IsNaN(c.OddsRatio) ? "" : Show.Plain(c.OddsRatio)] : []]));
        page.Table(["log-likelihood", "deviance", "null deviance", "AIC", "BIC", "McFadden R²"],
            [[Show.Plain(fit.LogLikelihood), Show.Plain(fit.Deviance), Show.Plain(fit.NullDeviance), Show.Plain(fit.Aic), Show.Plain(fit.BicRows), Show.Plain(fit.McFadden)]]);

        var slopes = coefficients.Where(c => c.Name != "(Intercept)" && !c.Name.Contains('|')).ToList();
        if (slopes.Count > 0)
        {
            page.Section("How strong, how sure");
            bool ratios = fit.HasOddsRatios;
            page.Figure(ratios ? "Odds ratios" : "Coefficients", [("after line", bounds), ("reference", "no effect")],
                ForestPlot.Draw(ratios ? "odds ratio (log scale)" : "coefficient", [.. slopes.Select(c => ratios ? new Effect(Name(c), c.OddsRatio, c.OddsRatioBounds.Low, c.OddsRatioBounds.High) : new Effect(Name(c), c.Estimate, c.Bounds.Low, c.Bounds.High))], ratios ? 1 : 0, ratios),
                "Per unit of the predictor, the others held. An interval that does not reach the dashed line speaks for an effect.");
        }
        if (fit is BinomialFit { Separation.Status: SeparationStatus.None } binomial)
            Binomial(page, binomial, level);
        page.Section("The command that made this page").Command(command);
        return page.Finish();
    }

    static string Name(Coefficient c) => c.Level is null ? c.Name : $"{c.Level}: {c.Name}";

    static void Binomial(Page page, BinomialFit fit, double level)
    {
        var (successes, trials) = fit.Frame.Response.AsCounts();
        page.Section("The fit and the data");
        if (fit.Names.Count == 2 && fit.Frame.Design.Intercept == 0)
            page.Figure($"{fit.Frame.Response.Name} along {fit.Names[1]}", [("after line", "fit"), ("band after", $"{100 * level:0.###} % band"), ("plain", "observed share")],
                ResponseCurve.Draw(fit.Names[1], fit.Frame.Response.Name, Curve(fit, level), Shares(fit, successes, trials)),
                "The line is the fitted probability; the band covers the line, not single observations. Larger dots stand for more trials.");

        var (probabilities, happened) = (new List<double>(), new List<bool>());
        for (int i = 0; i < successes.Length; i++)
            for (int t = 0; t < trials[i]; t++)
            {
                probabilities.Add(fit.Probability(fit.Frame.Design[i], fit.Frame.Offset?[i] ?? 0));
                happened.Add(t < successes[i]);
            }
        var forecasts = Forecasts.Of([.. probabilities], [.. happened]);
        var (roc, area) = RocCurve.Draw(forecasts);
        page.Figure("Reliability of the fitted probabilities", [("after", "observed share"), ("gap", "gap to the mean"), ("whisker", "95 % range if honest")],
            ReliabilityChart.Draw("Reliability of the fitted probabilities", Fitted, ReliabilityDiagram.Binned(forecasts, new() { Bins = 10 }), "fitted probability", "observed share"), "Rows grouped by their fitted probability: how often did it happen?");
        page.Figure($"ROC: area {Show.Plain(area)}", [("after line", "the fit"), ("reference", "guessing")], roc, "On the rows it was fitted to, which flatters it.");
    }

    static List<(double, double, double, double)> Curve(BinomialFit fit, double level)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (int i = 0; i < fit.Frame.Design.Rows; i++)
            (low, high) = (Math.Min(low, fit.Frame.Design[i][1]), Math.Max(high, fit.Frame.Design[i][1]));
        double margin = 0.05 * (high - low), reach = Distributions.Normal.UpperQuantile((1 - level) / 2);
        var v = fit.Covariance;
        var curve = new List<(double, double, double, double)>();
        for (int i = 0; i < CurvePoints; i++)
        {
            double x = low - margin + (high - low + 2 * margin) * i / (CurvePoints - 1);
            double eta = fit.Estimates[0] + fit.Estimates[1] * x, error = Math.Sqrt(v[0, 0] + 2 * x * v[0, 1] + x * x * v[1, 1]);
            curve.Add((x, fit.Link.Probability(eta), fit.Link.Probability(eta - reach * error), fit.Link.Probability(eta + reach * error)));
        }
        return curve;
    }

    /// <summary>One dot a value of x; many values are joined into twenty groups of neighbours.</summary>
    static List<(double X, double Share, double Weight)> Shares(BinomialFit fit, double[] successes, double[] trials)
    {
        const int MostDots = 40, Groups = 20;
        var rows = Enumerable.Range(0, successes.Length).Where(i => trials[i] > 0).OrderBy(i => fit.Frame.Design[i][1]).ToList();
        var groups = rows.GroupBy(i => fit.Frame.Design[i][1]).Select(group => group.ToArray()).ToList();
        if (groups.Count > MostDots)
            groups = [.. rows.Chunk((rows.Count + Groups - 1) / Groups)];
        return [.. groups.Select(group => (group.Average(i => fit.Frame.Design[i][1]), group.Sum(i => successes[i]) / group.Sum(i => trials[i]), group.Sum(i => trials[i])))];
    }
}
