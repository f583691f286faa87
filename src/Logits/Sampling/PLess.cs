namespace Logits.Sampling;

/// <summary>Keeps tokens whose probability is at least Σ p², the chance that two draws agree. No setting to tune.</summary>
/// <remarks>Source: Tan et al., p-less Sampling (2025).</remarks>
public sealed record PLess : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<PLess>("p-less", "Keeps tokens at least as likely as two draws agreeing.", [], _ => new PLess());

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => candidates.KeepFromTop(candidates.LogMass(2) - candidates.LogMass());
}
