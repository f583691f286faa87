namespace Logits.Sampling;

// The vocabulary's row before it is listed: found out about by blocks of 32 scores, so that most of it is read once.
public ref partial struct Candidates
{
    /// <summary>Finds the block maxima and the top; false when a score is NaN or +∞.</summary>
    bool Scan()
    {
        var maxima = Workspace.Room(ref _work.Maxima, BlockMaxima.Count(_row.Length));
        bool clean = BlockMaxima.Scan(_row, maxima, out _rowTop);
        return clean;
    }

    /// <summary>The largest of the row, unscaled.</summary>
    float RowTop()
    {
        if (float.IsNaN(_rowTop)) _rowTop = BlockMaxima.Largest(Maxima);
        return _rowTop;
    }

    readonly ReadOnlySpan<float> Maxima => _work.Maxima.AsSpan(0, BlockMaxima.Count(_row.Length));

    /// <summary>The first token whose unscaled score is <paramref name="top"/>.</summary>
    int FirstOf(float top)
    {
        if (top == float.NegativeInfinity) Throw.NoCandidates("the chain");
        return BlockMaxima.FirstOf(_row, Maxima, top);
    }

    /// <summary>Makes the row our own, its scale applied, so that scores can be changed.</summary>
    void Own()
    {
        if (_edited && _scale == 1) return;
        var own = Workspace.Room(ref _work.Edited, _row.Length);
        bool scaled = _scale != 1;
        if (!scaled) _row.CopyTo(own);
        else
            for (int i = 0; i < own.Length; i++) own[i] = (float)Math.Clamp(_row[i] * _scale, double.NegativeInfinity, float.MaxValue);
        _row = own;
        (_scale, _edited) = (1, true);
        if (scaled) Scan();
    }

    /// <summary>Changes one score of the row, and the maximum of its block.</summary>
    void Edit(int token, float score)
    {
        Own();
        _work.Edited[token] = score;
        BlockMaxima.Update(_row, _work.Maxima, token);
        _rowTop = float.NaN;
        _count = -1;
    }

    /// <summary>Replaces NaN by 0 and infinities by the largest finite scores of single precision.</summary>
    internal void Repair()
    {
        if (_listed)
        {
            foreach (ref var c in List) c = c with { Score = Finite(c.Score, float.MaxValue) };
            return;
        }
        Own();
        var own = _work.Edited.AsSpan(0, _row.Length);
        for (int i = 0; i < own.Length; i++) own[i] = (float)Finite(own[i], float.MaxValue);
        Scan();
        _count = -1;

        static double Finite(double x, double largest) => double.IsNaN(x) ? 0 : Math.Clamp(x, -largest, largest);
    }

    /// <summary>Lists the tokens whose scaled score is at least <paramref name="bound"/>.</summary>
    void ListFrom(double bound)
    {
        int count = BlockMaxima.AtLeast(_row, Maxima, Unscaled(bound), _scale, _work);
        Listed(count);
    }

    /// <summary>Lists one token alone.</summary>
    void ListOne(int token)
    {
        _work.GrowList(1, 0);
        _work.List[0] = new(token, _row[token] * _scale);
        Listed(1);
    }

    /// <summary>Lists the nucleus; false when the row is too short or too spread for it to pay.</summary>
    /// <remarks>
    /// Passes over the row narrow down the score at which the mass is reached to a bracket of few tokens; everything above it is
    /// in, and only the bracket is ordered. The passes sum in single precision, which is enough to choose the bracket: its place is
    /// checked, and the decision within it made, with the error of those sums taken in account, or else with sums in double.
    /// </remarks>
    bool ListMass(double mass)
    {
        float top = RowTop();
        if (_row.Length < 2048 || !(Math.Abs(top * _scale) < 1e6) || mass < 1e-3) return false;

        // Scores high and low bound the bracket: more than the mass is above low, less above high (within the error of the sums).
        float high = top, low = float.NegativeInfinity;
        double massHigh = 0, massLow = 0, total = 0, slack = RowSums.Error;
        Span<float> bounds = stackalloc float[RowSums.Bounds];
        Span<double> masses = stackalloc double[RowSums.Bounds];
        for (int pass = 0; pass < 6; pass++)
        {
            for (int i = 0; i < RowSums.Bounds; i++)
                bounds[i] = pass == 0 ? (float)(top - s_offsets[i] / _scale) : (float)(high + (low - (double)high) * (i + 1) / (RowSums.Bounds + 1));
            total = RowSums.Above(_row, top, _scale, bounds, masses);
            if (pass == 0) massLow = total;
            for (int i = 0; i < RowSums.Bounds; i++)
            {
                if (bounds[i] < high && masses[i] < mass * total * (1 - 2 * slack)) (high, massHigh) = (bounds[i], masses[i]);
                if (bounds[i] > low && masses[i] > mass * total * (1 + 2 * slack)) { (low, massLow) = (bounds[i], masses[i]); break; }
            }
            if (low == float.NegativeInfinity) return false;
            // Each token of the bracket weighs at least what one at its lower end does.
            if ((massLow - massHigh) * Math.Exp((top - (double)low) * _scale) < 400) break;
        }

        int count = BlockMaxima.AtLeast(_row, Maxima, float.BitIncrement(low), _scale, _work);
        Listed(count);
        var list = List;
        int certain = 0;
        double above = high * _scale, zero = top * _scale;
        for (int i = 0; i < list.Length; i++)
            if (list[i].Score > above) (list[certain], list[i]) = (list[i], list[certain++]);
        var bracket = list[certain..];
        Selection.Sort(bracket);
        int least = Reach(bracket, massHigh * (1 + slack), mass * total * (1 - slack), zero), most = Reach(bracket, massHigh * (1 - slack), mass * total * (1 + slack), zero);
        if (least != most || (least == 0 && certain == 0))
        {
            total = RowSums.Exact(_row, top, _scale, high, out massHigh).Mass;
            least = Reach(bracket, massHigh, mass * total * (1 - StableMath.Tie), zero);
        }
        _count = certain + least;
        return true;

        // How many of the bracket it takes to reach a bound from what is above it.
        static int Reach(ReadOnlySpan<Candidate> bracket, double sum, double bound, double zero)
        {
            int kept = 0;
            while (kept < bracket.Length && sum < bound) sum += StableMath.Exp(bracket[kept++].Score - zero);
            return kept;
        }
    }

    static readonly double[] s_offsets = [2, 5, 10, 18];

    /// <summary>Lists a superset of the best <paramref name="count"/> (with all that tie with the last of them); false when listing everything is as good.</summary>
    bool ListTop(int count, bool ties)
    {
        if (_row.Length < 2048 || count > Maxima.Length / 4) return false;
        float bound = BlockMaxima.LowerBoundOfTop(Maxima, count, _work);
        if (bound == float.NegativeInfinity) return false;
        Listed(BlockMaxima.AtLeast(_row, Maxima, bound, _scale, _work));
        return true;
    }

    /// <summary>The smallest unscaled score whose scaled value is at least <paramref name="bound"/>.</summary>
    readonly float Unscaled(double bound)
    {
        float score = (float)(bound / _scale);
        if (!float.IsFinite(score)) return score;
        while (score * _scale >= bound && float.IsFinite(score)) score = float.BitDecrement(score);
        while (score * _scale < bound) score = float.BitIncrement(score);
        return score;
    }
}
