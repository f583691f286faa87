namespace Logits.Sampling;

/// <summary>Draws a token with its probability: the winner of a race in which token i arrives after Eᵢ / pᵢ, E exponential.</summary>
/// <remarks>
/// The same as argmax(zᵢ − ln Eᵢ), the Gumbel-max rule, so no normaliser is needed. Eᵢ depends on (seed, step, token id) alone: a filter
/// that does not remove the winner cannot change it, and neither can batch size, thread count or vector width. E has full relative
/// accuracy near 0, so a token of probability 2⁻¹⁰⁰ is drawn once in 2¹⁰⁰ draws. Costs one random number a candidate once listed;
/// over a whole vocabulary one for each block of 32 and for the few tokens that may win.
/// Source: Gumbel (1954); Efraimidis and Spirakis, Weighted random sampling with a reservoir (2006).
/// </remarks>
public sealed record Race : ISelector
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Race>("race", "Draws by an exponential race with noise per token id (what a chain does when it names no other way).",
        [], _ => new Race());

    /// <inheritdoc/>
    public int Select(ref Candidates candidates) => candidates.RaceWinner();

    /// <summary>argmax of scores plus given Gumbel noise; of equal sums the lowest index.</summary>
    public static int Winner(ReadOnlySpan<double> scores, ReadOnlySpan<double> gumbel)
    {
        int best = -1;
        for (int i = 0; i < scores.Length; i++)
            if (scores[i] != double.NegativeInfinity && (best < 0 || scores[i] + gumbel[i] > scores[best] + gumbel[best])) best = i;
        return best;
    }
}

public ref partial struct Candidates
{
    /// <summary>The token whose score plus Gumbel noise is largest.</summary>
    internal int RaceWinner()
    {
        ListAll();
        if (_count == 0) Throw.NoCandidates("the chain");
        int winner = -1;
        double best = double.NegativeInfinity;
        foreach (ref readonly var c in List)
        {
            double arrival = c.Score - StableMath.Log(_noise.Exponential(c.Token));
            if (arrival > best || (arrival == best && c.Token < winner)) (best, winner) = (arrival, c.Token);
        }
        return winner;
    }
}
