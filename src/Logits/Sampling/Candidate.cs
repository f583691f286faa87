namespace Logits.Sampling;

/// <summary>A token that may come next, and its score.</summary>
/// <param name="Token">The token id.</param>
/// <param name="Score">Its logit, as the stages so far left it.</param>
public readonly record struct Candidate(int Token, double Score)
{
    /// <summary>The order of rank: the higher score first, of equal scores the lower id.</summary>
    internal bool Before(in Candidate other) => Score > other.Score || (Score == other.Score && Token < other.Token);

    internal readonly struct ByRank : IComparer<Candidate>
    {
        public int Compare(Candidate x, Candidate y) => x.Score != y.Score ? (x.Score > y.Score ? -1 : 1) : x.Token.CompareTo(y.Token);
    }

    internal readonly struct ById : IComparer<Candidate>
    {
        public int Compare(Candidate x, Candidate y) => x.Token.CompareTo(y.Token);
    }
}
