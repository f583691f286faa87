namespace Logits.Conformal;

/// <summary>Adaptive sets that make each rank beyond <paramref name="FreeRanks"/> cost <paramref name="Penalty"/> more: the long tails are cut off.</summary>
/// <param name="Penalty">λ, at least 0. 0.01 is the paper's.</param>
/// <param name="FreeRanks">k_reg, at least 0: ranks up to this one cost nothing. 5 is the paper's.</param>
/// <param name="Randomized">As in <see cref="AdaptiveSets"/>.</param>
/// <remarks>"RAPS": the adaptive score + λ · max(0, rank − k_reg), ranks from 1. Source: Angelopoulos et al., ICLR 2021.</remarks>
public sealed record RegularizedAdaptiveSets(double Penalty = 0.01, int FreeRanks = 5, bool Randomized = false) : ISetScore
{
    /// <summary>λ, at least 0.</summary>
    public double Penalty { get; } = Throw.IfNegative(Penalty);

    /// <summary>k_reg, at least 0.</summary>
    public int FreeRanks { get; } = Throw.IfLess(FreeRanks, 0);

    /// <inheritdoc/>
    public string Name => "raps";

    /// <inheritdoc/>
    public bool IsRandomized => Randomized;

    /// <inheritdoc/>
    public void Score(in Ranking row, double uniform, Span<double> scores)
    {
        new AdaptiveSets(Randomized).Score(row, uniform, scores);
        for (int rank = FreeRanks; rank < scores.Length; rank++)
            scores[rank] += Penalty * (rank + 1 - FreeRanks);
    }
}
