namespace Logits.Sampling;

/// <summary>Bends scores below the top: with d = z − z_max, z′ = z_max − k·f·d² + s·f·d³, k = (3 − c)/2, s = (c − 1)/2.</summary>
/// <param name="Factor">f, at least 0; 0 makes all candidates equal.</param>
/// <param name="Curve">c, at least 1; 1 is the plain square.</param>
public sealed record QuadraticSmoothing(double Factor, double Curve = 1) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<QuadraticSmoothing>("quadratic-smoothing", "Bends scores by their squared distance from the top.",
        [
            Settings.Number<QuadraticSmoothing>("factor", s => s.Factor, "f", least: 0),
            Settings.Number<QuadraticSmoothing>("curve", s => s.Curve, "c", least: 1, byDefault: 1),
        ],
        s => new(s.Number("factor"), s.Number("curve")));

    /// <summary>f.</summary>
    public double Factor { get; } = StableMath.AsWritten(Throw.IfNegative(Factor, "factor"));

    /// <summary>c.</summary>
    public double Curve { get; } = Curve >= 1 ? StableMath.AsWritten(Throw.IfNotFinite(Curve, "curve")) : throw new ArgumentOutOfRangeException("curve", Curve, $"curve is {Curve}; it is at least 1 (1 is the plain square).");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) =>
        candidates.Rescore((Top: candidates.TopScore, Square: Factor * (3 - Curve) / 2, Cube: Factor * (Curve - 1) / 2), static (s, c) =>
        {
            double d = c.Score - s.Top;
            return Math.Max(s.Top - d * d * (s.Square - s.Cube * d), -double.MaxValue);
        });
}
