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
            // Beyond the range of single precision a score stays at its end: a token is not ruled out by being scaled.
            for (int i = 0; i < own.Length; i++) own[i] = InRow(i) && _row[i] != float.NegativeInfinity ? (float)Math.Clamp(_row[i] * _scale, -float.MaxValue, float.MaxValue) : float.NegativeInfinity;
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
    void ListFrom(double bound) => Listed(Gather(bound));

    /// <summary>Writes the tokens whose scaled score is at least <paramref name="bound"/> into the memory of the list, and counts them.</summary>
    readonly int Gather(double bound)
    {
        float least = Math.Max(Unscaled(bound), _floor);
        int found = BlockMaxima.AtLeast(_row, Maxima, least, _scale, _work);
        if (least != _floor || _floorLast == int.MaxValue) return found;
        // Of the tokens at the floor itself, those after the last that was kept are out.
        int count = 0;
        double score = _floor * _scale;
        var list = _work.List.AsSpan(0, found);
        for (int i = 0; i < list.Length; i++)
            if (list[i].Score > score || list[i].Token <= _floorLast) list[count++] = list[i];
        return count;
    }

    /// <summary>Lists one token alone.</summary>
    void ListOne(int token)
    {
        _work.GrowList(1, 0);
        _work.List[0] = new(token, _row[token] * _scale);
        Listed(1);
    }

    /// <summary>Keeps the nucleus of the row: as a list when it is short, else as a floor below which scores are dropped; false when the row is too short or its scores are too large for it.</summary>
    bool KeepMassOfRow(double mass)
    {
        if (_row.Length < 2048 || _floor != float.NegativeInfinity || !(Math.Abs(RowTop() * _scale) < 1e5)) return false;
        double share = mass * (1 - StableMath.Tie);
        return ListMass(share) || FloorAtMass(share);
    }

    /// <summary>The nucleus of a peaked row, from its few blocks with a large maximum; false when the others may matter.</summary>
    /// <remarks>A block's scores are at most its maximum, which bounds what all scores below some level weigh without reading them.</remarks>
    bool ListMass(double share)
    {
        float top = RowTop();
        Span<float> levels = stackalloc float[RowSums.Bounds];
        Span<double> capped = stackalloc double[RowSums.Bounds];
        for (int i = 0; i < levels.Length; i++) levels[i] = (float)(top - s_offsets[i] / _scale);
        double maxima = RowSums.Capped(Maxima, top, _scale, levels, capped);
        for (int i = levels.Length - 1; i >= 0; i--)
        {
            // Each block above a level adds the level's own weight, so there are no more such blocks than this.
            if (capped[i] > 100 * StableMath.Exp((levels[i] - (double)top) * _scale)) continue;
            double rest = capped[i] * Noise.BlockSize * (1 + RowSums.Error);
            if (share * rest > 0.1 * (1 - share) * (maxima - capped[i])) return false;
            int count = BlockMaxima.AtLeast(_row, Maxima, float.BitIncrement(levels[i]), _scale, _work);
            var list = _work.List.AsSpan(0, count);
            Selection.Sort(list);
            int kept = Reach(list, share, above: 0, below: rest / 2, share * rest / 2);
            if (kept <= 0) return false;
            Listed(kept);
            _ranked = true;
            return true;
        }
        return false;
    }

    /// <summary>Drops what is outside the nucleus from the row.</summary>
    /// <remarks>
    /// Sums over bands of scores narrow down where the mass is reached to a bracket of few tokens; everything above it is in, and only
    /// the bracket is ordered. Each sum is good to <see cref="RowSums.Error"/> of itself, and what is above weighs in with 1 − share against what is below
    /// with share, so the doubt they leave is far smaller than that. Where it matters, the sums are made again in double.
    /// </remarks>
    bool FloorAtMass(double share)
    {
        float top = RowTop(), high = top, low = (float)(top - RowSums.Depth / _scale);
        double above = 0, below = 0;
        Span<float> bounds = stackalloc float[RowSums.Bounds];
        Span<double> masses = stackalloc double[RowSums.Bounds + 1];
        var rest = _row;
        for (int pass = 0; pass < 12 && rest.Length > 64 && float.BitIncrement(low) < high; pass++)
        {
            for (int i = 0; i < bounds.Length; i++)
                bounds[i] = pass == 0 ? (float)(top - s_offsets[i] / _scale) : (float)(high + (low - (double)high) * (i + 1) / (bounds.Length + 1));
            RowSums.Bands(rest, top, _scale, bounds, masses);

            double under = below, over = above;
            foreach (double m in masses) under += m;
            for (int i = 0; i < bounds.Length; i++)
            {
                over += masses[i];
                under -= masses[i];
                double lead = (1 - share) * over - share * under, doubt = ((1 - share) * over + share * under) * RowSums.Error;
                if (lead < -doubt) (high, above) = (bounds[i], over);
                else if (lead > doubt) { (low, below) = (bounds[i], under); break; }
            }
            var room = Workspace.Room(ref _work.Selection, _row.Length + Noise.Lanes);
            rest = room[..BlockMaxima.Between(rest, low, high, room)];
        }

        var bracket = Bracket(low, high);
        Selection.Sort(bracket);
        int kept = Reach(bracket, share, above, below, ((1 - share) * above + share * below) * RowSums.Error);
        if (kept < 0)
        {
            (above, below) = RowSums.Outside(_row, top, _scale, low, high);
            kept = Reach(bracket, share, above, below, 0);
            if (kept < 0) return false;
        }
        // Nothing of the bracket is needed when the mass is met, within a tie, by what is above it.
        if (kept == 0) (_floor, _floorLast) = (float.BitIncrement(high), int.MaxValue);
        else (_floor, _floorLast) = (_row[bracket[kept - 1].Token], bracket[kept - 1].Token);
        _count = -1;
        return true;
    }

    /// <summary>How many of a ranked bracket it takes until what is kept weighs the share of all; −1 when that hangs on the doubt, or when the bracket does not suffice.</summary>
    /// <param name="bracket">The tokens between those that are in and those that are out.</param>
    /// <param name="share">Of the whole mass, below 1.</param>
    /// <param name="above">What is above the bracket weighs, relative to the top.</param>
    /// <param name="below">What is below it weighs.</param>
    /// <param name="doubt">How far (1 − share) · above − share · below may be off.</param>
    readonly int Reach(ReadOnlySpan<Candidate> bracket, double share, double above, double below, double doubt)
    {
        double zero = _rowTop * _scale, inside = 0, sum = 0;
        var weights = Workspace.Room(ref _work.Weights, bracket.Length);
        for (int i = 0; i < bracket.Length; i++) inside += weights[i] = StableMath.Exp(bracket[i].Score - zero);
        // above + sum ≥ share · (above + inside + below), with the small differences of large sums left out.
        double need = share * inside - ((1 - share) * above - share * below);
        int kept = 0;
        while (kept < bracket.Length && sum < need - doubt) sum += weights[kept++];
        return sum >= need + doubt ? kept : -1;
    }

    /// <summary>The tokens that score above <paramref name="low"/> and at most <paramref name="high"/>, in the memory of the list.</summary>
    readonly Span<Candidate> Bracket(float low, float high)
    {
        int count = BlockMaxima.Between(_row, low, high, _scale, _work);
        return _work.List.AsSpan(0, count);
    }

    /// <summary>How far below the top, in natural logarithms, the first bounds lie.</summary>
    static readonly double[] s_offsets = [3, 6, 10, 18];

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
