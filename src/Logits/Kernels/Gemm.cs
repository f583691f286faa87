using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Kernels;

/// <summary>Products of matrices: B packed and blocked for the caches, A read where it stands, a tile of C held in registers.</summary>
/// <remarks>
/// The same bits on every machine: each element of C is one chain of fused multiply-adds over k, in ascending order, whatever the register width, the blocking or the number of
/// rows. Packing costs as much for few rows of A as for many: of two ways to write a product, the one with more rows in A is the quicker.
/// </remarks>
internal static unsafe partial class Gemm
{
    /// <summary>Rows of C in a tile.</summary>
    const int Strip = 6;

    /// <summary>How much of k is done at a time: six rows of A are then 6 KB of floats, and C is read and written rarely.</summary>
    const int DepthBlock = 256;

    /// <summary>Bytes of B packed at a time, half a second-level cache, with room to align them.</summary>
    const int Room = 512 * 1024 - Line, Line = 64;

    /// <summary>C = A · B, or C += A · B; C has A's rows and B's columns, its rows <paramref name="stride"/> elements apart (0: B's columns).</summary>
    public static void Multiply<T>(GemmMatrix<T> a, GemmMatrix<T> b, Span<T> c, int stride = 0, bool accumulate = false) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Multiply(a, b, c, stride == 0 ? b.Columns : stride, accumulate, default);

    /// <summary>C = A · B where the sums of row i begin with <paramref name="start"/>[i]; empty: with 0.</summary>
    public static void MultiplyFrom<T>(ReadOnlySpan<T> start, GemmMatrix<T> a, GemmMatrix<T> b, Span<T> c, int stride = 0) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Multiply(a, b, c, stride == 0 ? b.Columns : stride, accumulate: false, start);

    static void Multiply<T>(GemmMatrix<T> a, GemmMatrix<T> b, Span<T> c, int stride, bool accumulate, ReadOnlySpan<T> start) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (a.Columns != b.Rows)
            throw new ArgumentException($"a is {a.Rows} × {a.Columns} and b is {b.Rows} × {b.Columns}; a has as many columns as b has rows.");
        if (a.Rows == 0 || b.Columns == 0) return;
        if (c.Length < (long)(a.Rows - 1) * stride + b.Columns)
            throw new ArgumentException($"c holds {c.Length} elements; {a.Rows} rows {stride} apart of {b.Columns} need {(long)(a.Rows - 1) * stride + b.Columns}.", nameof(c));
        if (a.Columns == 0 && !accumulate)
            for (int i = 0; i < a.Rows; i++) c.Slice(i * stride, b.Columns).Fill(start.IsEmpty ? T.Zero : start[i]);

        if (Vector512.IsHardwareAccelerated) Run<T, GemmRegister512<T>>(a, b, c, stride, accumulate, start);
        else if (Vector256.IsHardwareAccelerated) Run<T, GemmRegister256<T>>(a, b, c, stride, accumulate, start);
        else Run<T, GemmRegister128<T>>(a, b, c, stride, accumulate, start);
    }

    /// <summary>The blocks: columns of B, then depth, then strips of A.</summary>
    static void Run<T, V>(GemmMatrix<T> a, GemmMatrix<T> b, Span<T> c, int stride, bool accumulate, ReadOnlySpan<T> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IGemmRegister<V, T>
    {
        int m = a.Rows, n = b.Columns, k = a.Columns, widest = TileColumns<T, V>(int.MaxValue);
        int depth = Even(k, DepthBlock), columns = Even(n, Math.Max(widest, Room / sizeof(T) / Math.Max(1, depth) / widest * widest));
        columns = (columns + widest - 1) / widest * widest;
        byte[] room = ArrayPool<byte>.Shared.Rent(depth * columns * sizeof(T) + Line);
        T* edge = stackalloc T[Strip * widest], begin = stackalloc T[Strip * widest];
        new Span<T>(begin, Strip * widest).Clear();
        fixed (T* aStart = a.Values, bStart = b.Values, cStart = c)
        fixed (byte* roomStart = room)
        {
            T* packed = (T*)(((nuint)roomStart + Line - 1) / Line * Line);
            for (int j = 0; j < n; j += columns)
            {
                int wide = Math.Min(columns, n - j);
                for (int p = 0; p < k; p += depth)
                {
                    int deep = Math.Min(depth, k - p);
                    Pack<T, V>(bStart + (nint)p * b.RowStride + (nint)j * b.ColumnStride, b.RowStride, b.ColumnStride, deep, wide, packed);
                    for (int i = 0; i < m; i += Strip)
                    {
                        int tall = Math.Min(Strip, m - i);
                        bool anew = !accumulate && p == 0;
                        if (anew && !start.IsEmpty)
                            for (int r = 0; r < tall; r++) new Span<T>(begin + r * widest, widest).Fill(start[i + r]);
                        T* from = aStart + (nint)i * a.RowStride + (nint)p * a.ColumnStride;
                        Tiles<T, V>(deep, from, a.RowStride, a.ColumnStride, tall, packed, wide, cStart + (nint)i * stride + j, stride, anew ? begin : null, edge);
                    }
                }
            }
        }
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>The size of parts of equal size, at most <paramref name="most"/> each.</summary>
    static int Even(int all, int most)
    {
        int parts = Math.Max(1, (all + most - 1) / most);
        return (all + parts - 1) / parts;
    }

    /// <summary>How many columns the next tile takes where so many are left: as many registers as the machine has names for, or one where fewer columns are left than that.</summary>
    static int TileColumns<T, V>(int left) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        int registers = V.Count * sizeof(T) == 64 ? 4 : 2;
        return left > (registers - 1) * V.Count ? registers * V.Count : V.Count;
    }

    /// <summary>The tiles of one strip of C, whose sums go on from what stands there, or begin anew with <paramref name="begin"/>, one tile for all.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Tiles<T, V>(int deep, T* a, int rowStride, int step, int tall, T* b, int wide, T* c, int stride, T* begin, T* edge)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IGemmRegister<V, T>
    {
        int widest = TileColumns<T, V>(int.MaxValue);
        for (int j = 0, width; j < wide; j += width)
        {
            int left = wide - j;
            width = TileColumns<T, V>(left);
            T* sliver = b + (nint)j * deep, corner = c + j;
            if (tall == Strip && left >= width)
            {
                Ahead(corner + (nint)Strip * stride, width, stride);
                if (begin == null) Tile<T, V>(width, deep, a, rowStride, step, Strip - 1, sliver, corner, stride, corner, stride);
                else Tile<T, V>(width, deep, a, rowStride, step, Strip - 1, sliver, begin, widest, corner, stride);
                continue;
            }
            left = Math.Min(left, width);
            if (begin == null)
                for (int r = 0; r < tall; r++) new Span<T>(corner + (nint)r * stride, left).CopyTo(new Span<T>(edge + r * width, left));
            Tile<T, V>(width, deep, a, rowStride, step, tall - 1, sliver, begin == null ? edge : begin, begin == null ? width : widest, edge, width);
            for (int r = 0; r < tall; r++) new Span<T>(edge + r * width, left).CopyTo(new Span<T>(corner + (nint)r * stride, left));
        }
    }

    /// <summary>Asks for the tile of C below, which comes when this row of tiles is done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Ahead<T>(T* tile, int width, int stride) where T : unmanaged
    {
        if (!Sse.IsSupported) return;
        for (int r = 0; r < Strip; r++, tile += stride)
            for (int j = 0; j < width; j += Line / sizeof(T)) Sse.Prefetch1(tile + j);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Tile<T, V>(int width, int deep, T* a, int rowStride, int step, int last, T* b, T* from, int fromStride, T* c, int stride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IGemmRegister<V, T>
    {
        if (width == 4 * V.Count) Tile4<T, V>(deep, a, rowStride, step, last, b, from, fromStride, c, stride);
        else if (width == 2 * V.Count) Tile2<T, V>(deep, a, rowStride, step, last, b, from, fromStride, c, stride);
        else Tile1<T, V>(deep, a, rowStride, step, last, b, from, fromStride, c, stride);
    }

    /// <summary>Copies a block of B as the tiles read it: the columns of one tile after the other, each step of depth in one piece, padded with 0.</summary>
    static void Pack<T, V>(T* from, int rowStride, int columnStride, int deep, int wide, T* to) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        for (int j = 0, width; j < wide; j += width)
        {
            width = TileColumns<T, V>(wide - j);
            int some = Math.Min(width, wide - j);
            T* source = from + (nint)j * columnStride, sliver = to + (nint)j * deep;
            if (some < width) new Span<T>(sliver, width * deep).Clear();
            if (columnStride == 1)
            {
                if (some == width) CopyRows<T, V>(source, rowStride, deep, width, sliver);
                else
                    for (int p = 0; p < deep; p++) new Span<T>(source + (nint)p * rowStride, some).CopyTo(new Span<T>(sliver + p * width, some));
            }
            else if (rowStride == 1) Transpose(source, columnStride, some, deep, sliver, width);
            else
                for (int p = 0; p < deep; p++)
                    for (int i = 0; i < some; i++) sliver[p * width + i] = source[(nint)p * rowStride + (nint)i * columnStride];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void CopyRows<T, V>(T* from, nint stride, int rows, int width, T* to) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        for (; rows > 0; rows--, from += stride, to += width)
            for (int j = 0; j < width; j += V.Count) V.Store(V.Load(from + j), to + j);
    }

    /// <summary>to[j, i] = from[i, j] for so many rows and columns of <paramref name="from"/>; rows lie strides apart on both sides.</summary>
    public static void Transpose<T>(ReadOnlySpan<T> from, int fromStride, int rows, int columns, Span<T> to, int toStride) where T : unmanaged
    {
        if (rows == 0 || columns == 0) return;
        ArgumentOutOfRangeException.ThrowIfLessThan(from.Length, (rows - 1) * fromStride + columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(to.Length, (columns - 1) * toStride + rows);
        fixed (T* source = from, target = to) Transpose(source, fromStride, rows, columns, target, toStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Transpose<T>(T* from, nint fromStride, int rows, int columns, T* to, nint toStride) where T : unmanaged
    {
        int row = 0, column = 0;
        if (typeof(T) == typeof(float) && Avx.IsSupported)
        {
            // As it is read, line by line; but rows written far apart, which would drive each other from the first-level cache, only a few at a time.
            const int Side = 8, Page = 4096;
            row = rows / Side * Side;
            column = columns / Side * Side;
            if (toStride >= Page / sizeof(float))
                for (int j = 0; j < column; j += Side)
                    for (int i = 0; i < row; i += Side) TransposeBlock((float*)from + i * fromStride + j, fromStride, (float*)to + j * toStride + i, toStride);
            else
                for (int i = 0; i < row; i += Side)
                    for (int j = 0; j < column; j += Side) TransposeBlock((float*)from + i * fromStride + j, fromStride, (float*)to + j * toStride + i, toStride);
        }
        for (int i = 0; i < rows; i++)
            for (int j = i < row ? column : 0; j < columns; j++) to[j * toStride + i] = from[i * fromStride + j];
    }

    /// <summary>8 × 8 elements, turned over in registers that hold four of one row and four of the row four below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TransposeBlock(float* from, nint fromStride, float* to, nint toStride)
    {
        TransposeHalf(from, fromStride, to, toStride);
        TransposeHalf(from + 4, fromStride, to + 4 * toStride, toStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TransposeHalf(float* from, nint fromStride, float* to, nint toStride)
    {
        float* below = from + 4 * fromStride;
        Vector256<float> a = Vector256.Create(Vector128.Load(from), Vector128.Load(below));
        Vector256<float> b = Vector256.Create(Vector128.Load(from + fromStride), Vector128.Load(below + fromStride));
        Vector256<float> c = Vector256.Create(Vector128.Load(from + 2 * fromStride), Vector128.Load(below + 2 * fromStride));
        Vector256<float> d = Vector256.Create(Vector128.Load(from + 3 * fromStride), Vector128.Load(below + 3 * fromStride));
        Vector256<double> ab = Avx.UnpackLow(a, b).AsDouble(), cd = Avx.UnpackLow(c, d).AsDouble(), abHigh = Avx.UnpackHigh(a, b).AsDouble(), cdHigh = Avx.UnpackHigh(c, d).AsDouble();
        Avx.UnpackLow(ab, cd).AsSingle().Store(to);
        Avx.UnpackHigh(ab, cd).AsSingle().Store(to + toStride);
        Avx.UnpackLow(abHigh, cdHigh).AsSingle().Store(to + 2 * toStride);
        Avx.UnpackHigh(abHigh, cdHigh).AsSingle().Store(to + 3 * toStride);
    }
}
