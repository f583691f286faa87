namespace Logits.Search;

/// <summary>What keeps groups of beams apart.</summary>
public static class Diversity
{
    /// <summary>Hamming diversity: x − penalty × (how many beams of earlier groups chose the token in this step).</summary>
    /// <param name="scores">One score a token, edited in place.</param>
    /// <param name="chosen">Tokens chosen by earlier groups, with their counts.</param>
    /// <param name="penalty">Nats for each choice.</param>
    /// <remarks>Source: Vijayakumar et al., Diverse Beam Search (2016), arXiv 1610.02424.</remarks>
    public static void Penalise(Span<double> scores, IReadOnlyDictionary<int, int> chosen, double penalty)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        foreach (var (token, count) in chosen) scores[token] -= penalty * count;
    }
}
