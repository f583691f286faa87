namespace Logits.Sampling;

/// <summary>Draws a token by walking the candidates in id order until the running probability exceeds one uniform number.</summary>
/// <remarks>
/// One random number a token. Over a whole vocabulary the mass is summed by chunks of 512 and only the chunk where the walk ends is walked;
/// listed candidates cost one exp each. A filter changes the running sums and so may change the token even when it removes another one: that is
/// what <see cref="Race"/> avoids. The walk is strict: a token of probability 0 is never returned. The walk
/// resolves 2⁻⁵³ of the whole mass, so a token rarer than that, unless it stands among the first, comes as often as rounding has it.
/// </remarks>
public sealed record InverseCdf : ISelector
{
    internal static readonly SamplerInfo Info = new SamplerInfo<InverseCdf>("inverse-cdf", "Draws with one uniform number by walking the cumulative distribution in id order.",
        [], _ => new InverseCdf());

    /// <inheritdoc/>
    public int Select(ref Candidates candidates)
    {
        double uniform = candidates.Noise.Uniform(Noise.Purpose.Selector, 0);
        return candidates.IsWholeRow ? candidates.WalkRow(uniform) : Walk(ref candidates, uniform);
    }

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
    /// <summary>Whether these are the model's scores, unfiltered, and many and tame enough to be walked by chunks.</summary>
    internal bool IsWholeRow => !_listed && _floor == float.NegativeInfinity && _row.Length >= 2 * Noise.ChunkSize && Math.Abs(RowTop() * _scale) < 1e5;

    /// <summary>The first token of the row whose running mass exceeds a share of all.</summary>
    /// <remarks>
    /// Sums in single precision say which chunk it is in and, unless their error leaves a doubt about the neighbours, which token; where it does,
    /// the chunks are summed again in double. So the token is the one that sums in double give.
    /// </remarks>
    internal int WalkRow(double uniform)
    {
        float top = RowTop();
        if (top == float.NegativeInfinity) Throw.NoCandidates("the chain");
        int chunks = (_row.Length + Noise.ChunkSize - 1) / Noise.ChunkSize;
        var room = Workspace.Room(ref _work.Weights, chunks + Noise.ChunkSize);
        Span<double> masses = room[..chunks], inside = room[chunks..];
        RowSums.Chunks(_row, top, _scale, masses);
        int token = WalkChunks(uniform, masses, inside, RowSums.Error);
        if (token >= 0) return token;
        RowSums.ExactChunks(_row, top, _scale, masses);
        token = WalkChunks(uniform, masses, inside, 0);
        // Rounding left the sum at its end a little too small: the last token that has any probability.
        if (token < 0)
            for (token = _row.Length - 1; StableMath.Exp((_row[token] - (double)top) * _scale) == 0;) token--;
        return token;
    }

    /// <summary>The first token whose running mass is above the share, given the masses of the chunks; −1 when their error, relative to each, leaves a doubt.</summary>
    readonly int WalkChunks(double share, ReadOnlySpan<double> masses, Span<double> inside, double error)
    {
        double total = 0, before = 0;
        foreach (double mass in masses) total += mass;
        int chunk = 0;
        while (chunk < masses.Length - 1 && before + masses[chunk] <= share * total) before += masses[chunk++];
        double after = 0;
        for (int i = chunk + 1; i < masses.Length; i++) after += masses[i];

        var scores = _row.Slice(chunk * Noise.ChunkSize, Math.Min(Noise.ChunkSize, _row.Length - chunk * Noise.ChunkSize));
        double mine = 0, top = _rowTop;
        for (int i = 0; i < scores.Length; i++) mine += inside[i] = StableMath.Exp((scores[i] - top) * _scale);
        // before + sum > share · (before + mine + after), with the small differences of large sums left out.
        double need = share * mine - ((1 - share) * before - share * after), doubt = ((1 - share) * before + share * after) * error, sum = 0;
        if (error > 0 && need - doubt < 0) return -1;
        for (int i = 0; i < scores.Length; i++)
        {
            sum += inside[i];
            if (sum > need - doubt && inside[i] > 0) return sum > need + doubt ? chunk * Noise.ChunkSize + i : -1;
        }
        return -1;
    }

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
