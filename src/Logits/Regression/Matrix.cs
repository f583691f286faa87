using Logits.Optimization;

namespace Logits.Regression;

/// <summary>A table of numbers, row after row. Immutable to its readers.</summary>
public sealed class Matrix
{
    internal readonly double[] Data;

    internal Matrix(int rows, int columns, double[]? data = null)
    {
        Rows = rows;
        Columns = columns;
        Data = data ?? new double[(long)rows * columns];
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>All entries, row after row.</summary>
    public ReadOnlySpan<double> Values => Data;

    /// <summary>One entry.</summary>
    public double this[int row, int column]
    {
        get => Data[row * Columns + column];
        internal set => Data[row * Columns + column] = value;
    }

    /// <summary>One row.</summary>
    public ReadOnlySpan<double> this[int row] => Data.AsSpan(row * Columns, Columns);

    internal Span<double> Row(int row) => Data.AsSpan(row * Columns, Columns);

    internal static Matrix Identity(int n)
    {
        var result = new Matrix(n, n);
        for (int i = 0; i < n; i++)
            result[i, i] = 1;
        return result;
    }

    internal static Matrix Multiply(Matrix a, Matrix b)
    {
        var c = new Matrix(a.Rows, b.Columns);
        for (int i = 0; i < a.Rows; i++)
            for (int k = 0; k < a.Columns; k++)
            {
                double scale = a[i, k];
                if (scale != 0)
                    LinearAlgebra.AddScaled(scale, b[k], c.Row(i));
            }
        return c;
    }

    internal Matrix Transpose()
    {
        var result = new Matrix(Columns, Rows);
        for (int i = 0; i < Rows; i++)
            for (int j = 0; j < Columns; j++)
                result[j, i] = this[i, j];
        return result;
    }

    internal double[] Times(ReadOnlySpan<double> x)
    {
        var y = new double[Rows];
        for (int i = 0; i < Rows; i++)
            y[i] = LinearAlgebra.Dot(this[i], x);
        return y;
    }

    /// <summary>xᵀ A x</summary>
    internal double Quadratic(ReadOnlySpan<double> x) => LinearAlgebra.Dot(Times(x), x);

    /// <summary>A V Aᵀ of a symmetric V: the covariance of A b when V is that of b. As A·(A·V)ᵀ, so that the zeros of A save time twice.</summary>
    internal static Matrix Sandwich(Matrix a, Matrix v) => Multiply(a, Multiply(a, v).Transpose());

    internal Matrix Select(ReadOnlySpan<int> rows, ReadOnlySpan<int> columns)
    {
        var result = new Matrix(rows.Length, columns.Length);
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j < columns.Length; j++)
                result[i, j] = this[rows[i], columns[j]];
        return result;
    }
}
