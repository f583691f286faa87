using System.Numerics;
using System.Runtime.Intrinsics;

namespace Logits.Metrics;

/// <summary>For each class and each equal-width bin: how many of the class's probabilities fell in, their sum, and how often it was the class.</summary>
/// <remarks>
/// A row has at most b − 1 probabilities above 1/b, so the first bin of all classes is one vector and the rest are few: per row one pass
/// of vector additions and a handful of scalar ones. Sums carry their rounding errors beside them. 3 numbers × classes × bins.
/// For the interval, rows are also dealt into groups whose sums are kept apart: drawing groups with replacement stands in for drawing rows, whose
/// probabilities are gone. Up to as many rows as groups it is the same. At most 8 MB, beyond 2,796 classes up to 64 MB, beyond 22,369 classes no interval.
/// </remarks>
internal sealed class ClasswiseBins
{
    readonly EqualWidth _scheme;
    readonly int _classes;
    readonly double[] _sums, _errors;   // bin-major: [bin × classes + class]
    readonly int[] _hits;
    readonly double[] _groups;   // [group × cells + cell]: Σ p − hits
    readonly int _groupCount;
    long _rows;

    /// <param name="classes">k.</param>
    /// <param name="bins">b.</param>
    /// <param name="resampled">Whether <see cref="Interval"/> will be asked for.</param>
    public ClasswiseBins(int classes, int bins, bool resampled = false)
    {
        _scheme = new(bins);
        _classes = classes;
        int cells = checked(classes * bins);
        (_sums, _errors, _hits) = (new double[cells], new double[cells], new int[cells]);
        _groupCount = resampled && (long)LeastGroups * cells <= 8 << 20 ? Math.Clamp((1 << 20) / cells, LeastGroups, MostGroups) : 0;
        _groups = new double[_groupCount * cells];
    }

    const int LeastGroups = 25, MostGroups = 200;

    public void Add(ReadOnlySpan<double> probabilities, int label)
    {
        int labelCell = _scheme.Of(probabilities[label]) * _classes + label;
        _hits[labelCell]++;
        Span<double> group = _groupCount == 0 ? [] : _groups.AsSpan((int)(_rows % _groupCount) * _sums.Length, _sums.Length);
        if (group.Length > 0) group[labelCell]--;
        _rows++;
        double edge = _scheme.Edge(1);
        Vector512<double> limit = Vector512.Create(edge);
        Span<double> sums = _sums.AsSpan(0, _classes), errors = _errors.AsSpan(0, _classes);
        int k = 0;
        for (; k <= _classes - 8; k += 8)
        {
            var p = Vector512.Create(probabilities[k..]);
            var above = Vector512.GreaterThan(p, limit);
            var x = Vector512.AndNot(p, above);
            // Two-sum: total + error is the exact sum of the old total and x.
            var s = Vector512.Create<double>(sums[k..]);
            var total = s + x;
            var z = total - s;
            var error = (s - (total - z)) + (x - z);
            total.CopyTo(sums[k..]);
            (Vector512.Create<double>(errors[k..]) + error).CopyTo(errors[k..]);
            if (group.Length > 0) (Vector512.Create<double>(group[k..]) + x).CopyTo(group[k..]);
            for (ulong bits = above.ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
                AddTo(k + BitOperations.TrailingZeroCount(bits), probabilities, group);
        }
        for (; k < _classes; k++) AddTo(k, probabilities, group);
    }

    void AddTo(int k, ReadOnlySpan<double> probabilities, Span<double> group)
    {
        double x = probabilities[k];
        int cell = _scheme.Of(x) * _classes + k;
        if (group.Length > 0) group[cell] += x;
        double s = _sums[cell], total = s + x, z = total - s;
        _errors[cell] += (s - (total - z)) + (x - z);
        _sums[cell] = total;
    }

    /// <summary>Mean over classes of Σ_b |Σ p − hits| / n.</summary>
    public double Error()
    {
        var sum = new Sum();
        for (int cell = 0; cell < _sums.Length; cell++)
            sum.Add(Math.Abs(_sums[cell] - _hits[cell] + _errors[cell]));
        return sum.Value / _rows / _classes;
    }

    /// <summary>The bootstrap interval of <see cref="Error"/>; null where there are too many classes for one.</summary>
    public Interval? Interval(EvaluationOptions options)
    {
        int groups = (int)Math.Min(_groupCount, _rows), cells = _sums.Length;
        if (groups == 0) return null;
        (long size, long longer) = Math.DivRem(_rows, groups);
        return Bootstrap.Run(groups, 1, () =>
        {
            var sums = new double[cells];
            return (weights, values) =>
            {
                Array.Clear(sums);
                long drawn = 0;
                for (int g = 0; g < groups; g++)
                {
                    if (weights[g] == 0) continue;
                    drawn += weights[g] * (size + (g < longer ? 1 : 0));
                    AddTimes(weights[g], _groups.AsSpan(g * cells, cells), sums);
                }
                double total = 0;
                foreach (double gap in sums) total += Math.Abs(gap);
                values[0] = total / drawn / _classes;
            };
        }, options with { Progress = null })[0];

        static void AddTimes(double weight, ReadOnlySpan<double> x, Span<double> y)
        {
            int i = 0;
            for (; i <= y.Length - 8; i += 8) (Vector512.Create<double>(y[i..]) + weight * Vector512.Create(x[i..])).CopyTo(y[i..]);
            for (; i < y.Length; i++) y[i] += weight * x[i];
        }
    }
}
