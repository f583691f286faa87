namespace Logits.Sampling;

/// <summary>Keeps tokens whose probability is at least η = min(ε, √ε · e^−H): the cutoff falls as the entropy H grows.</summary>
/// <param name="Epsilon">Above 0, below 1.</param>
/// <param name="MinKeep">Keeps at least this many.</param>
/// <remarks>Source: Hewitt, Manning, Liang, Truncation Sampling as Language Model Desmoothing (2022).</remarks>
public sealed record EtaCutoff(double Epsilon, int MinKeep = 1) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<EtaCutoff>("eta", "Keeps tokens above a probability that falls with entropy.",
        [
            Settings.Number<EtaCutoff>("epsilon", s => s.Epsilon, "the largest cutoff", 0, 1),
            Settings.Integer<EtaCutoff>("min-keep", s => s.MinKeep, "keeps at least this many", least: 1, byDefault: 1),
        ],
        s => new(s.Number("epsilon"), s.Integer("min-keep")));

    /// <summary>ε.</summary>
    public double Epsilon { get; } = StableMath.AsWritten(Throw.IfNotLevel(Epsilon, "eta"));

    /// <summary>The least number kept.</summary>
    public int MinKeep { get; } = Throw.IfLess(MinKeep, 1, "min-keep");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        double log = StableMath.Log(Epsilon);
        candidates.KeepFromTop(candidates.LogMass() + Math.Min(log, log / 2 - candidates.Entropy()), MinKeep);
    }
}
