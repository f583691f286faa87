namespace Logits.Conformal;

/// <summary>Scores a class by 1 − p: the smallest sets on average, empty where no class is likely enough.</summary>
/// <remarks>"LAC". Source: Sadinle, Lei and Wasserman, JASA 2019.</remarks>
public sealed record LeastAmbiguousSets : ISetScore
{
    /// <inheritdoc/>
    public string Name => "lac";

    /// <inheritdoc/>
    public bool IsRandomized => false;

    /// <inheritdoc/>
    public void Score(in Ranking row, double uniform, Span<double> scores)
    {
        for (int rank = 0; rank < scores.Length; rank++) scores[rank] = 1 - row.Probabilities[rank];
    }
}
