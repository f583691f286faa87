namespace Logits.Kernels;

/// <summary>Rows at the edges of arithmetic: temperatures of 0, ∞ and near them, scores near the largest double. One element after the other, in double.</summary>
internal static class OddRows
{
    /// <summary>(x − max) / T in two parts; at T = 0 and ∞ its limits.</summary>
    public static double Exponent(double x, double max, double temperature, out double low)
    {
        low = 0;
        if (x == max) return 0;
        if (double.IsNegativeInfinity(x)) return x;
        if (temperature == 0) return double.NegativeInfinity;
        if (double.IsPositiveInfinity(temperature)) return 0;
        if (Math.Abs(max) > 4e307 || Math.Abs(x) > 4e307)
        {
            // A quarter of everything, so that the difference does not overflow before it is divided.
            if (temperature < 1e-290) return double.NegativeInfinity;
            x /= 4;
            max /= 4;
            temperature /= 4;
        }
        double d = x - max, part = d - x;
        double rounded = (x - (d - part)) - (max + part);
        double t = d / temperature;
        if (!double.IsFinite(t)) return double.NegativeInfinity;
        low = (Math.FusedMultiplyAdd(-t, temperature, d) + rounded) / temperature;
        return t;
    }

    /// <summary>e^(t + low) = (1 + q) · 2^exponent: returns q, below ½, so that v · (1 + q) takes one rounding as v · q + v.</summary>
    public static double Exp(double t, double low, out int exponent)
    {
        Lane1 q = DoubleMath.Exp(new Lane1(Math.Max(t, -2000)), out Lane1 n);
        exponent = (int)n.Value;
        return q.Value + low * (1 + q.Value);
    }

    /// <summary>Σ e^((x − max) / T) without the first x that is max, and the same weighted by (max − x) / T.</summary>
    public static double Rest(ReadOnlySpan<double> x, double max, double temperature, out double moment)
    {
        double sum = 0, sumLow = 0;
        double weighted = 0;
        bool found = false;
        foreach (double v in x)
        {
            if (v == max && !found)
            {
                found = true;
                continue;
            }
            double t = Exponent(v, max, temperature, out double low);
            double e = Math.ScaleB(1 + Exp(t, low, out int exponent), exponent);
            double s = sum + e, part = s - sum;
            sumLow += (sum - (s - part)) + (e - part);
            sum = s;
            if (e > 0) weighted -= e * t;
        }
        moment = weighted;
        return sum + sumLow;
    }

    /// <summary>max / T, which is 0 for max = 0 whatever T is.</summary>
    public static double Over(double max, double temperature) => max == 0 ? 0 : max / temperature;
}
