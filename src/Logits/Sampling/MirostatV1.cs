namespace Logits.Sampling;

/// <summary>Mirostat 1: a top-k whose k follows from μ and the Zipf exponent of the likeliest tokens, with μ steered as in <see cref="Mirostat"/>.</summary>
/// <param name="Tau">τ, the target surprise in bits, above 0.</param>
/// <param name="Eta">η, the learning rate, above 0.</param>
/// <param name="M">How many of the likeliest tokens the exponent is estimated from.</param>
/// <remarks>Source: Basu et al., Mirostat (2021).</remarks>
public sealed record MirostatV1(double Tau, double Eta = 0.1, int M = 100) : IStatefulSampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<MirostatV1>("mirostat-v1", "Steers the surprise of what is drawn (version 1).",
        [
            Settings.Number<MirostatV1>("tau", s => s.Tau, "the target surprise in bits", least: 0),
            Settings.Number<MirostatV1>("eta", s => s.Eta, "the learning rate", least: 0, byDefault: 0.1),
            Settings.Integer<MirostatV1>("m", s => s.M, "tokens to estimate from", least: 1, byDefault: 100),
        ],
        s => new(s.Number("tau"), s.Number("eta"), s.Integer("m")));

    /// <summary>τ.</summary>
    public double Tau { get; } = StableMath.AsWritten(Throw.IfNotPositive(Tau, "mirostat-v1"));

    /// <summary>η.</summary>
    public double Eta { get; } = StableMath.AsWritten(Throw.IfNotPositive(Eta, "eta"));

    /// <summary>m.</summary>
    public int M { get; } = Throw.IfLess(M, 1, "m");

    /// <inheritdoc/>
    public SamplerState Start() => Start(2 * Tau);

    internal MirostatState Start(double mu) => new(mu, Tau, Eta, M);
}
