using Logits.Kernels;

namespace Logits.Sampling;

/// <summary>Classifier-free guidance: conditional scores c pushed away from unconditional ones u.</summary>
/// <remarks>Source: Sanchez et al., Stay on Topic with Classifier-Free Guidance (2023), arXiv 2306.17806; the three forms in use differ in what is combined and where it is centred.</remarks>
public static class Guidance
{
    /// <summary>log softmax(u) + scale · (log softmax(c) − log softmax(u)): the form of the paper and of transformers.</summary>
    /// <param name="conditional">Scores with the prompt.</param>
    /// <param name="unconditional">Scores without it, or with a negative prompt.</param>
    /// <param name="scale">1 leaves the conditional distribution as it is; above 1 strengthens the prompt.</param>
    /// <param name="destination">As many elements; may be either input's memory. A token that either side rules out (−∞) stays ruled out.</param>
    /// <exception cref="ArgumentException">The lengths disagree.</exception>
    public static void LogProbabilities(ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, double scale, Span<float> destination)
    {
        Check(conditional, unconditional, scale, destination);
        double c = Kernel<float>.LogSumExp(conditional), u = Kernel<float>.LogSumExp(unconditional);
        for (int i = 0; i < conditional.Length; i++)
        {
            double from = unconditional[i] - u;
            destination[i] = Ruled(conditional[i], unconditional[i]) ? float.NegativeInfinity : (float)(from + scale * (conditional[i] - c - from));
        }
    }

    /// <summary>u + scale · (c − u) on the raw scores.</summary>
    /// <inheritdoc cref="LogProbabilities"/>
    public static void Raw(ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, double scale, Span<float> destination)
    {
        Check(conditional, unconditional, scale, destination);
        for (int i = 0; i < conditional.Length; i++)
            destination[i] = Ruled(conditional[i], unconditional[i]) ? float.NegativeInfinity : (float)(unconditional[i] + scale * ((double)conditional[i] - unconditional[i]));
    }

    /// <summary>c + scale · (c − u): the same with the scale counted from the conditional scores, so 0 leaves them as they are.</summary>
    /// <inheritdoc cref="LogProbabilities"/>
    public static void CentredOnConditional(ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, double scale, Span<float> destination)
    {
        Check(conditional, unconditional, scale, destination);
        for (int i = 0; i < conditional.Length; i++)
            destination[i] = Ruled(conditional[i], unconditional[i]) ? float.NegativeInfinity : (float)(conditional[i] + scale * ((double)conditional[i] - unconditional[i]));
    }

    static bool Ruled(float c, float u) => float.IsNegativeInfinity(c) || float.IsNegativeInfinity(u);

    static void Check(ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, double scale, Span<float> destination)
    {
        if (conditional.Length != unconditional.Length)
            throw new ArgumentException($"unconditional holds {unconditional.Length} scores and conditional {conditional.Length}; both score the same vocabulary.", nameof(unconditional));
        if (!double.IsFinite(scale))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, $"scale is {scale}; a guidance scale is finite (1 is neutral for the first two forms, 0 for the third).");
        Throw.IfTooShort(destination.Length, 1, conditional.Length);
    }
}
