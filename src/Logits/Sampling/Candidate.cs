namespace Logits.Sampling;

/// <summary>A token that may come next, and its score.</summary>
/// <param name="Token">The token id.</param>
/// <param name="Score">Its logit, as the stages so far left it.</param>
public readonly record struct Candidate(int Token, double Score)
{
    /// <summary>The order of rank: the higher score first, of equal scores the lower id.</summary>
    internal bool Before(in Candidate other) => Score > other.Score || (Score == other.Score && Token < other.Token);
}
