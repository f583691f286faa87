namespace Logits.Metrics;

/// <summary>∫₀¹ |(1/n) Σᵢ K_σ(t, cᵢ) rᵢ| dt for any σ, without looking at every forecast for every t.</summary>
/// <remarks>
/// A fast Gauss transform. [0, 1] is cut into boxes no wider than σ/2. A forecast at distance δ from its box's centre b contributes
///   φ((t − b − δ)/σ) = φ(u) Σₘ (δ/σ)ᵐ/m! Heₘ(u),   u = (t − b)/σ,
/// so a box is known by its moments Σ r δᵐ. With |δ/σ| ≤ ¼ seventeen of them leave an error below 1e-16.
/// </remarks>
sealed class ResidualSmoother(Forecasts forecasts)
{
    const int Moments = 17;
    const double Reach = 8.6;   // φ(8.6) < 1e-16 φ(0)

    int _boxes;
    double[] _moments = [];

    public double Error(double sigma)
    {
        Cut(sigma);
        int intervals = Math.Max(2000, (int)Math.Ceiling(8 / sigma));
        var sum = new Sum();
        for (int i = 0; i <= intervals; i++)
        {
            double value = Math.Abs(Density((double)i / intervals, sigma));
            sum.Add(i == 0 || i == intervals ? value / 2 : value);
        }
        return sum.Value / intervals;
    }

    /// <summary>(1/n) Σᵢ K_σ(t, cᵢ) rᵢ.</summary>
    double Density(double t, double sigma)
    {
        // Reflection at 0 and 1 is the same as sources at ±c + 2m; the box at b has the mirror images −b and 2 − b, whose odd moments change sign.
        double sum = 0;
        int images = 1 + (int)(Reach * sigma / 2);
        for (int m = -images; m <= images; m++)
            sum += Boxes(t - 2 * m, sigma) + Boxes(2 * m - t, sigma);
        return sum / (forecasts.Count * sigma * Math.Sqrt(2 * Math.PI));
    }

    /// <summary>Σ over boxes near t, unreflected.</summary>
    double Boxes(double t, double sigma)
    {
        double reach = Reach * sigma;
        if (t < -reach || t > 1 + reach) return 0;
        int first = Math.Max(0, (int)Math.Floor((t - reach) * _boxes)), last = Math.Min(_boxes - 1, (int)Math.Ceiling((t + reach) * _boxes));
        double sum = 0;
        for (int box = first; box <= last; box++)
        {
            ReadOnlySpan<double> a = _moments.AsSpan(box * Moments, Moments);
            double u = (t - (box + 0.5) / _boxes) / sigma;
            // hₘ = Heₘ(u)/(m! σᵐ): from He_{m+1} = u Heₘ − m He_{m−1}.
            double previous = 0, h = 1, series = a[0];
            for (int m = 1; m < Moments; m++)
            {
                (previous, h) = (h, (u * h - previous / sigma) / (m * sigma));
                series += a[m] * h;
            }
            sum += Math.Exp(-0.5 * u * u) * series;
        }
        return sum;
    }

    void Cut(double sigma)
    {
        int boxes = 1;
        while (boxes * sigma < 2) boxes *= 2;
        if (boxes == _boxes) return;
        _boxes = boxes;
        _moments = new double[boxes * Moments];
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        for (int i = 0; i < c.Length; i++)
        {
            int box = Math.Min((int)(c[i] * boxes), boxes - 1);
            double delta = c[i] - (box + 0.5) / boxes, term = y[i] ? c[i] - 1 : c[i];
            Span<double> a = _moments.AsSpan(box * Moments, Moments);
            for (int m = 0; m < Moments; m++, term *= delta) a[m] += term;
        }
    }
}
