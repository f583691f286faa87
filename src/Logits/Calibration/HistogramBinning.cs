using System.Numerics;

namespace Logits.Calibration;

/// <summary>How histogram binning cuts the scores.</summary>
public enum BinCuts
{
    /// <summary>Bins of equal width in probability, (i/b, (i+1)/b].</summary>
    EqualWidth,

    /// <summary>Bins of equal numbers of rows; equal scores stay together.</summary>
    EqualMass,
}

/// <summary>Histogram binning: each bin of probabilities is replaced by the frequency of yes inside.</summary>
/// <param name="Curves">A step curve for each label; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Cuts">How the bins were cut.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// A bin that held no row leaves probabilities alone; a bin of one kind gives 0 or 1, and a single later exception then costs an infinite log loss.
/// Ties everything inside a bin. Source: Zadrozny, Elkan, Obtaining Calibrated Probability Estimates from Decision Trees and Naive Bayesian Classifiers (2001).
/// </remarks>
public sealed record HistogramBinning(CurveList Curves, BinCuts Cuts = BinCuts.EqualWidth, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => Cuts == BinCuts.EqualWidth ? "histogram" : "histogram-equal-mass";

    /// <summary>The frequencies in <paramref name="bins"/> bins.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static HistogramBinning Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, BinCuts cuts = BinCuts.EqualWidth, int bins = 15) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), cuts, bins);

    /// <summary>The frequencies in <paramref name="bins"/> bins, for each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    /// <param name="cuts">How to cut the bins.</param>
    /// <param name="bins">How many, at least 1.</param>
    public static HistogramBinning Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, BinCuts cuts = BinCuts.EqualWidth, int bins = 15) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfLess(bins, 1);
        var samples = CurveSample.From(logits, labels);
        var curves = Learn(samples, sample => Learn(sample, cuts, bins));
        return new(curves, cuts, Judge(samples, curves));
    }

    internal static HistogramBinning Fit(HeldOut data, BinCuts cuts = BinCuts.EqualWidth, int bins = 15)
    {
        Throw.IfLess(bins, 1);
        var fitted = new HistogramBinning(Learn(CurveSample.From(data), sample => Learn(sample, cuts, bins)), cuts);
        return fitted with { Facts = data.Judge(fitted) };
    }

    internal static HistogramBinning Read(ParameterSet parameters, int classes, FitFacts? facts, BinCuts cuts) =>
        new(ReadCurves(parameters, classes, StepCurve.Read), cuts, facts);

    static StepCurve Learn(CurveSample sample, BinCuts cuts, int bins)
    {
        double[] edges = cuts == BinCuts.EqualWidth ? Bins.EqualWidth(bins) : Bins.EqualMass(sample.Sorted, bins);
        double[] rows = new double[edges.Length + 1], yes = new double[edges.Length + 1];
        Bins.Count(sample.Sorted, edges, rows, yes);
        var values = new double[rows.Length];
        for (int i = 0; i < values.Length; i++) values[i] = yes[i] / rows[i];   // 0/0 = NaN: nothing known, leave alone
        return new(Numbers.Own(edges), Numbers.Own(values));
    }
}

/// <summary>Cuts of log-odds into bins.</summary>
static class Bins
{
    /// <summary>The log-odds of 1/b … (b−1)/b, mirrored exactly about even odds.</summary>
    public static double[] EqualWidth(int bins)
    {
        var edges = new double[bins - 1];
        for (int i = 0; i < edges.Length; i++) edges[i] = LogMath.Log((i + 1.0) / (bins - 1.0 - i));
        for (int i = 0; i < edges.Length / 2; i++) edges[edges.Length - 1 - i] = -edges[i];
        return edges;
    }

    /// <summary>Midpoints between the rows around each i n / b, counted from the nearer end so that mirrored scores are cut alike. Equal scores are not cut.</summary>
    public static double[] EqualMass(CurveSample.Ties ties, int bins)
    {
        double total = ties.Rows.Sum(), seen = 0;
        var edges = new List<double>();
        int tie = 0;
        for (int i = 1; i < bins; i++)
        {
            double below = 2 * i <= bins ? Math.Floor(i * total / bins) : total - Math.Floor((bins - i) * total / bins);
            if (below <= 0 || below >= total) continue;
            while (seen + ties.Rows[tie] <= below) seen += ties.Rows[tie++];
            // The cut falls before the tie, or inside it: then to its nearer side.
            int at = seen < below && (below - seen) * 2 > ties.Rows[tie] ? tie + 1 : tie;
            if (at == 0 || at == ties.Scores.Length) continue;
            double edge = ties.Scores[at - 1] + (ties.Scores[at] - ties.Scores[at - 1]) / 2;
            if (edges.Count == 0 || edge > edges[^1]) edges.Add(edge);
        }
        return [.. edges];
    }

    /// <summary>Rows and yeses in each bin (lo, hi].</summary>
    public static void Count(CurveSample.Ties ties, ReadOnlySpan<double> edges, Span<double> rows, Span<double> yes)
    {
        int bin = 0;
        for (int i = 0; i < ties.Scores.Length; i++)
        {
            while (bin < edges.Length && ties.Scores[i] > edges[bin]) bin++;
            rows[bin] += ties.Rows[i];
            yes[bin] += ties.Yes[i];
        }
    }
}
