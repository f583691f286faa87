namespace Logits.Sampling;

/// <summary>Keeps the smallest set of likeliest tokens whose probability adds up to at least <paramref name="Mass"/>.</summary>
/// <param name="Mass">p, 0 to 1; 0 keeps the best token, 1 keeps all.</param>
/// <param name="MinKeep">Keeps at least this many.</param>
/// <remarks>
/// The token that crosses the line stays; of equal scores the lower id comes first; a sum within 2⁻⁴⁰ of the line counts as reaching it.
/// Source: Holtzman et al., The Curious Case of Neural Text Degeneration (2020).
/// </remarks>
public sealed record TopP(double Mass, int MinKeep = 1) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<TopP>("top-p", "Keeps the likeliest tokens that together reach a probability.",
        [
            Settings.Number<TopP>("p", s => s.Mass, "the probability to reach", 0, 1),
            Settings.Integer<TopP>("min-keep", s => s.MinKeep, "keeps at least this many", least: 1, byDefault: 1),
        ],
        s => new(s.Number("p"), s.Integer("min-keep")));

    /// <summary>p.</summary>
    public double Mass { get; } = StableMath.AsWritten(Throw.IfNotFraction(Mass, "top-p"));

    /// <summary>The least number kept.</summary>
    public int MinKeep { get; } = Throw.IfLess(MinKeep, 1, "min-keep");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Mass < 1) candidates.KeepMass(Mass, MinKeep);
    }
}
