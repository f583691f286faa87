namespace Logits.Sampling;

/// <summary>Repairs a model's scores: NaN becomes 0, infinities the largest finite numbers of single precision. Stands first in a chain.</summary>
/// <remarks>Tokens at −∞ become candidates again, as in transformers' InfNanRemoveLogitsProcessor.</remarks>
public sealed record RemoveInfNan : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<RemoveInfNan>("remove-inf-nan", "Replaces NaN by 0 and infinities by the largest finite scores.", [], _ => new RemoveInfNan());

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => candidates.Repair();
}
