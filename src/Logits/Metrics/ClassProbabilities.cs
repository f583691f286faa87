using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Logits.Randomness;

namespace Logits.Metrics;

/// <summary>The softmax of every row, kept class by class in rented memory: what the conventions that look at all classes are computed from.</summary>
sealed class ClassProbabilities : IDisposable
{
    readonly double[] _columns;   // [class × rows + row]
    readonly int[] _labels, _predicted;
    readonly double[] _confidences;
    ColumnErrors[]? _errors;

    ClassProbabilities(int rows, int classes, ReadOnlySpan<int> labels)
    {
        (Rows, Classes) = (rows, classes);
        _columns = ArrayPool<double>.Shared.Rent(checked(rows * classes));
        _confidences = ArrayPool<double>.Shared.Rent(rows);
        (_labels, _predicted) = (ArrayPool<int>.Shared.Rent(rows), ArrayPool<int>.Shared.Rent(rows));
        labels.CopyTo(_labels);
    }

    public int Rows { get; }

    public int Classes { get; }

    ReadOnlySpan<int> Labels => _labels.AsSpan(0, Rows);

    public static ClassProbabilities Of<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        var all = new ClassProbabilities(logits.Rows, logits.Classes, labels);
        try
        {
            ColumnSoftmax.Of(logits, all._confidences, all._predicted, all._columns);
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<double>.Shared.Return(_columns);
        ArrayPool<double>.Shared.Return(_confidences);
        ArrayPool<int>.Shared.Return(_labels);
        ArrayPool<int>.Shared.Return(_predicted);
    }

    internal ReadOnlySpan<double> Column(int k) => _columns.AsSpan(k * Rows, Rows);

    /// <summary>The top-label view.</summary>
    public Forecasts Top() => new(_confidences.AsSpan(0, Rows), _predicted.AsSpan(0, Rows), Labels);

    /// <summary>Row i taken weights[i] times; the weights add up to n.</summary>
    public ClassProbabilities Drawn(int[] weights)
    {
        var drawn = new ClassProbabilities(Rows, Classes, Labels);
        for (int row = 0, to = 0; row < Rows; row++)
            for (int left = weights[row]; left > 0; left--, to++) (drawn._labels[to], drawn._predicted[to], drawn._confidences[to]) = (_labels[row], _predicted[row], _confidences[row]);
        for (int k = 0; k < Classes; k++)
        {
            ReadOnlySpan<double> from = Column(k);
            Span<double> column = drawn._columns.AsSpan(k * Rows, Rows);
            for (int row = 0, to = 0; row < from.Length; row++)
                for (int left = weights[row]; left > 0; left--) column[to++] = from[row];
        }
        return drawn;
    }

    /// <summary>The same probabilities with labels drawn from them.</summary>
    public ClassProbabilities WithLabels(ulong seed, ulong stream)
    {
        var simulated = new ClassProbabilities(Rows, Classes, Labels);
        _columns.AsSpan(0, Rows * Classes).CopyTo(simulated._columns);
        _predicted.AsSpan(0, Rows).CopyTo(simulated._predicted);
        _confidences.AsSpan(0, Rows).CopyTo(simulated._confidences);
        for (int row = 0; row < Rows; row++)
        {
            double left = Philox.Uniform(seed, (ulong)row, stream);
            int label = _predicted[row];   // what rounding leaves over goes to the likeliest class
            for (int k = 0; k < Classes; k++)
                if ((left -= _columns[k * Rows + row]) < 0)
                {
                    label = k;
                    break;
                }
            simulated._labels[row] = label;
        }
        return simulated;
    }

    /// <summary>The mean over classes of the expected error with 15 equal-width bins.</summary>
    public double Classwise() => Mean(errors => errors.Expected);

    /// <summary>The root mean square over classes of <see cref="VerifiedError"/>'s L2 error with 15 bins.</summary>
    public double Marginal(bool debiased) => Math.Sqrt(Mean(errors => debiased ? Math.Max(0, errors.DebiasedSquare) : errors.Square));

    double Mean(Func<ColumnErrors, double> error)
    {
        var sum = new Sum();
        foreach (var column in _errors ??= Errors()) sum.Add(error(column));
        return sum.Value / Classes;
    }

    internal ColumnErrors[] Errors()
    {
        var digest = new ColumnDigest();
        var errors = new ColumnErrors[Classes];
        for (int k = 0; k < Classes; k++) errors[k] = digest.Errors(Column(k), Labels, k, bins: 15);
        return errors;
    }

    /// <summary>Σ n_b/n ½‖mean p − mean onehot‖₁ over the cells of a grid on the simplex.</summary>
    /// <remarks>
    /// A row's cell is the bin of each of its probabilities. Up to 16 classes and 16 bins a cell is its number; beyond, cells are told apart by
    /// 64 bits mixed from the bins: any two of a million collide with a probability below 1e-7.
    /// </remarks>
    public double CanonicalTotalVariation(int bins)
    {
        const int Block = 256;
        var scheme = new EqualWidth(bins);
        bool exact = Classes <= 16 && bins <= 16;
        var cells = new CellTable();
        double[] residuals = [];   // [cell × classes + class]
        Span<ulong> keys = stackalloc ulong[Block];
        for (int start = 0; start < Rows; start += Block)
        {
            int count = Math.Min(Block, Rows - start);
            keys.Clear();
            for (int k = 0; k < Classes; k++)
                if (exact) AddBins(scheme, Column(k).Slice(start, count), keys);
                else MixBins(scheme, Column(k).Slice(start, count), keys);
            for (int i = 0; i < count; i++)
            {
                int cell = cells.Of(keys[i]) * Classes;
                if (cell >= residuals.Length) Array.Resize(ref residuals, checked(4 * Math.Max(residuals.Length, 64 * Classes)));
                Span<double> residual = residuals.AsSpan(cell, Classes);
                ref double p = ref _columns[start + i];
                for (int k = 0; k < residual.Length; k++) residual[k] += Unsafe.Add(ref p, (nint)k * Rows);
                residual[_labels[start + i]]--;
            }
        }
        var sum = new Sum();
        foreach (double residual in residuals.AsSpan(0, cells.Count * Classes)) sum.Add(Math.Abs(residual));
        return sum.Value / 2 / Rows;
    }

    /// <summary>Mixes the bins of one more class into 64 bits for each row.</summary>
    static void MixBins(EqualWidth scheme, ReadOnlySpan<double> column, Span<ulong> keys)
    {
        for (int i = 0; i < column.Length; i++)
        {
            ulong mixed = (keys[i] ^ (ulong)(scheme.Of(column[i]) + 1)) * 0xFF51_AFD7_ED55_8CCD;
            keys[i] = mixed ^ mixed >> 32;
        }
    }

    /// <summary>Appends the bins of one more class, four bits each.</summary>
    /// <remarks>
    /// A bin is the number of inner edges below the probability. Away from edges that is ⌈p b⌉ − 1; where p b a little smaller and a little larger do not agree on it,
    /// the edges themselves are counted.
    /// </remarks>
    static void AddBins(EqualWidth scheme, ReadOnlySpan<double> column, Span<ulong> keys)
    {
        const double Whole = 1L << 52;   // added to a small whole number, it leaves the number in the lowest bits
        var least = Vector512.Create(scheme.Bins * (1 - 1e-12));
        var most = Vector512.Create(scheme.Bins * (1 + 1e-12));
        int i = 0;
        for (; i <= column.Length - 8; i += 8)
        {
            var p = Vector512.Create(column[i..]);
            var low = Vector512.MaxNative(Vector512.Ceiling(p * least), Vector512.Create(1.0));
            var high = Vector512.MinNative(Vector512.Ceiling(p * most), Vector512.Create((double)scheme.Bins));
            var bin = (low + Vector512.Create(Whole - 1)).AsUInt64() & Vector512.Create(15ul);
            if (!Vector512.EqualsAll(low, high))
            {
                bin = Vector512<ulong>.Zero;
                for (int edge = 1; edge < scheme.Bins; edge++) bin -= Vector512.GreaterThan(p, Vector512.Create(scheme.Edge(edge))).AsUInt64();
            }
            (Vector512.Create<ulong>(keys[i..]) << 4 | bin).CopyTo(keys[i..]);
        }
        for (; i < column.Length; i++) keys[i] = keys[i] << 4 | (uint)scheme.Of(column[i]);
    }

    /// <summary>Numbers the distinct keys in the order they come: open addressing, one probe nearly always.</summary>
    sealed class CellTable
    {
        ulong[] _keys = new ulong[1024];
        int[] _cells = new int[1024];   // the number + 1; 0 is free
        int _count;

        public int Count => _count;

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
