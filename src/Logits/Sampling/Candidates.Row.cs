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
