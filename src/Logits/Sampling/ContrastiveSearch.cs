namespace Logits.Sampling;

/// <summary>Contrastive search: likely tokens whose representation does not repeat the context's.</summary>
/// <param name="Alpha">Weight of the degeneration penalty, 0 (greedy) to 1.</param>
/// <remarks>Score (1 − α)·p − α·max cosine similarity. Source: Su et al., A Contrastive Framework for Neural Text Generation (2022), arXiv 2202.06417.</remarks>
public sealed record ContrastiveSearch(double Alpha)
{
    /// <summary>Weight of the degeneration penalty.</summary>
    public double Alpha { get; } = Alpha is >= 0 and <= 1 ? Alpha : throw new ArgumentOutOfRangeException(nameof(Alpha), Alpha, $"Alpha is {Alpha}; it is 0 to 1.");

    /// <summary>(1 − α)·p − α·similarity for each of the top-k candidates.</summary>
    /// <param name="probabilities">The candidates' probabilities under the model.</param>
    /// <param name="similarities">For each candidate the largest cosine similarity to a token of the context (<see cref="Similarity"/>).</param>
    /// <param name="scores">As many, written.</param>
    /// <returns>The index of the best candidate, the first on ties.</returns>
    /// <exception cref="ArgumentException">The lengths disagree or there is no candidate.</exception>
    public int Score(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> similarities, Span<double> scores)
    {
        if (probabilities.IsEmpty || probabilities.Length != similarities.Length)
            throw new ArgumentException($"probabilities holds {probabilities.Length} candidates and similarities {similarities.Length}; both have one entry for each of at least 1 candidate.", nameof(similarities));
        Throw.IfTooShort(scores.Length, 1, probabilities.Length, nameof(scores));
        int best = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            scores[i] = (1 - Alpha) * probabilities[i] - Alpha * similarities[i];
            if (scores[i] > scores[best]) best = i;
        }
        return best;
    }

    /// <summary>The largest cosine similarity of a candidate's hidden state to the context's.</summary>
    /// <param name="candidate">d numbers.</param>
    /// <param name="context">Rows of d numbers, one a token so far.</param>
    /// <returns>−1 to 1; 0 when there is no context or a vector is 0.</returns>
    public static double Similarity(ReadOnlySpan<float> candidate, ReadOnlySpan<float> context)
    {
        int rows = Throw.IfNotWholeRows(context.Length, candidate.Length, nameof(context), "dimensions");
        double best = rows == 0 ? 0 : -1;
        for (int row = 0; row < rows; row++)
        {
            double dot = 0, a = 0, b = 0;
            ReadOnlySpan<float> other = context.Slice(row * candidate.Length, candidate.Length);
            for (int i = 0; i < other.Length; i++)
            {
                dot += (double)candidate[i] * other[i];
                a += (double)candidate[i] * candidate[i];
                b += (double)other[i] * other[i];
            }
            best = Math.Max(best, a == 0 || b == 0 ? 0 : dot / Math.Sqrt(a) / Math.Sqrt(b));
        }
        return best;
    }
}
