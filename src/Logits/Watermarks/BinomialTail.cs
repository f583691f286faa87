using Logits.Distributions;

namespace Logits.Watermarks;

/// <summary>P(X ≥ k) of a binomial variable, summed term by term from the tail's own largest term.</summary>
internal static class BinomialTail
{
    /// <summary>The exact upper tail, to about 1e-13 relative; 1 at k ≤ 0, 0 above n.</summary>
    public static double AtLeast(long k, long n, double p)
    {
        if (k <= 0) return 1;
        if (k > n) return 0;
        if (k <= n * p) return 1 - AtLeast(n - k + 1, n, 1 - p);   // the other tail, P(X < k) = P(n − X ≥ n − k + 1), is the short one
        double term = Math.Exp(SpecialFunctions.LogChoose(n, k) + k * Math.Log(p) + (n - k) * LogMath.Log1P(-p)), sum = 0, odds = p / (1 - p);
        for (long i = k; i <= n && term > sum * 1e-18; i++)
        {
            sum += term;
            term *= (double)(n - i) / (i + 1) * odds;
        }
        return Math.Min(1, sum);
    }
}
