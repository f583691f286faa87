using Logits.Kernels;

namespace Logits.Sampling;

/// <summary>DoLa, decoding by contrasting layers: what the last layer knows beyond an early one.</summary>
/// <param name="RelativeTop">Tokens below this share of the top probability of the last layer are ruled out, above 0 and at most 1.</param>
/// <remarks>ln p_final − ln p_early where p_final ≥ RelativeTop · max p_final, else −∞. Source: Chuang et al. (2024), arXiv 2309.03883.</remarks>
public sealed record Dola(float RelativeTop = 0.1f)
{
    /// <summary>The share of the top probability below which tokens are ruled out.</summary>
    public float RelativeTop { get; } = Throw.IfNotShare(RelativeTop);

    /// <summary>The contrast of two layers' scores.</summary>
    /// <param name="final">The last layer's scores.</param>
    /// <param name="early">The early layer's scores through the same head.</param>
    /// <param name="destination">As many elements; may be the last layer's memory. +∞ cannot come out: a token the early layer rules out keeps its final log-probability.</param>
    /// <exception cref="ArgumentException">The lengths disagree.</exception>
    public void Contrast(ReadOnlySpan<float> final, ReadOnlySpan<float> early, Span<float> destination)
    {
        if (final.Length != early.Length)
            throw new ArgumentException($"early holds {early.Length} scores and final {final.Length}; both score the same vocabulary.", nameof(early));
        Throw.IfTooShort(destination.Length, 1, final.Length);
        double late = Kernel<float>.LogSumExp(final), soon = Kernel<float>.LogSumExp(early);
        double least = Kernel<float>.Max(final) + StableMath.Log(RelativeTop);
        for (int i = 0; i < final.Length; i++)
            destination[i] = !(final[i] >= least) ? float.NegativeInfinity
                : (float)(final[i] - late - (float.IsNegativeInfinity(early[i]) ? 0 : early[i] - soon));
    }
}
