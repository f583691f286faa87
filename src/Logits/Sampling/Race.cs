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
        if (!_listed && _row.Length >= 2 * Noise.ChunkSize && Math.Abs(TopScore) < 1e5) return RowRaceWinner();
        ListAll();
        if (_count == 0) Throw.NoCandidates("the chain");
        int winner = -1;
        double best = double.NegativeInfinity;
        if (_count > Noise.ChunkSize && _count > Vocabulary / Noise.BlockSize) return LongListRaceWinner();
        foreach (ref readonly var c in List) Run(c.Token, c.Score, ref best, ref winner);
        return winner;
    }

    /// <summary>The race over a list that is long beside the number of blocks: each block's variate is bounded once, and most candidates are passed over by that bound.</summary>
    int LongListRaceWinner()
    {
        var bounds = Workspace.Room(ref _work.Selection, BlockMaxima.Count(Vocabulary));
        bounds.Clear();
        BlockNoise.Bounds(bounds, 0, 1, _noise, bounds);
        int winner = -1;
        double best = double.NegativeInfinity, top = TopScore;
        float shut = float.NegativeInfinity;
        foreach (ref readonly var c in List)
        {
            if ((float)(c.Score - top) + bounds[Noise.BlockOf(c.Token)] < shut) continue;
            double before = best;
            Run(c.Token, c.Score, ref best, ref winner);
            if (best > before) shut = Shut(best - top);
        }
        return winner;
    }

    /// <summary>What a bound in single precision, relative to the top, must reach for its block still to matter; a margin covers its rounding.</summary>
    static float Shut(double best) => (float)(best - 1e-3 - Math.Abs(best) * 1e-6);

    /// <summary>Lets one token run: its block's variate first, which is the least its own can be.</summary>
    readonly void Run(int token, double score, ref double best, ref int winner)
    {
        var (least, holder) = _noise.Block(Noise.BlockOf(token));
        double arrival = score - StableMath.Log(least);
        if (arrival < best) return;
        if (Noise.PlaceOf(token) != holder) arrival = score - StableMath.Log(least + _noise.Excess(token));
        if (arrival > best || (arrival == best && token < winner)) (best, winner) = (arrival, token);
    }

    /// <summary>The race over the row: only blocks that may hold the winner are looked into.</summary>
    int RowRaceWinner()
    {
        var maxima = Maxima;
        var bounds = Workspace.Room(ref _work.Selection, maxima.Length);
        float top = RowTop();
        BlockNoise.Bounds(maxima, top, (float)_scale, _noise, bounds);

        // The most promising block first: what it reaches shuts out nearly all others.
        int winner = -1;
        double best = double.NegativeInfinity, zero = top * _scale;
        RunBlock(bounds.IndexOf(BlockMaxima.Largest(bounds)), ref best, ref winner);
        float shut = Shut(best - zero);
        for (int block = 0; block < bounds.Length; block++)
        {
            int next = BlockMaxima.FirstAbove(bounds[block..], shut);
            if (next < 0) break;
            block += next;
            RunBlock(block, ref best, ref winner);
            shut = Shut(best - zero);
        }
        return winner;
    }

    /// <summary>Lets the tokens of a block run that may still win.</summary>
    readonly void RunBlock(int block, ref double best, ref int winner)
    {
        var (least, holder) = _noise.Block(block);
        double head = -StableMath.Log(least);
        int first = block / Noise.Lanes * Noise.ChunkSize + block % Noise.Lanes;
        for (int place = 0, token = first; place < Noise.BlockSize && token < _row.Length; place++, token += Noise.Lanes)
        {
            double score = _row[token] * _scale, arrival = score + head;
            if (arrival < best || !InRow(token) || score == double.NegativeInfinity) continue;
            if (place != holder) arrival = score - StableMath.Log(least + _noise.Excess(token));
            if (arrival > best || (arrival == best && token < winner)) (best, winner) = (arrival, token);
        }
    }
}
