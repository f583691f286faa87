using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Logits.Kernels;

namespace Logits.Metrics;

/// <summary>The softmax of every row, kept class by class: what the conventions that look at all classes are computed from.</summary>
sealed class ClassProbabilities
{
    readonly double[] _columns;   // [class × rows + row]
    readonly int[] _labels, _predicted;
    readonly double[] _confidences;
    readonly Lazy<ColumnErrors[]> _errors;

    ClassProbabilities(int rows, int classes, int[] labels)
    {
        (Rows, Classes, _labels) = (rows, classes, labels);
        _columns = new double[checked(rows * classes)];
        (_predicted, _confidences) = (new int[rows], new double[rows]);
        _errors = new(() =>
        {
            var digest = new ColumnDigest();
            return [.. Enumerable.Range(0, classes).Select(k => digest.Errors(_columns.AsSpan(k * rows, rows), _labels, k, bins: 15))];
        });
    }

    public int Rows { get; }

    public int Classes { get; }

    /// <remarks>
    /// Softmax over columns: eight rows side by side in a register instead of one row along it, so that rows of a few classes fill the
    /// lanes. A block of rows stays in the cache from the first maximum to the last division.
    /// </remarks>
    public static ClassProbabilities Of<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        var all = new ClassProbabilities(logits.Rows, logits.Classes, labels.ToArray());
        int classes = logits.Classes, block = Math.Clamp(32_768 / classes / 8 * 8, 8, 512);
        double[] e = new double[block * classes], max = new double[block], sum = new double[block], top = new double[block];
        for (int start = 0; start < logits.Rows; start += block)
        {
            int rows = Math.Min(block, logits.Rows - start);
            ReadOnlySpan<T> values = logits.Values.Slice(start * classes, rows * classes);
            Array.Fill(max, double.NegativeInfinity);
            for (int k = 0; k < classes; k++)
            {
                Span<double> column = e.AsSpan(k * block, block);
                for (int i = 0; i < rows; i++) column[i] = double.CreateTruncating(values[i * classes + k]);
                // A double that counts classes, so that it can be chosen in the same lanes.
                for (int i = 0; i < block; i += 8)
                {
                    var z = Lanes(column, i);
                    var above = Vector512.GreaterThan(z, Lanes(max, i));
                    Vector512.ConditionalSelect(above, z, Lanes(max, i)).CopyTo(max.AsSpan(i));
                    Vector512.ConditionalSelect(above, Vector512.Create((double)k), Lanes(top, i)).CopyTo(top.AsSpan(i));
                }
            }
            for (int k = 0; k < classes; k++)
            {
                Span<double> column = e.AsSpan(k * block, block);
                for (int i = 0; i < block; i += 8) (Lanes(column, i) - Lanes(max, i)).CopyTo(column[i..]);
                Kernel<double>.Exp(column, column);
                for (int i = 0; i < block; i += 8) (k == 0 ? Lanes(column, i) : Lanes(sum, i) + Lanes(column, i)).CopyTo(sum.AsSpan(i));
            }
            // NaN, +∞ and rows of −∞ all end in NaN here; only then is it worth knowing which.
            for (int i = 0; i < rows; i++)
                if (double.IsNaN(sum[i])) Throw.IfNoSoftmax(logits);
            for (int k = 0; k < classes; k++)
            {
                Span<double> column = e.AsSpan(k * block, block);
                for (int i = 0; i < block; i += 8) (Lanes(column, i) / Lanes(sum, i)).CopyTo(column[i..]);
                column[..rows].CopyTo(all._columns.AsSpan(k * all.Rows + start));
            }
            for (int i = 0; i < rows; i++) (all._confidences[start + i], all._predicted[start + i]) = (1 / sum[i], (int)top[i]);
        }
        return all;

        static Vector512<double> Lanes(ReadOnlySpan<double> values, int at) => Vector512.Create(values[at..]);
    }

    /// <summary>The top-label view.</summary>
    public Forecasts Top() => Forecasts.Of(_confidences, _predicted, _labels);

    /// <summary>The mean over classes of the expected error with 15 equal-width bins.</summary>
    public double Classwise() => Mean(errors => errors.Expected);

    /// <summary>The root mean square over classes of <see cref="VerifiedError"/>'s L2 error with 15 bins.</summary>
    public double Marginal(bool debiased) => Math.Sqrt(Mean(errors => debiased ? Math.Max(0, errors.DebiasedSquare) : errors.Square));

    double Mean(Func<ColumnErrors, double> error)
    {
        var sum = new Sum();
        foreach (var column in _errors.Value) sum.Add(error(column));
        return sum.Value / Classes;
    }

    /// <summary>Σ n_b/n ½‖mean p − mean onehot‖₁ over the cells of a grid on the simplex.</summary>
    /// <remarks>
    /// A row's cell is the bin of each of its probabilities. Up to 16 classes and 16 bins a cell is its number; beyond, cells are told apart by
    /// 128 bits mixed from the bins: two of a million collide with a probability below 1e-26.
    /// </remarks>
    public double CanonicalTotalVariation(int bins)
    {
        var scheme = new EqualWidth(bins);
        if (Classes <= 16 && bins <= 16) return TotalVariation(CellNumbers(scheme));

        var mixed = new UInt128[Rows];
        for (int k = 0; k < Classes; k++)
        {
            ReadOnlySpan<double> column = _columns.AsSpan(k * Rows, Rows);
            for (int i = 0; i < column.Length; i++)
            {
                ulong bin = (ulong)scheme.Of(column[i]), low = ((ulong)mixed[i] ^ (bin + 1)) * 0xFF51_AFD7_ED55_8CCD, high = (ulong)(mixed[i] >> 64);
                mixed[i] = new(BitOperations.RotateLeft(high + bin, 29) * 0xC4CE_B9FE_1A85_EC53, low ^ low >> 32);
            }
        }
        return TotalVariation(mixed);
    }

    /// <summary>The bins of a row's probabilities, four bits each. A bin is the number of inner edges below the probability: compares in eight lanes.</summary>
    ulong[] CellNumbers(EqualWidth scheme)
    {
        var keys = new ulong[Rows];
        for (int k = 0; k < Classes; k++)
        {
            ReadOnlySpan<double> column = _columns.AsSpan(k * Rows, Rows);
            int i = 0;
            for (; i <= Rows - 8; i += 8)
            {
                var p = Vector512.Create(column[i..]);
                var bin = Vector512<ulong>.Zero;
                for (int edge = 1; edge < scheme.Bins; edge++) bin -= Vector512.GreaterThan(p, Vector512.Create(scheme.Edge(edge))).AsUInt64();
                (Vector512.Create<ulong>(keys.AsSpan(i)) << 4 | bin).CopyTo(keys.AsSpan(i));
            }
            for (; i < Rows; i++) keys[i] = keys[i] << 4 | (uint)scheme.Of(column[i]);
        }
        return keys;
    }

    double TotalVariation<TKey>(TKey[] keys) where TKey : struct, IEquatable<TKey>
    {
        var cells = new Dictionary<TKey, int>();
        var residuals = new List<double>();
        for (int i = 0; i < Rows; i++)
        {
            ref int cell = ref CollectionsMarshal.GetValueRefOrAddDefault(cells, keys[i], out bool known);
            if (!known)
            {
                cell = residuals.Count;
                CollectionsMarshal.SetCount(residuals, cell + Classes);
            }
            Span<double> residual = CollectionsMarshal.AsSpan(residuals).Slice(cell, Classes);
            if (!known) residual.Clear();
            for (int k = 0; k < residual.Length; k++) residual[k] += _columns[k * Rows + i];
            residual[_labels[i]]--;
        }
        var sum = new Sum();
        foreach (double residual in CollectionsMarshal.AsSpan(residuals)) sum.Add(Math.Abs(residual));
        return sum.Value / 2 / Rows;
    }
}
