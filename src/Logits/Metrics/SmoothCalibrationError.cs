namespace Logits.Metrics;

/// <summary>The smooth calibration error: the expected calibration error without bins, its one width chosen by the data themselves.</summary>
/// <param name="Value">smECE, 0 to 1.</param>
/// <param name="Bandwidth">The kernel width σ at which it was measured: the fixed point smECE_σ = σ.</param>
/// <remarks>
/// smECE_σ = ∫₀¹ |(1/n) Σᵢ K_σ(t, cᵢ) (cᵢ − yᵢ)| dt, K_σ the Gaussian reflected at 0 and 1 (as often as reaches back), so that a forecast on the border
/// keeps its whole weight. smECE_σ falls with σ, so smECE_σ = σ has one solution. Source: Błasiok and Nakkiran, Smooth ECE, ICLR 2024.
/// The integral is the trapezoid rule on 2,001 points, more where σ is below 0.004.
/// Cost: about 20 n operations for each halving of σ on the way, and a few milliseconds.
/// </remarks>
public readonly record struct SmoothCalibrationError(double Value, double Bandwidth)
{
    /// <summary>No bandwidth below this is tried: the error is then less than 1e-4, and its grid would need more points than there are rows.</summary>
    const double Smallest = 1e-4;

    /// <summary>The error at the bandwidth the data choose; at 0.0001 where they would choose a smaller one.</summary>
    public static SmoothCalibrationError Of(Forecasts forecasts) => Of(forecasts, CalibrationError.Expected(forecasts));

    /// <summary>The same with a guess of σ at hand.</summary>
    internal static SmoothCalibrationError Of(Forecasts forecasts, double start)
    {
        var (signed, absolute) = Bounds(forecasts);
        if (absolute - signed <= 1e-15 * absolute) return new(absolute, absolute);   // every residual has the same sign: no kernel changes the integral
        using var smoother = new ResidualSmoother(forecasts);
        return FixedPoint(smoother, start, tolerance: 2e-15);
    }

    /// <summary>Solves smECE_σ = σ to a relative tolerance, from a guess of σ.</summary>
    internal static SmoothCalibrationError FixedPoint(ResidualSmoother smoother, double start, double tolerance)
    {
        double sigma = Math.Max(start, Smallest), value = smoother.Error(sigma);
        // smECE_σ falls with σ, so the solution lies between σ and smECE_σ, whichever σ one starts from.
        double low = sigma, high = sigma, atLow = value - sigma, atHigh = atLow;
        if (atLow < 0)
        {
            low = Math.Max(value, Smallest);
            atLow = smoother.Error(low) - low;
            if (atLow < 0) return new(atLow + low, low);   // smaller than the smallest bandwidth
        }
        else
        {
            high = value;
            atHigh = smoother.Error(high) - high;
        }

        // Regula falsi; an end that stays put has its weight halved (Illinois), so both ends close in.
        for (int stayed = 0, step = 0; atLow > 0 && atHigh < 0 && high - low > 1e-15 * high && step < 60; step++)
        {
            double next = low + (high - low) * atLow / (atLow - atHigh);
            sigma = next > low && next < high ? next : low + (high - low) / 2;
            value = smoother.Error(sigma);
            double at = value - sigma;
            if (Math.Abs(at) <= tolerance * sigma) return new(value, sigma);
            if (at > 0)
            {
                (low, atLow) = (sigma, at);
                if (stayed == 1) atHigh /= 2;
                stayed = 1;
            }
            else
            {
                (high, atHigh) = (sigma, at);
                if (stayed == -1) atLow /= 2;
                stayed = -1;
            }
        }
        sigma = atLow <= -atHigh ? low : high;
        return new(smoother.Error(sigma), sigma);
    }

    /// <summary>The limits of smECE_σ for wide and for narrow kernels: |mean residual|, and the mean |residual| of distinct forecasts.</summary>
    static (double Wide, double Narrow) Bounds(Forecasts forecasts)
    {
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        Sum signed = new(), absolute = new();
        for (int i = 0; i < c.Length;)
        {
            double forecast = c[i], residual = 0;
            do residual += y[i] ? forecast - 1 : forecast;
            while (++i < c.Length && c[i] == forecast);
            signed.Add(residual);
            absolute.Add(Math.Abs(residual));
        }
        return (Math.Abs(signed.Value) / c.Length, absolute.Value / c.Length);
    }

    /// <summary>The error at a given bandwidth.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="bandwidth">σ, from 0.0001 on.</param>
    public static SmoothCalibrationError At(Forecasts forecasts, double bandwidth)
    {
        if (Throw.IfNotPositive(bandwidth) < Smallest)
            throw new ArgumentOutOfRangeException(nameof(bandwidth), bandwidth, $"bandwidth is {bandwidth}; it is at least {Smallest}.");
        using var smoother = new ResidualSmoother(forecasts);
        return new(smoother.Error(bandwidth), bandwidth);
    }
}
