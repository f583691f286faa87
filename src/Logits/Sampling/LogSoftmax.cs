namespace Logits.Sampling;

/// <summary>Turns scores into log-probabilities of the candidates: z′ = z − log Σ exp z. No probability changes.</summary>
public sealed record LogSoftmax : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<LogSoftmax>("log-softmax", "Turns scores into log-probabilities.", [], _ => new LogSoftmax());

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => Normalize(ref candidates);

    internal static void Normalize(ref Candidates candidates) =>
        candidates.Rescore((Top: candidates.TopScore, Log: candidates.LogMass()), static (s, c) => c.Score - s.Top - s.Log);
}
