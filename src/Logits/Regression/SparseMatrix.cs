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

/// <summary>Sparse rows with a constant in front.</summary>
sealed class SparsePredictors(SparseMatrix matrix, int[] order) : Predictors
{
    public override int Rows => order.Length;
    public override int Columns => matrix.Columns + 1;

    public override unsafe void Scores(int start, int count, ReadOnlySpan<double> point, int scores, Span<double> z)
    {
        fixed (double* theta = point, values = matrix.Entries)
        fixed (int* columns = matrix.Indices)
            for (int i = 0; i < count; i++)
            {
                long from = matrix.Starts[order[start + i]], to = matrix.Starts[order[start + i] + 1];
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

    public override unsafe void AddGradient(int start, int count, ReadOnlySpan<double> residuals, int scores, Span<double> gradient)
    {
        fixed (double* g = gradient, values = matrix.Entries)
        fixed (int* columns = matrix.Indices)
            for (int i = 0; i < count; i++)
            {
                long from = matrix.Starts[order[start + i]], to = matrix.Starts[order[start + i] + 1];
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
    public double[] CurvatureDiagonal(double[] curvature, int scores)
    {
        var diagonal = new double[scores * Columns];
        for (int i = 0; i < order.Length; i++)
            for (int k = 0; k < scores; k++)
            {
                double c = curvature[i * scores + k];
                diagonal[k * Columns] += c;
                for (long e = matrix.Starts[order[i]]; e < matrix.Starts[order[i] + 1]; e++)
                    diagonal[k * Columns + 1 + matrix.Indices[e]] += c * matrix.Entries[e] * matrix.Entries[e];
            }
        return diagonal;
    }
}
