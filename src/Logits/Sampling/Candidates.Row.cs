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

    /// <summary>Whether a token of the row is above what was dropped from it.</summary>
    readonly bool InRow(int token) => _row[token] > _floor || (_row[token] == _floor && token <= _floorLast);

    readonly int CountRow()
    {
        if (_floor == float.NegativeInfinity) return _row.Length - System.MemoryExtensions.Count(_row, float.NegativeInfinity);
        int count = 0;
        for (int i = 0; i < _row.Length; i++) count += InRow(i) ? 1 : 0;
        return count;
    }

    /// <summary>Makes the row our own, its scale applied, so that scores can be changed.</summary>
    void Own()
    {
        if (_edited && _scale == 1 && _floor == float.NegativeInfinity) return;
        var own = Workspace.Room(ref _work.Edited, _row.Length);
        bool changed = _scale != 1 || _floor != float.NegativeInfinity;
        if (!changed) _row.CopyTo(own);
        else
            for (int i = 0; i < own.Length; i++) own[i] = InRow(i) ? (float)Math.Clamp(_row[i] * _scale, double.NegativeInfinity, float.MaxValue) : float.NegativeInfinity;
        _row = own;
        (_scale, _edited, _floor, _floorLast) = (1, true, float.NegativeInfinity, int.MaxValue);
        if (changed) Scan();
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
        float least = Math.Max(Unscaled(bound), _floor), floor = _floor;
        Listed(BlockMaxima.AtLeast(_row, Maxima, least, _scale, _work));
        if (least == floor && _floorLast != int.MaxValue)
        {
            // Of the tokens at the floor itself, those after the last that was kept are out.
            int count = 0;
            double score = floor * _scale;
            var list = List;
            for (int i = 0; i < list.Length; i++)
                if (list[i].Score > score || list[i].Token <= _floorLast) list[count++] = list[i];
            _count = count;
        }
    }

    /// <summary>Lists one token alone.</summary>
    void ListOne(int token)
    {
        _work.GrowList(1, 0);
        _work.List[0] = new(token, _row[token] * _scale);
        Listed(1);
    }

    /// <summary>Drops what is outside the nucleus from the row; false when the row is too short or too spread for it to pay.</summary>
    /// <remarks>
    /// Passes over the row narrow down the score at which the mass is reached to a bracket of few tokens; everything above it is
    /// in, and only the bracket is ordered. The passes sum in single precision, which is enough to choose the bracket; the decision
    /// within it takes the error of those sums into account, and where that leaves a doubt, it is made again with sums in double.
    /// </remarks>
    bool FloorAtMass(double mass)
    {
        float top = RowTop();
        if (_row.Length < 2048 || _floor != float.NegativeInfinity || !(Math.Abs(top * _scale) < 1e6)) return false;

        // More than the mass is above the score low, less above high, beyond the error of the sums.
        const double Slack = RowSums.Error;
        float high = top, low = float.NegativeInfinity;
        double massHigh = 0, massLow = 0, total = 0;
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
                if (bounds[i] < high && masses[i] < mass * total * (1 - 2 * Slack)) (high, massHigh) = (bounds[i], masses[i]);
                if (bounds[i] > low && masses[i] > mass * total * (1 + 2 * Slack)) { (low, massLow) = (bounds[i], masses[i]); break; }
            }
            if (low == float.NegativeInfinity) return false;
            // Each token of the bracket weighs at least what one at its lower end does.
            if ((massLow - massHigh) * Math.Exp((top - (double)low) * _scale) < 400) break;
        }

        var bracket = Bracket(low, high);
        Selection.Sort(bracket);
        double zero = top * _scale;
        int kept = Reach(bracket, massHigh * (1 + Slack), mass * total * (1 - Slack), zero), most = Reach(bracket, massHigh * (1 - Slack), mass * total * (1 + Slack), zero);
        if (kept != most || kept == 0)
        {
            total = RowSums.Exact(_row, top, _scale, high, out massHigh).Mass;
            kept = Reach(bracket, massHigh, mass * total * (1 - StableMath.Tie), zero);
        }
        // Nothing of the bracket is needed when the mass is met, within a tie, by what is above it.
        if (kept == 0) (_floor, _floorLast) = (float.BitIncrement(high), int.MaxValue);
        else (_floor, _floorLast) = (_row[bracket[kept - 1].Token], bracket[kept - 1].Token);
        _count = -1;
        return true;

        // How many of the bracket it takes to reach a bound from what is above it.
        static int Reach(ReadOnlySpan<Candidate> bracket, double sum, double bound, double zero)
        {
            int kept = 0;
            while (kept < bracket.Length && sum < bound) sum += StableMath.Exp(bracket[kept++].Score - zero);
            return kept;
        }
    }

    /// <summary>The tokens that score above <paramref name="low"/> and at most <paramref name="high"/>, in the memory of the list.</summary>
    readonly Span<Candidate> Bracket(float low, float high)
    {
        int count = BlockMaxima.Between(_row, low, high, _scale, _work);
        return _work.List.AsSpan(0, count);
    }

    static readonly double[] s_offsets = [2, 5, 10, 18];

    /// <summary>Lists a superset of the best <paramref name="count"/> (with all that tie with the last of them); false when listing everything is as good.</summary>
    bool ListTop(int count, bool ties)
    {
        if (_row.Length < 2048 || count > Maxima.Length / 4 || _floor != float.NegativeInfinity) return false;
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
