namespace Logits.Sampling;

/// <summary>Keeps the token with the largest score alone; of several, the lowest id.</summary>
public sealed record Greedy : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Greedy>("greedy", "Takes the likeliest token.", [], _ => new Greedy());

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => candidates.KeepTop(1);
}
