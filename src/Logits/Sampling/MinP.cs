namespace Logits.Sampling;

/// <summary>Keeps tokens whose probability is at least <paramref name="Ratio"/> × the top probability.</summary>
/// <param name="Ratio">0 to 1; 0 keeps all.</param>
/// <param name="MinKeep">Keeps at least this many.</param>
/// <remarks>In logit space: z ≥ z_max + ln(Ratio), so no softmax is needed. Source: Nguyen et al., Min-p (2024).</remarks>
public sealed record MinP(double Ratio, int MinKeep = 1) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<MinP>("min-p", "Keeps tokens at least a ratio as likely as the likeliest.",
        [
            Settings.Number<MinP>("ratio", s => s.Ratio, "of the top probability", 0, 1),
            Settings.Integer<MinP>("min-keep", s => s.MinKeep, "keeps at least this many", least: 1, byDefault: 1),
        ],
        s => new(s.Number("ratio"), s.Integer("min-keep")));

    readonly double _log = StableMath.Log(StableMath.AsWritten(Ratio));

    /// <summary>The ratio.</summary>
    public double Ratio { get; } = StableMath.AsWritten(Throw.IfNotFraction(Ratio, "min-p"));

    /// <summary>The least number kept.</summary>
    public int MinKeep { get; } = Throw.IfLess(MinKeep, 1, "min-keep");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Ratio > 0) candidates.KeepFromTop(_log, MinKeep);
    }
}
