using System.Numerics;

namespace Logits.Kernels;

/// <summary>A matrix laid over memory: element (i, j) stands at i · RowStride + j · ColumnStride. Transposing swaps the strides.</summary>
internal readonly ref struct GemmMatrix<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    GemmMatrix(ReadOnlySpan<T> values, int rows, int columns, int rowStride, int columnStride)
    {
        Values = values;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    /// <summary>Rows one after the other, <paramref name="columns"/> elements each.</summary>
    public GemmMatrix(ReadOnlySpan<T> values, int rows, int columns) : this(values, rows, columns, columns, 1)
    {
        if (values.Length < (long)rows * columns)
            throw new ArgumentException($"values holds {values.Length} elements; {rows} × {columns} need {(long)rows * columns}.", nameof(values));
    }

    public ReadOnlySpan<T> Values { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int RowStride { get; }

    public int ColumnStride { get; }

    public GemmMatrix<T> Transposed => new(Values, Columns, Rows, ColumnStride, RowStride);

    /// <summary><paramref name="count"/> rows from <paramref name="start"/> on.</summary>
    public GemmMatrix<T> RowRange(int start, int count) => new(Values[(count == 0 ? 0 : start * RowStride)..], count, Columns, RowStride, ColumnStride);
}
