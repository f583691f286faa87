namespace Logits.Conformal;

/// <summary>Scores a class by the total probability of the classes ranked at or above it: sets grow where the model is unsure.</summary>
/// <param name="Randomized">
/// Count only the share u of the class's own probability, u uniform: exact coverage and smaller sets, at the price of a coin toss. Without it sets are larger than need be.
/// </param>
/// <remarks>"APS". The last rank scores 1 whatever the rounding. Source: Romano, Sesia and Candès, NeurIPS 2020.</remarks>
public sealed record AdaptiveSets(bool Randomized = false) : ISetScore
{
    /// <inheritdoc/>
    public string Name => "aps";

    /// <inheritdoc/>
    public bool IsRandomized => Randomized;

    /// <inheritdoc/>
    public void Score(in Ranking row, double uniform, Span<double> scores)
    {
        double untold = Randomized ? 1 - uniform : 0;
        for (int rank = 0; rank < scores.Length; rank++)
            scores[rank] = 1 - (row.Below[rank] + untold * row.Probabilities[rank]);
    }
}
