namespace Logits.Metrics;

/// <summary>How far forecasts are from what happened, by bins: the family that began with the expected calibration error.</summary>
/// <remarks>
/// Equal-width bins are (i/b, (i+1)/b], the first includes 0; equal-mass bins hold n/b forecasts each in sorted order, the first n mod b one more.
/// Empty bins count for nothing. Cost: one pass over the sorted forecasts. Thread-safe.
/// Sources: Naeini et al., AAAI 2015 (expected and maximum); Guo et al., ICML 2017 (15 bins); Neumann et al., 2018 (average).
/// </remarks>
public static class CalibrationError
{
    /// <summary>Expected calibration error: Σ_b n_b/n · |accuracy_b − confidence_b| over equal-width bins.</summary>
    /// <returns>0 to 1.</returns>
    public static double Expected(Forecasts forecasts, int bins = 15) => Expected(EqualWidthBins(forecasts, bins), forecasts.Count);

    /// <summary>Expected calibration error over equal-mass bins.</summary>
    /// <returns>0 to 1.</returns>
    public static double ExpectedEqualMass(Forecasts forecasts, int bins = 15) => Expected(EqualMassBins(forecasts, bins), forecasts.Count);

    /// <summary>Maximum calibration error: the largest |accuracy_b − confidence_b| of the equal-width bins that are not empty.</summary>
    /// <returns>0 to 1.</returns>
    public static double Maximum(Forecasts forecasts, int bins = 15) => Maximum(EqualWidthBins(forecasts, bins));

    /// <summary>Average calibration error: the plain mean of |accuracy_b − confidence_b| over the equal-width bins that are not empty.</summary>
    /// <returns>0 to 1.</returns>
    public static double Average(Forecasts forecasts, int bins = 15) => Average(EqualWidthBins(forecasts, bins));

    internal static double Expected(ReadOnlySpan<ReliabilityBin> bins, int count)
    {
        var sum = new Sum();
        foreach (var bin in bins)
            if (bin.Count > 0) sum.Add(bin.Count * Math.Abs(bin.Gap));
        return sum.Value / count;
    }

    internal static double Maximum(ReadOnlySpan<ReliabilityBin> bins)
    {
        double largest = 0;
        foreach (var bin in bins)
            if (bin.Count > 0) largest = Math.Max(largest, Math.Abs(bin.Gap));
        return largest;
    }

    internal static double Average(ReadOnlySpan<ReliabilityBin> bins)
    {
        var sum = new Sum();
        int filled = 0;
        foreach (var bin in bins)
        {
            if (bin.Count == 0) continue;
            sum.Add(Math.Abs(bin.Gap));
            filled++;
        }
        return sum.Value / filled;
    }

    /// <summary>The bars of a reliability diagram with equal-width bins, empty ones included.</summary>
    internal static ReliabilityBin[] EqualWidthBins(Forecasts forecasts, int bins)
    {
        Throw.IfLess(bins, 1);
        var scheme = new EqualWidth(bins);
        var result = new ReliabilityBin[bins];
        for (int bin = 0, start = 0; bin < bins; bin++)
        {
            int end = bin == bins - 1 ? forecasts.Count : UpTo(forecasts.Probabilities, start, scheme.Edge(bin + 1));
            result[bin] = Bin(forecasts, start, end, scheme.Edge(bin), scheme.Edge(bin + 1));
            start = end;
        }
        return result;
    }

    /// <summary>The bars with equal-mass bins; their edges are the smallest and largest forecast inside.</summary>
    internal static ReliabilityBin[] EqualMassBins(Forecasts forecasts, int bins)
    {
        Throw.IfLess(bins, 1);
        var result = new ReliabilityBin[Math.Min(bins, forecasts.Count)];
        (int size, int longer) = Math.DivRem(forecasts.Count, bins);
        for (int bin = 0, start = 0; bin < result.Length; bin++)
        {
            int end = start + size + (bin < longer ? 1 : 0);
            result[bin] = Bin(forecasts, start, end, forecasts.Probabilities[start], forecasts.Probabilities[end - 1]);
            start = end;
        }
        return result;
    }

    /// <summary>The bar of the forecasts from <paramref name="start"/> to before <paramref name="end"/>, in sorted order.</summary>
    static ReliabilityBin Bin(Forecasts forecasts, int start, int end, double low, double high)
    {
        int count = end - start, happened = forecasts.Happened[start..end].Count(true);
        return count == 0
            ? new(low, high, 0, double.NaN, double.NaN)
            : new(low, high, count, Sum.Of(forecasts.Probabilities[start..end]) / count, (double)happened / count);
    }

    /// <summary>The first index from <paramref name="start"/> on whose probability is above <paramref name="edge"/>.</summary>
    static int UpTo(ReadOnlySpan<double> sorted, int start, double edge)
    {
        int low = start, high = sorted.Length;
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            if (sorted[middle] <= edge) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
