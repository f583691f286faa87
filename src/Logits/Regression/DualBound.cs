using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Bounds the gap of Σ wᵢ lossᵢ + Σⱼ (l1ⱼ·|βⱼ| + l2ⱼ/2·βⱼ²) by Fenchel's duality, yes/no and softmax, whichever coefficients are free.</summary>
/// <remarks>
/// For shares π of every row in place of the fitted p the minimum is at least Σ w·entropy(π) − penalty*(−Xᵀw(π − y)), so the gap is at most
/// Σ w·KL(π‖p) + Σⱼ (penaltyⱼ(βⱼ) + penaltyⱼ*(−vⱼ) + vⱼβⱼ), v = Xᵀw(π − y). Shares π = y + t(p + δ − y) are taken, t ≤ 1 as large as lets no coefficient without l2
/// exceed its l1. Coefficients without any penalty ask v = 0 of their columns, which δ = p(ζ − Σ pζ) brings about, ζ the Newton step of the free coefficients: with
/// s² = gᵀA⁻¹g, their decrement, it costs KL(π‖p) ≤ Σ (π − p)²/p ≤ ((1 − t)χ + ts)², and moves the other vⱼ by at most s·√Σ w·xⱼ².
/// Sources: Rockafellar, Convex Analysis (1970), §31; Fercoq, Gramfort, Salmon, Mind the duality gap (2015), for the scaling.
/// </remarks>
static class DualBound
{
    /// <param name="columns">The predictors.</param>
    /// <param name="scores">1 for yes/no, K for softmax.</param>
    /// <param name="shares">The fitted probabilities, n or n × K.</param>
    /// <param name="targets">n × max(2, K) shares.</param>
    /// <param name="weights">n weights with sum 1.</param>
    /// <param name="point">The coefficients, scores × p.</param>
    /// <param name="gradient">The gradient of the loss there.</param>
    /// <param name="l1">The weights of |β|.</param>
    /// <param name="l2">The weights of β²/2.</param>
    /// <param name="used">Columns that take part.</param>
    /// <param name="spread">√Σ w·x² of every column.</param>
    /// <returns>+∞ where the free coefficients are too far from their own optimum.</returns>
    public static double Gap(PredictorColumns columns, int scores, double[] shares, double[] targets, double[] weights, ReadOnlySpan<double> point,
        ReadOnlySpan<double> gradient, double[] l1, double[] l2, bool[] used, double[] spread)
    {
        int p = used.Length;
        double shift = Free(columns, scores, shares, weights, gradient, [.. Enumerable.Range(0, p).Where(j => used[j] && l1[j] == 0 && l2[j] == 0)]);
        if (!double.IsFinite(shift))
            return double.PositiveInfinity;
        double scale = 1;
        for (int j = 0; j < point.Length; j++)
            if (used[j % p] && l2[j] == 0 && l1[j] > 0 && Math.Abs(gradient[j]) + shift * spread[j % p] is var size && size > l1[j])
                scale = Math.Min(scale, l1[j] / size);
        double root = scale * shift + (scale < 1 ? (1 - scale) * Math.Sqrt(ChiSquared(scores, shares, targets, weights)) : 0), gap = root * root;
        for (int j = 0; j < point.Length; j++)
        {
            if (!used[j % p] || (l1[j] == 0 && l2[j] == 0))
                continue;
            double b = point[j], moved = shift * spread[j % p], over = l2[j] == 0 ? 0 : Math.Max(0, scale * (Math.Abs(gradient[j]) + moved) - l1[j]);
            gap += Math.Max(0, l1[j] * Math.Abs(b) + 0.5 * l2[j] * b * b + (over == 0 ? 0 : over * over / (2 * l2[j])) + scale * (gradient[j] * b + moved * Math.Abs(b)));
        }
        return gap;
    }

    /// <summary>Σ w (p − y)²/p over the classes.</summary>
    static double ChiSquared(int scores, double[] shares, double[] targets, double[] weights)
    {
        int classes = Math.Max(2, scores);
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
            for (int k = 0; k < classes; k++)
            {
                double p = scores > 1 ? shares[i * scores + k] : k == 1 ? shares[i] : 1 - shares[i], r = p - targets[i * classes + k];
                sum += r == 0 ? 0 : weights[i] * r * r / p;
            }
        return sum;
    }

    /// <summary>√(gᵀA⁻¹g) over the free columns, A the curvature of the loss in them; +∞ when the step is too large for shares to stay shares.</summary>
    static double Free(PredictorColumns columns, int scores, double[] shares, double[] weights, ReadOnlySpan<double> gradient, int[] free)
    {
        int m = free.Length, n = weights.Length, size = m * scores, p = gradient.Length / scores;
        if (m == 0)
            return 0;
        var x = new double[m][];
        for (int a = 0; a < m; a++)
            columns.CopyTo(free[a], x[a] = new double[n]);
        double[] curvature = new double[size * size], g = new double[size], block = new double[scores * scores];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < scores; k++)
                for (int l = 0; l < scores; l++)
                {
                    double pk = shares[i * scores + k];
                    block[k * scores + l] = weights[i] * (k == l ? pk * (1 - pk) : -pk * shares[i * scores + l]);
                }
            for (int a = 0; a < m; a++)
                for (int b = 0; b < m; b++)
                    for (int k = 0; k < scores; k++)
                        LinearAlgebra.AddScaled(x[a][i] * x[b][i], block.AsSpan(k * scores, scores), curvature.AsSpan((a * scores + k) * size + b * scores, scores));
        }
        for (int a = 0; a < m; a++)
        {
            double largest = 0;
            for (int k = 0; k < scores; k++)
            {
                g[a * scores + k] = gradient[k * p + free[a]];
                largest = Math.Max(largest, curvature[(a * scores + k) * (size + 1)]);
            }
            // The same number added to the scores of all classes changes nothing: of the many ζ this picks the one with sum 0.
            if (scores > 1)
                for (int k = 0; k < scores; k++)
                    for (int l = 0; l < scores; l++)
                        curvature[(a * scores + k) * size + a * scores + l] += largest / scores;
        }
        if (Cholesky.Factor(curvature, size, 1e-13) is not { } factor)
            return double.PositiveInfinity;
        var step = (double[])g.Clone();
        factor.Solve(step);
        double reach = 0;
        var zeta = new double[scores];
        for (int i = 0; i < n; i++)
        {
            Array.Clear(zeta);
            for (int a = 0; a < m; a++)
                LinearAlgebra.AddScaled(x[a][i], step.AsSpan(a * scores, scores), zeta);
            double low = scores == 1 ? 0 : double.PositiveInfinity, high = scores == 1 ? 0 : double.NegativeInfinity;
            foreach (double z in zeta)
                (low, high) = (Math.Min(low, z), Math.Max(high, z));
            reach = Math.Max(reach, high - low);
        }
        return reach <= 1 ? Math.Sqrt(Math.Max(0, LinearAlgebra.Dot(g, step))) : double.PositiveInfinity;
    }
}
