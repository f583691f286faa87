using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Logits.Regression;

/// <summary>Predictors that are mostly 0: compressed sparse rows. Immutable and shareable.</summary>
public sealed class SparseMatrix
{
    internal readonly long[] Starts;
    internal readonly int[] Indices;
    internal readonly double[] Entries;

    SparseMatrix(int rows, int columns, long[] starts, int[] indices, double[] values) =>
        (Rows, Columns, Starts, Indices, Entries) = (rows, columns, starts, indices, values);

    /// <summary>The number of rows n.</summary>
    public int Rows { get; }

    /// <summary>The number of columns p; there is no column of ones among them.</summary>
    public int Columns { get; }

    /// <summary>The number of stored values.</summary>
    public long Stored => Entries.LongLength;

    /// <summary>Compressed sparse rows; the arrays are kept, not copied.</summary>
    /// <param name="columns">p.</param>
    /// <param name="starts">n + 1 positions: row i holds the values from starts[i] to starts[i + 1] − 1.</param>
    /// <param name="indices">The column of every value, rising within a row.</param>
    /// <param name="values">The values, finite.</param>
    /// <exception cref="ArgumentException">The arrays do not fit together; the message names the row.</exception>
    public static SparseMatrix FromRows(int columns, long[] starts, int[] indices, double[] values)
    {
        if (starts.Length < 2 || starts[0] != 0 || starts[^1] != indices.LongLength || indices.Length != values.Length)
            throw new ArgumentException($"starts runs from {(starts.Length > 0 ? starts[0] : -1)} to {(starts.Length > 0 ? starts[^1] : -1)}; it runs from 0 to the number of values, {values.LongLength}.", nameof(starts));
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            if (starts[i + 1] < starts[i])
                throw new ArgumentException($"starts[{i + 1}] is {starts[i + 1]}, below starts[{i}] = {starts[i]}; starts do not fall.", nameof(starts));
            for (long k = starts[i]; k < starts[i + 1]; k++)
            {
                if ((uint)indices[k] >= (uint)columns || (k > starts[i] && indices[k] <= indices[k - 1]))
                    throw new ArgumentException($"row {i} holds column {indices[k]}; columns rise within a row, from 0 to {columns - 1}.", nameof(indices));
                if (!double.IsFinite(values[k]))
                    Throw.CellNotFinite(indices[k].ToString(System.Globalization.CultureInfo.InvariantCulture), i, values[k]);
            }
        }
        return new(starts.Length - 1, columns, starts, indices, values);
    }

    /// <summary>Compressed sparse columns; turned into rows.</summary>
    /// <param name="rows">n.</param>
    /// <param name="starts">p + 1 positions.</param>
    /// <param name="indices">The row of every value.</param>
    /// <param name="values">The values.</param>
    public static SparseMatrix FromColumns(int rows, long[] starts, int[] indices, double[] values)
    {
        var count = new long[rows + 1];
        foreach (int row in indices)
        {
            if ((uint)row >= (uint)rows)
                throw new ArgumentException($"indices holds row {row}; there are {rows} rows, 0 to {rows - 1}.", nameof(indices));
            count[row + 1]++;
        }
        for (int i = 0; i < rows; i++)
            count[i + 1] += count[i];
        var next = (long[])count.Clone();
        var columnOf = new int[indices.Length];
        var moved = new double[indices.Length];
        for (int j = 0; j + 1 < starts.Length; j++)
            for (long k = starts[j]; k < starts[j + 1]; k++)
            {
                long at = next[indices[k]]++;
                columnOf[at] = j;
                moved[at] = values[k];
            }
        return FromRows(starts.Length - 1, count, columnOf, moved);
    }
}

/// <summary>Sparse rows with a constant in front, copied in a given order so that every pass reads memory from front to back.</summary>
sealed unsafe class SparsePredictors : Predictors
{
    readonly long[] _starts;
    readonly int[] _columns;
    readonly double[] _values;

    public SparsePredictors(SparseMatrix matrix, int[] order)
    {
        (Rows, Columns) = (order.Length, matrix.Columns + 1);
        _starts = new long[order.Length + 1];
        _columns = GC.AllocateUninitializedArray<int>(matrix.Indices.Length);
        _values = GC.AllocateUninitializedArray<double>(matrix.Entries.Length);
        Copy(matrix, order);
    }

    public override int Rows { get; }
    public override int Columns { get; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Copy(SparseMatrix matrix, int[] order)
    {
        const int Ahead = 8, Line = 64;
        long at = 0;
        fixed (double* values = matrix.Entries)
        fixed (int* columns = matrix.Indices)
            for (int i = 0; i < order.Length; i++)
            {
                if (Sse.IsSupported && i + Ahead < order.Length)
                {
                    // The order is scattered over memory: rows ahead are asked for while one is copied.
                    int row = order[i + Ahead];
                    for (long e = matrix.Starts[row]; e < matrix.Starts[row + 1]; e += Line / sizeof(double))
                        Sse.Prefetch0(values + e);
                    for (long e = matrix.Starts[row]; e < matrix.Starts[row + 1]; e += Line / sizeof(int))
                        Sse.Prefetch0(columns + e);
                }
                long from = matrix.Starts[order[i]];
                int count = (int)(matrix.Starts[order[i] + 1] - from);
                new ReadOnlySpan<int>(columns + from, count).CopyTo(_columns.AsSpan((int)at));
                new ReadOnlySpan<double>(values + from, count).CopyTo(_values.AsSpan((int)at));
                _starts[i + 1] = at += count;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Scores(int start, int count, ReadOnlySpan<double> point, int scores, Span<double> z)
    {
        fixed (double* theta = point, values = _values)
        fixed (int* columns = _columns)
            for (int i = 0; i < count; i++)
            {
                long from = _starts[start + i], to = _starts[start + i + 1];
                for (int k = 0; k < scores; k++)
                {
                    double* t = theta + (long)k * Columns + 1;
                    double a = t[-1], b = 0, c = 0, d = 0;
                    long e = from;
                    for (; e + 4 <= to; e += 4)
                    {
                        a += values[e] * t[columns[e]];
                        b += values[e + 1] * t[columns[e + 1]];
                        c += values[e + 2] * t[columns[e + 2]];
                        d += values[e + 3] * t[columns[e + 3]];
                    }
                    for (; e < to; e++)
                        a += values[e] * t[columns[e]];
                    z[i * scores + k] = (a + b) + (c + d);
                }
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddGradient(int start, int count, ReadOnlySpan<double> residuals, int scores, Span<double> gradient)
    {
        fixed (double* g = gradient, values = _values)
        fixed (int* columns = _columns)
            for (int i = 0; i < count; i++)
            {
                long from = _starts[start + i], to = _starts[start + i + 1];
                for (int k = 0; k < scores; k++)
                {
                    double* t = g + (long)k * Columns + 1;
                    double r = residuals[i * scores + k];
                    t[-1] += r;
                    for (long e = from; e < to; e++)
                        t[columns[e]] += r * values[e];
                }
            }
    }

    /// <summary>Σ curvatureᵢ xᵢⱼ²: the diagonal of the Hessian's part from the data.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double[] CurvatureDiagonal(double[] curvature, int scores)
    {
        var diagonal = new double[scores * Columns];
        fixed (double* d = diagonal, values = _values)
        fixed (int* columns = _columns)
            for (int i = 0; i < Rows; i++)
                for (int k = 0; k < scores; k++)
                {
                    double* t = d + (long)k * Columns + 1;
                    double c = curvature[i * scores + k];
                    t[-1] += c;
                    for (long e = _starts[i]; e < _starts[i + 1]; e++)
                        t[columns[e]] += c * values[e] * values[e];
                }
        return diagonal;
    }

    SparseColumns? _byColumn;

    /// <summary>The same values column after column, without the constant.</summary>
    public SparseColumns ByColumn() => _byColumn ??= new(Rows, Columns - 1, _starts, _columns, _values);
}

/// <summary>Compressed sparse columns.</summary>
sealed unsafe class SparseColumns
{
    readonly long[] _starts;
    readonly int[] _rows;
    readonly double[] _values;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public SparseColumns(int rows, int columns, long[] starts, int[] indices, double[] values)
    {
        _starts = new long[columns + 1];
        foreach (int j in indices)
            _starts[j + 1]++;
        for (int j = 0; j < columns; j++)
            _starts[j + 1] += _starts[j];
        var next = (long[])_starts.Clone();
        _rows = GC.AllocateUninitializedArray<int>(indices.Length);
        _values = GC.AllocateUninitializedArray<double>(values.Length);
        for (int i = 0; i < rows; i++)
            for (long e = starts[i]; e < starts[i + 1]; e++)
            {
                long at = next[indices[e]]++;
                _rows[at] = i;
                _values[at] = values[e];
            }
    }

    /// <summary>Σ cᵢ xᵢⱼ²</summary>
    public double Square(int column, double[] c)
    {
        double sum = 0;
        for (long e = _starts[column]; e < _starts[column + 1]; e++)
            sum += c[_rows[e]] * _values[e] * _values[e];
        return sum;
    }

    /// <summary>Σ cᵢ vᵢ xᵢⱼ</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Dot(int column, double[] c, double[] v)
    {
        double sum = 0, more = 0;
        long e = _starts[column], end = _starts[column + 1];
        fixed (double* x = _values, weight = c, at = v)
        fixed (int* rows = _rows)
        {
            for (; e + 2 <= end; e += 2)
            {
                sum += weight[rows[e]] * at[rows[e]] * x[e];
                more += weight[rows[e + 1]] * at[rows[e + 1]] * x[e + 1];
            }
            for (; e < end; e++)
                sum += weight[rows[e]] * at[rows[e]] * x[e];
        }
        return sum + more;
    }

    /// <summary>Σ xᵢⱼ cᵢ (vᵢ − sᵢ)</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Slope(int column, double[] c, double[] v, double[] s)
    {
        double sum = 0;
        fixed (double* x = _values, weight = c, at = v, mean = s)
        fixed (int* rows = _rows)
            for (long e = _starts[column]; e < _starts[column + 1]; e++)
                sum += weight[rows[e]] * (at[rows[e]] - mean[rows[e]]) * x[e];
        return sum;
    }

    /// <summary>v += m·xⱼ, s += m·p·xⱼ</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Move(int column, double m, double[] p, double[] v, double[] s)
    {
        fixed (double* x = _values, share = p, at = v, mean = s)
        fixed (int* rows = _rows)
            for (long e = _starts[column]; e < _starts[column + 1]; e++)
            {
                double move = m * x[e];
                at[rows[e]] += move;
                mean[rows[e]] += share[rows[e]] * move;
            }
    }

    /// <summary>v += a·xⱼ</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddScaled(int column, double a, double[] v)
    {
        fixed (double* x = _values, at = v)
        fixed (int* rows = _rows)
            for (long e = _starts[column]; e < _starts[column + 1]; e++)
                at[rows[e]] += a * x[e];
    }
}
