namespace Logits.Sampling;

/// <summary>Draws a token by walking the candidates in id order until the running probability exceeds one uniform number.</summary>
/// <remarks>
/// One random number a token, and one exp a candidate. A filter changes the running sums and so may change the token even when it removes
/// another one: that is what <see cref="Race"/> avoids. The walk is strict: a token of probability 0 is never returned.
/// </remarks>
public sealed record InverseCdf : ISelector
{
    internal static readonly SamplerInfo Info = new SamplerInfo<InverseCdf>("inverse-cdf", "Draws with one uniform number by walking the cumulative distribution in id order.",
        [], _ => new InverseCdf());

    /// <inheritdoc/>
    public int Select(ref Candidates candidates) => Walk(ref candidates, candidates.Noise.Uniform(Noise.Purpose.Selector, 0));

    /// <summary>The first token whose running mass, in id order, exceeds <paramref name="uniform"/>.</summary>
    /// <param name="candidates">The candidates; listed in id order afterwards.</param>
    /// <param name="uniform">At least 0, below 1.</param>
    /// <param name="byRank">Walk from the likeliest down instead.</param>
    public static int Walk(ref Candidates candidates, double uniform, bool byRank = false)
    {
        if (byRank) candidates.Rank();
        else candidates.OrderById();
        if (candidates.IsEmpty) Throw.NoCandidates("the chain");
        var p = candidates.Probabilities();
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            sum += p[i];
            if (sum > uniform) return candidates.Items[i].Token;
        }
        // Rounding left the sum a little below 1: the last token that has any probability.
        int last = p.Length - 1;
        while (last > 0 && p[last] == 0) last--;
        return candidates.Items[last].Token;
    }

    /// <summary>llama.cpp's walk: over the whole vocabulary by id, to the first token whose running mass is at least <paramref name="uniform"/>.</summary>
    /// <remarks>At a draw of exactly 0 that is token 0, even when it is ruled out.</remarks>
    internal static int WalkAsLlamaCpp(ref Candidates candidates, double uniform)
    {
        double log = candidates.LogMass(), top = candidates.TopScore, sum = 0;
        for (int token = 0; token < candidates.Vocabulary; token++)
        {
            sum += StableMath.Exp(candidates[token] - top - log);
            if (sum >= uniform) return token;
        }
        return candidates.Vocabulary - 1;
    }
}

public ref partial struct Candidates
{
    /// <summary>Orders the list by token id.</summary>
    internal void OrderById()
    {
        ListAll();
        bool ordered = true;
        for (int i = 1; i < _count; i++) ordered &= _work.List[i - 1].Token < _work.List[i].Token;
        if (!ordered)
        {
            // Of equal scores the lower id ranks first, so ids sort by rank once they all have the same score.
            var ids = Workspace.Room(ref _work.Pairs, _count);
            var scores = Workspace.Room(ref _work.Weights, _count);
            for (int i = 0; i < ids.Length; i++) ids[i] = new(_work.List[i].Token, 0);
            Selection.Sort(ids);
            for (int i = 0; i < ids.Length; i++) scores[i] = _work.List[PlaceOf(ids[i].Token)].Score;
            for (int i = 0; i < ids.Length; i++) _work.List[i] = new(ids[i].Token, scores[i]);
        }
        Unrank();
    }
}
