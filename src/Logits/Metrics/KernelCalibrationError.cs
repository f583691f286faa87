namespace Logits.Metrics;

/// <summary>Calibration error in the eyes of a kernel: pairs of forecasts that are near each other and err the same way count against.</summary>
/// <remarks>With the Laplace kernel a recursion over the sorted forecasts gives the exact double sum in n steps instead of n².</remarks>
public static class KernelCalibrationError
{
    /// <summary>Maximum mean calibration error √(Σᵢⱼ eᵢ eⱼ exp(−|cᵢ − cⱼ| / width)) / n with eᵢ = cᵢ − yᵢ, the diagonal included.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="width">The kernel's width; 0.4 is the paper's.</param>
    /// <returns>0 to 1.</returns>
    /// <remarks>Source: Kumar, Sarawagi and Jain, Trainable Calibration Measures, ICML 2018.</remarks>
    public static double Mmce(Forecasts forecasts, double width = 0.4)
    {
        var (all, _) = PairSums(forecasts, Throw.IfNotPositive(width));
        return Math.Sqrt(Math.Max(0, all)) / forecasts.Count;
    }

    /// <summary>Squared kernel calibration error without bias: Σ_{i≠j} eᵢ eⱼ exp(−|cᵢ − cⱼ| / width) / (n(n−1)).</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="width">The kernel's width.</param>
    /// <returns>0 on average under calibration, so also below 0; NaN for one row.</returns>
    /// <remarks>Source: Widmann, Lindsten and Zachariah, Calibration Tests in Multi-class Classification, NeurIPS 2019 (SKCE, top-label).</remarks>
    public static double Squared(Forecasts forecasts, double width = 0.4) =>
        PairSums(forecasts, Throw.IfNotPositive(width)).OffDiagonal / ((double)forecasts.Count * (forecasts.Count - 1));

    /// <summary>Σᵢⱼ eᵢ eⱼ k(cᵢ, cⱼ) with the diagonal, and without.</summary>
    internal static (double All, double OffDiagonal) PairSums(Forecasts forecasts, double width)
    {
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        Sum pairs = new(), diagonal = new();
        // reach = Σ_{j<i} e_j exp(−(c_i − c_j)/w): moving from one forecast to the next shrinks all earlier terms alike.
        double reach = 0, previous = c[0];
        for (int i = 0; i < c.Length; i++)
        {
            double e = y[i] ? c[i] - 1 : c[i];
            if (c[i] != previous) reach *= Math.Exp((previous - c[i]) / width);
            pairs.Add(e * reach);
            diagonal.Add(e * e);
            reach += e;
            previous = c[i];
        }
        return (diagonal.Value + 2 * pairs.Value, 2 * pairs.Value);
    }
}
