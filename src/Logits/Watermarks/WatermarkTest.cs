using Logits.Distributions;

namespace Logits.Watermarks;

/// <summary>Whether a text carries a watermark: how many of its marked choices fell the watermark's way.</summary>
/// <param name="Hits">Choices that fell the watermark's way: green tokens, or g-values of 1.</param>
/// <param name="Total">Choices that were counted.</param>
/// <param name="ChanceShare">The share that falls that way in a text without the watermark.</param>
public sealed record WatermarkTest(long Hits, long Total, double ChanceShare)
{
    /// <summary>z = (hits − γn) / √(nγ(1 − γ)); NaN when nothing was counted.</summary>
    public double Z => (Hits - ChanceShare * Total) / Math.Sqrt(Total * ChanceShare * (1 - ChanceShare));

    /// <summary>P(X ≥ hits) for a text without the watermark: the binomial tail itself, however small.</summary>
    public double PValue => BinomialTail.AtLeast(Hits, Total, ChanceShare);

    /// <summary>The normal tail at <see cref="Z"/>, exact as a normal tail.</summary>
    public double NormalPValue => Normal.UpperTail(Z);

    /// <summary>The closed-form approximation of the normal tail that transformers reports; 0 from about z = 8 on.</summary>
    public double TransformersPValue => 1 - 0.5 * (1 + Math.Sign(Z) * (1 - Math.Exp(-2 * Z * Z / Math.PI)));

    /// <summary>Whether z is above a threshold; 3 is the custom of the field.</summary>
    public bool IsDetected(double threshold = 3) => Z > threshold;
}
