using System.Collections.Immutable;

namespace Logits.Search;

/// <summary>A sequence that a search found.</summary>
/// <param name="Tokens">The new tokens, the end token included where one was reached.</param>
/// <param name="Score">What sequences are ranked by: the log-probability over the length penalty; for stochastic beams the perturbed log-probability.</param>
/// <param name="LogProbability">Σ log p of the new tokens, in nats.</param>
/// <param name="Ended">Whether an end token was reached.</param>
/// <param name="MeetsConstraints">Whether every required phrase is in it; true when none was required.</param>
public sealed record BeamResult(ImmutableArray<int> Tokens, double Score, double LogProbability, bool Ended, bool MeetsConstraints);
