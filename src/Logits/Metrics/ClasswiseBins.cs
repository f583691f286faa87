using System.Runtime.Intrinsics;

namespace Logits.Metrics;

/// <summary>For each class and each equal-width bin: how many of the class's probabilities fell in, their sum, and how often it was the class.</summary>
/// <remarks>
/// A row has at most b − 1 probabilities above 1/b, so the first bin of all classes is one vector and the rest are few: per row one pass
/// of vector additions and a handful of scalar ones. Sums carry their rounding errors beside them. 3 numbers × classes × bins.
/// </remarks>
internal sealed class ClasswiseBins
{
    readonly EqualWidth _scheme;
    readonly int _classes;
    readonly double[] _sums, _errors;   // bin-major: [bin × classes + class]
    readonly int[] _hits;
    long _rows;

    public ClasswiseBins(int classes, int bins)
    {
        _scheme = new(bins);
        _classes = classes;
        int cells = checked(classes * bins);
        (_sums, _errors, _hits) = (new double[cells], new double[cells], new int[cells]);
    }

    public void Add(ReadOnlySpan<double> probabilities, int label)
    {
        _rows++;
        _hits[_scheme.Of(probabilities[label]) * _classes + label]++;
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
            for (ulong bits = above.ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
                AddTo(_scheme, k + System.Numerics.BitOperations.TrailingZeroCount(bits), probabilities);
        }
        for (; k < _classes; k++) AddTo(_scheme, k, probabilities);
    }

    void AddTo(EqualWidth scheme, int k, ReadOnlySpan<double> probabilities)
    {
        double x = probabilities[k];
        int cell = scheme.Of(x) * _classes + k;
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
}
