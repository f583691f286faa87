using Logits.Distributions;

namespace Logits.Metrics;

/// <summary>The estimators of "Verified Uncertainty Calibration": equal-mass bins whose edges lie midway between neighbours, plain and debiased.</summary>
/// <remarks>Rows are assigned to bins by value, so ties never straddle an edge; edges that coincide are one. Source: Kumar, Liang and Ma, NeurIPS 2019.</remarks>
static class VerifiedError
{
    public static double L1(SortedResiduals residuals, int bins)
    {
        var sum = new Sum();
        foreach (var bin in Bins(residuals, bins)) sum.Add(Math.Abs(bin.Forecast - bin.Happened));
        return sum.Value / residuals.Count;
    }

    public static double L2(SortedResiduals residuals, int bins) => Math.Sqrt(Square(residuals, bins, debiased: false));

    public static double DebiasedL2(SortedResiduals residuals, int bins) => Math.Sqrt(Math.Max(0, Square(residuals, bins, debiased: true)));

    static double Square(SortedResiduals residuals, int bins, bool debiased)
    {
        var sum = new Sum();
        foreach (var bin in Bins(residuals, bins)) sum.Add(SquareTimesCount(bin.Count, bin.Forecast, bin.Happened, debiased));
        return sum.Value / residuals.Count;
    }

    /// <summary>n_b · gap_b², less what the noise of ȳ_b adds to it on average.</summary>
    public static double SquareTimesCount(int count, double forecast, double happened, bool debiased)
    {
        if (count == 0 || (debiased && count < 2)) return 0;
        double gap = (forecast - happened) / count, mean = happened / count;
        return count * (gap * gap - (debiased ? mean * (1 - mean) / (count - 1) : 0));
    }

    /// <summary>2 E − E[Ẽ] with Ẽ = Σ n_b/n |ȳ_b + s_b Z − c̄_b|: |d + sZ| has the folded normal's mean.</summary>
    public static double DebiasedL1(SortedResiduals residuals, int bins)
    {
        Sum plain = new(), noisy = new();
        foreach (var bin in Bins(residuals, bins))
        {
            if (bin.Count == 0) continue;
            double d = Math.Abs(bin.Forecast - bin.Happened) / bin.Count, mean = (double)bin.Happened / bin.Count, s = Math.Sqrt(mean * (1 - mean) / bin.Count);
            plain.Add(bin.Count * d);
            noisy.Add(bin.Count * (s == 0 ? d : 2 * s * Normal.Density(d / s) + d * (1 - 2 * Normal.UpperTail(d / s))));
        }
        return (2 * plain.Value - noisy.Value) / residuals.Count;
    }

    static IEnumerable<(int Count, double Forecast, int Happened)> Bins(SortedResiduals residuals, int bins)
    {
        int start = 0;
        foreach (double edge in MidpointEdges(residuals.Count, bins, rank => residuals.Forecasts.Probabilities[rank]))
        {
            int end = residuals.Place(edge, Edge.InLowerBin);
            yield return Bin(start, end);
            start = end;
        }
        yield return Bin(start, residuals.Count);

        (int, double, int) Bin(int from, int to)
        {
            var (forecast, happened) = residuals.Between(from, to);
            return (to - from, forecast, happened);
        }
    }

    /// <summary>The distinct edges between equal-mass bins, given the values by rank.</summary>
    public static double[] MidpointEdges(int count, int bins, Func<int, double> valueAt)
    {
        bins = Math.Min(bins, count);
        var edges = new double[bins - 1];
        (int size, int longer) = Math.DivRem(count, bins);
        for (int bin = 0, next = 0; bin < edges.Length; bin++)
        {
            next += size + (bin < longer ? 1 : 0);
            edges[bin] = (valueAt(next - 1) + valueAt(next)) / 2;
        }
        return [.. edges.Distinct()];
    }
}
