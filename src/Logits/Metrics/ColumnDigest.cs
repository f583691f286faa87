namespace Logits.Metrics;

/// <summary>The errors of one class's probability against "is it this class".</summary>
/// <param name="Expected">Σ n_b/n |gap_b|, equal-width bins.</param>
/// <param name="Square">Σ n_b/n gap_b², the equal-mass bins of <see cref="VerifiedError"/>.</param>
/// <param name="DebiasedSquare">The same less the noise of ȳ_b.</param>
readonly record struct ColumnErrors(double Expected, double Square, double DebiasedSquare);

/// <summary>Bins a column of probabilities, equal-width and equal-mass at once, without sorting it.</summary>
/// <remarks>
/// One pass puts the probabilities into buckets by their leading bits (512 buckets an octave), which are in order; most bins are sums of whole
/// buckets. A second pass collects the members of the few buckets that an edge cuts, and only these are sorted.
/// </remarks>
sealed class ColumnDigest
{
    const int Shift = 43;   // what stays: the exponent and 9 bits of the fraction

    /// <summary>Everything below 2⁻⁶⁰ shares the first bucket, which keeps the others in the cache.</summary>
    const int First = (1023 - 60) << (52 - Shift);

    /// <summary>Count and hits are one number, so that both are added to at once.</summary>
    struct Bucket
    {
        public double Sum;
        public ulong HitsAndCount;

        public readonly int Count => (int)HitsAndCount;

        public readonly int Hits => (int)(HitsAndCount >> 32);
    }

    readonly Bucket[] _buckets = new Bucket[Key(1) + 1];
    readonly ulong[] _open = new ulong[Key(1) / 64 + 1];   // a bit for each bucket
    readonly List<int> _used = [];         // keys of the buckets that hold something, ascending
    readonly List<int> _before = [];       // how many probabilities precede each of them
    double[] _values = [];                 // the members of open buckets, sorted
    bool[] _hits = [];
    int _collected;

    /// <summary>The bucket of a probability of 0 to 1, which is not −0.</summary>
    static int Key(double probability) => Math.Max(0, (int)(BitConverter.DoubleToUInt64Bits(probability) >> Shift) - First);

    public ColumnErrors Errors(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int k, int bins)
    {
        int n = probabilities.Length;
        Fill(probabilities, labels, k);

        // The edges of equal-mass bins lie midway between the values of neighbouring ranks; the bins of both must be known exactly.
        for (int bin = 1; bin < bins; bin++) Open(Key(new EqualWidth(bins).Edge(bin)));
        int masses = Math.Min(bins, n);
        (int size, int longer) = Math.DivRem(n, masses);
        for (int bin = 0, next = 0; bin < masses - 1; bin++)
        {
            next += size + (bin < longer ? 1 : 0);
            Open(BucketOfRank(next - 1).Key);
            Open(BucketOfRank(next).Key);
        }
        Collect(probabilities, labels, k);

        double[] widths = [.. Enumerable.Range(1, bins - 1).Select(new EqualWidth(bins).Edge)], midpoints = VerifiedError.MidpointEdges(n, bins, ValueAt);
        Sum expected = new(), square = new(), debiased = new();
        foreach (var bin in Between(widths)) expected.Add(Math.Abs(bin.Sum - bin.Hits));
        foreach (var bin in Between(midpoints))
        {
            square.Add(VerifiedError.SquareTimesCount(bin.Count, bin.Sum, bin.Hits, debiased: false));
            debiased.Add(VerifiedError.SquareTimesCount(bin.Count, bin.Sum, bin.Hits, debiased: true));
        }
        Array.Clear(_open);
        foreach (int key in _used) _buckets[key] = default;
        return new(expected.Value / n, square.Value / n, debiased.Value / n);
    }

    void Fill(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int k)
    {
        labels = labels[..probabilities.Length];
        for (int i = 0; i < probabilities.Length; i++)
        {
            ref Bucket bucket = ref _buckets[Key(probabilities[i])];
            bucket.Sum += probabilities[i];
            bucket.HitsAndCount += (ulong)(labels[i] == k ? 1 : 0) << 32 | 1;   // without a branch
        }
        _used.Clear();
        _before.Clear();
        int before = 0;
        for (int key = 0; key < _buckets.Length; key++)
        {
            if (_buckets[key].Count == 0) continue;
            _used.Add(key);
            _before.Add(before);
            before += _buckets[key].Count;
        }
    }

    void Collect(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int k)
    {
        int open = 0;
        foreach (int key in _used)
            if (IsOpen(key)) open += _buckets[key].Count;
        if (_values.Length < open) (_values, _hits) = (new double[open], new bool[open]);
        _collected = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (!IsOpen(Key(probabilities[i]))) continue;
            (_values[_collected], _hits[_collected]) = (probabilities[i], labels[i] == k);
            _collected++;
        }
        Array.Sort(_values, _hits, 0, _collected);
    }

    void Open(int key) => _open[key >> 6] |= 1ul << key;

    bool IsOpen(int key) => (_open[key >> 6] >> key & 1) != 0;

    (int Key, int Before) BucketOfRank(int rank)
    {
        int at = _before.BinarySearch(rank);
        if (at < 0) at = ~at - 1;
        return (_used[at], _before[at]);
    }

    /// <summary>The value of a rank whose bucket is open.</summary>
    double ValueAt(int rank)
    {
        var (key, before) = BucketOfRank(rank);
        int start = _values.AsSpan(0, _collected).BinarySearch(new FirstOfBucket(key));
        return _values[~start + rank - before];
    }

    /// <summary>Compares as if it stood just before the first value of a bucket.</summary>
    readonly struct FirstOfBucket(int key) : IComparable<double>
    {
        public int CompareTo(double value) => key <= Key(value) ? -1 : 1;
    }

    /// <summary>The bins (lo, hi] cut at ascending edges that lie in open buckets or in empty ones.</summary>
    List<Bucket> Between(double[] edges)
    {
        var bins = new List<Bucket>(edges.Length + 1);
        int used = 0, collected = 0;
        for (int edge = 0; edge <= edges.Length; edge++)
        {
            bool last = edge == edges.Length;
            int key = last ? int.MaxValue : Key(edges[edge]);
            Bucket bin = default;
            for (; used < _used.Count && _used[used] < key; used++)
            {
                if (IsOpen(_used[used])) continue;
                ref Bucket whole = ref _buckets[_used[used]];
                bin.Sum += whole.Sum;
                bin.HitsAndCount += whole.HitsAndCount;
            }
            for (; collected < _collected && (last || _values[collected] <= edges[edge]); collected++)
            {
                bin.Sum += _values[collected];
                bin.HitsAndCount += _hits[collected] ? 1ul << 32 | 1 : 1;
            }
            bins.Add(bin);
        }
        return bins;
    }
}
