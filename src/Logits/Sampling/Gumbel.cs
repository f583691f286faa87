namespace Logits.Sampling;

/// <summary>Sampling without replacement by Gumbel noise, the ground of stochastic beam search.</summary>
/// <remarks>Source: Kool, van Hoof, Welling, Stochastic Beams and Where to Find Them (2019).</remarks>
public static class Gumbel
{
    /// <summary>The <paramref name="count"/> largest sums of score and noise, largest first: a draw of that many without replacement.</summary>
    /// <param name="scores">Logits or log-probabilities; −∞ rules out.</param>
    /// <param name="gumbel">Independent standard Gumbel variates, one a score.</param>
    /// <param name="count">How many; fewer come when fewer are not ruled out.</param>
    /// <returns>Indices; of equal sums the lower first.</returns>
    public static int[] TopK(ReadOnlySpan<double> scores, ReadOnlySpan<double> gumbel, int count)
    {
        if (gumbel.Length != scores.Length) throw new ArgumentException($"gumbel holds {gumbel.Length} numbers; scores holds {scores.Length}.", nameof(gumbel));
        Throw.IfLess(count, 0);
        var sums = new Candidate[scores.Length];
        int n = 0;
        for (int i = 0; i < scores.Length; i++)
            if (scores[i] != double.NegativeInfinity) sums[n++] = new(i, scores[i] + gumbel[i]);
        Selection.Sort(sums.AsSpan(0, n));
        return [.. sums.AsSpan(0, Math.Min(n, count)).ToArray().Select(c => c.Token)];
    }

    /// <summary>Moves the noisy scores of a node's children so that their maximum is the node's own, in distribution exact.</summary>
    /// <param name="noisy">Log-probability plus Gumbel noise of each child; −∞ stays.</param>
    /// <param name="maximum">T, the node's noisy score.</param>
    /// <param name="destination">−ln(e^−T − e^−Z + e^−gᵢ) with Z = maxᵢ gᵢ, without cancellation; the largest is <paramref name="maximum"/>. May be the input's memory.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public static void ConditionOnMaximum(ReadOnlySpan<double> noisy, double maximum, Span<double> destination)
    {
        Throw.IfTooShort(destination.Length, 1, noisy.Length);
        double largest = double.NegativeInfinity;
        foreach (double g in noisy) largest = Math.Max(largest, g);
        for (int i = 0; i < noisy.Length; i++)
        {
            double g = noisy[i];
            if (double.IsNegativeInfinity(g)) { destination[i] = g; continue; }
            if (g == largest) { destination[i] = maximum; continue; }
            // v = T − G + ln(1 − e^(G − Z)); the child gets T − max(0, v) − ln(1 + e^(−|v|)), the paper's stable form (appendix B.3).
            double v = maximum - g + LogMath.Log1MExp(g - largest);
            destination[i] = maximum - Math.Max(0, v) - LogMath.Log1P(StableMath.Exp(-Math.Abs(v)));
        }
    }
}
