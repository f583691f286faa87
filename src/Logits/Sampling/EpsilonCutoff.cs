namespace Logits.Sampling;

/// <summary>Keeps tokens whose probability is at least <paramref name="Epsilon"/>.</summary>
/// <param name="Epsilon">Above 0, below 1. When no token reaches it, the best stay.</param>
/// <param name="MinKeep">Keeps at least this many.</param>
/// <remarks>Source: Hewitt, Manning, Liang, Truncation Sampling as Language Model Desmoothing (2022).</remarks>
public sealed record EpsilonCutoff(double Epsilon, int MinKeep = 1) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<EpsilonCutoff>("epsilon", "Keeps tokens above a probability.",
        [
            Settings.Number<EpsilonCutoff>("epsilon", s => s.Epsilon, "the probability to reach", 0, 1),
            Settings.Integer<EpsilonCutoff>("min-keep", s => s.MinKeep, "keeps at least this many", least: 1, byDefault: 1),
        ],
        s => new(s.Number("epsilon"), s.Integer("min-keep")));

    /// <summary>ε.</summary>
    public double Epsilon { get; } = StableMath.AsWritten(Throw.IfNotLevel(Epsilon, "epsilon"));

    /// <summary>The least number kept.</summary>
    public int MinKeep { get; } = Throw.IfLess(MinKeep, 1, "min-keep");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => candidates.KeepFromTop(candidates.LogMass() + StableMath.Log(Epsilon), MinKeep);
}
