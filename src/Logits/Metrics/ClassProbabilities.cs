using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
        _columns = GC.AllocateUninitializedArray<double>(checked(rows * classes));   // written whole before it is read
        (_predicted, _confidences) = (new int[rows], new double[rows]);
        _errors = new(() =>
        {
            var digest = new ColumnDigest();
            return [.. Enumerable.Range(0, classes).Select(k => digest.Errors(_columns.AsSpan(k * rows, rows), _labels, k, bins: 15))];
        });
    }

    public int Rows { get; }

    public int Classes { get; }

    public static ClassProbabilities Of<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        var all = new ClassProbabilities(logits.Rows, logits.Classes, labels.ToArray());
        ColumnSoftmax.Of(logits, all._confidences, all._predicted, all._columns);
        return all;
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
    /// 64 bits mixed from the bins: any two of a million collide with a probability below 1e-7.
    /// </remarks>
    public double CanonicalTotalVariation(int bins)
    {
        var scheme = new EqualWidth(bins);
        ulong[] keys = Classes <= 16 && bins <= 16 ? CellNumbers(scheme) : MixedBins(scheme);
        var cells = new CellTable();
        var residuals = new List<double>();
        for (int i = 0; i < Rows; i++)
        {
            int cell = cells.Of(keys[i]) * Classes;
            if (cell == residuals.Count)
            {
                CollectionsMarshal.SetCount(residuals, cell + Classes);
                CollectionsMarshal.AsSpan(residuals)[cell..].Clear();
            }
            Span<double> residual = CollectionsMarshal.AsSpan(residuals).Slice(cell, Classes);
            for (int k = 0; k < residual.Length; k++) residual[k] += _columns[k * Rows + i];
            residual[_labels[i]]--;
        }
        var sum = new Sum();
        foreach (double residual in CollectionsMarshal.AsSpan(residuals)) sum.Add(Math.Abs(residual));
        return sum.Value / 2 / Rows;
    }

    ulong[] MixedBins(EqualWidth scheme)
    {
        var keys = new ulong[Rows];
        for (int k = 0; k < Classes; k++)
        {
            ReadOnlySpan<double> column = _columns.AsSpan(k * Rows, Rows);
            for (int i = 0; i < Rows; i++)
            {
                ulong mixed = (keys[i] ^ (ulong)(scheme.Of(column[i]) + 1)) * 0xFF51_AFD7_ED55_8CCD;
                keys[i] = mixed ^ mixed >> 32;
            }
        }
        return keys;
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

    /// <summary>Numbers the distinct keys in the order they come: open addressing, one probe nearly always.</summary>
    sealed class CellTable
    {
        ulong[] _keys = new ulong[1024];
        int[] _cells = new int[1024];   // the number + 1; 0 is free
        int _count;

        public int Of(ulong key)
        {
            for (int slot = Slot(key); ; slot = (slot + 1) & (_keys.Length - 1))
            {
                if (_cells[slot] == 0)
                {
                    if (2 * _count >= _keys.Length)
                    {
                        Grow();
                        return Of(key);
                    }
                    (_keys[slot], _cells[slot]) = (key, ++_count);
                    return _count - 1;
                }
                if (_keys[slot] == key) return _cells[slot] - 1;
            }
        }

        int Slot(ulong key) => (int)(key * 0x9E37_79B9_7F4A_7C15 >> 1 + BitOperations.LeadingZeroCount((uint)_keys.Length) + 32);

        void Grow()
        {
            var (keys, cells) = (_keys, _cells);
            (_keys, _cells) = (new ulong[4 * keys.Length], new int[4 * keys.Length]);
            for (int i = 0; i < keys.Length; i++)
            {
                if (cells[i] == 0) continue;
                int slot = Slot(keys[i]);
                while (_cells[slot] != 0) slot = (slot + 1) & (_keys.Length - 1);
                (_keys[slot], _cells[slot]) = (keys[i], cells[i]);
            }
        }
    }
}
