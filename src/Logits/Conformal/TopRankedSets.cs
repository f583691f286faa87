namespace Logits.Conformal;

/// <summary>Scores a class by its rank, 1 for the likeliest: every set holds the same number of classes.</summary>
/// <param name="Randomized">Count rank − 1 + u instead, u uniform: sets then differ by one class, and coverage is exact.</param>
/// <remarks>"Top-k". Source: Angelopoulos et al., ICLR 2021, appendix.</remarks>
public sealed record TopRankedSets(bool Randomized = false) : ISetScore
{
    /// <inheritdoc/>
    public string Name => "top-k";

    /// <inheritdoc/>
    public bool IsRandomized => Randomized;

    /// <inheritdoc/>
    public void Score(in Ranking row, double uniform, Span<double> scores)
    {
        for (int rank = 0; rank < scores.Length; rank++) scores[rank] = rank + (Randomized ? uniform : 1);
    }
}
