using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Kernels;

/// <summary>Products of matrices: packed, blocked for the caches, with a tile of C held in registers.</summary>
/// <remarks>
/// The same bits on every machine: each element of C is one chain of fused multiply-adds over k, in ascending order, whatever the register
/// width, the blocking or the number of rows. Working memory is rented: at most about 0.8 MB. Source of the scheme: Goto and van de Geijn,
/// Anatomy of High-Performance Matrix Multiplication (2008).
/// </remarks>
internal static unsafe partial class Gemm
{
    /// <summary>How much of k is done at a time: deep enough that C is read and written rarely; a strip of A, 12 rows of floats, is 24 KB.</summary>
    const int DepthBlock = 512;

    /// <summary>Rows of A packed at a time, a multiple of the tile's 12: with DepthBlock columns of floats, a quarter of a second-level cache.</summary>
    const int RowBlock = 120;

    /// <summary>Columns of B packed at a time.</summary>
    const int ColumnBlock = 256;

    /// <summary>C = A · B, or C += A · B; C has A's rows and B's columns, its rows <paramref name="stride"/> elements apart (0: B's columns).</summary>
    public static void Multiply<T>(GemmMatrix<T> a, GemmMatrix<T> b, Span<T> c, int stride = 0, bool accumulate = false) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Multiply(a, b, c, stride == 0 ? b.Columns : stride, accumulate, default, default, upperOnly: false);

    /// <summary>C = A · B with <paramref name="start"/>, one for each column, where each sum begins; empty: 0.</summary>
    public static void MultiplyFrom<T>(ReadOnlySpan<T> start, GemmMatrix<T> a, GemmMatrix<T> b, Span<T> c) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Multiply(a, b, c, b.Columns, accumulate: false, start, default, upperOnly: false);

    /// <summary>y = A · x, or y += A · x: the same bits as a column of the product of matrices.</summary>
    public static void Multiply<T>(GemmMatrix<T> a, ReadOnlySpan<T> x, Span<T> y, bool accumulate = false) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Multiply(new GemmMatrix<T>(x, 1, a.Columns), a.Transposed, y, a.Rows, accumulate);

    /// <summary>C = Aᵀ · diag(weights) · A, k × k and symmetric to the bit, for A of n × k; half the work of a product. No weights: Aᵀ · A.</summary>
    public static void Gram<T>(GemmMatrix<T> a, ReadOnlySpan<T> weights, Span<T> c) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!weights.IsEmpty && weights.Length != a.Rows)
            throw new ArgumentException($"weights holds {weights.Length} entries; the matrix has {a.Rows} rows, one each.", nameof(weights));
        int k = a.Columns;
        Multiply(a.Transposed, a, c, k, accumulate: false, default, weights, upperOnly: true);
        for (int i = 1; i < k; i++)
            for (int j = 0; j < i; j++) c[i * k + j] = c[j * k + i];
    }

    static void Multiply<T>(GemmMatrix<T> a, GemmMatrix<T> b, Span<T> c, int stride, bool accumulate, ReadOnlySpan<T> start, ReadOnlySpan<T> depthWeights, bool upperOnly)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (a.Columns != b.Rows)
            throw new ArgumentException($"a is {a.Rows} × {a.Columns} and b is {b.Rows} × {b.Columns}; a has as many columns as b has rows.");
        if (a.Rows == 0 || b.Columns == 0) return;
        if (c.Length < (long)(a.Rows - 1) * stride + b.Columns)
            throw new ArgumentException($"c holds {c.Length} elements; {a.Rows} rows {stride} apart of {b.Columns} need {(long)(a.Rows - 1) * stride + b.Columns}.", nameof(c));
        if (a.Columns == 0 && !accumulate)
            for (int i = 0; i < a.Rows; i++) Begin(c.Slice(i * stride, b.Columns), start);

        if (Vector512.IsHardwareAccelerated) Run<T, GemmRegister512<T>>(a, b, c, stride, accumulate, start, depthWeights, upperOnly);
        else if (Vector256.IsHardwareAccelerated) Run<T, GemmRegister256<T>>(a, b, c, stride, accumulate, start, depthWeights, upperOnly);
        else Run<T, GemmRegister128<T>>(a, b, c, stride, accumulate, start, depthWeights, upperOnly);
    }

    static void Begin<T>(Span<T> row, ReadOnlySpan<T> start)
    {
        if (start.IsEmpty) row.Clear();
        else start.CopyTo(row);
    }

    /// <summary>The blocks: columns of B, then depth, then rows of A. A block of C is given its start when it is first met, so that it is in the cache.</summary>
    static void Run<T, V>(GemmMatrix<T> a, GemmMatrix<T> b, Span<T> c, int stride, bool accumulate, ReadOnlySpan<T> start, ReadOnlySpan<T> depthWeights, bool upperOnly)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IGemmRegister<V, T>
    {
        int width = 2 * V.Count, m = a.Rows, n = b.Columns, k = a.Columns;
        int depth = Math.Min(k, DepthBlock), rows = Math.Min(m, RowBlock), columns = Math.Min((n + width - 1) / width * width, ColumnBlock);
        const int Line = 64;
        byte[] room = ArrayPool<byte>.Shared.Rent((depth * (rows + columns) + TallTile * width) * sizeof(T) + 3 * Line);
        fixed (T* aStart = a.Values, bStart = b.Values, cStart = c, weights = depthWeights)
        fixed (byte* begin = room)
        {
            T* packedB = (T*)(((nuint)begin + Line - 1) / Line * Line);
            T* packedA = (T*)(((nuint)(packedB + depth * columns) + Line - 1) / Line * Line);
            T* edge = (T*)(((nuint)(packedA + depth * rows) + Line - 1) / Line * Line);
            for (int j = 0; j < n; j += ColumnBlock)
            {
                int wide = Math.Min(ColumnBlock, n - j);
                for (int p = 0; p < k; p += DepthBlock)
                {
                    int deep = Math.Min(DepthBlock, k - p);
                    for (int s = 0; s < wide; s += width)
                        Pack(bStart + (nint)(j + s) * b.ColumnStride + (nint)p * b.RowStride, b.ColumnStride, b.RowStride, Math.Min(width, wide - s), width, deep, null, packedB + (nint)s * deep);
                    for (int i = 0; i < m; i += RowBlock)
                    {
                        int tall = Math.Min(RowBlock, m - i);
                        if (!accumulate && p == 0)
                            for (int r = i; r < i + tall; r++) Begin(c.Slice(r * stride + j, wide), start.IsEmpty ? start : start.Slice(j, wide));
                        if (upperOnly && i >= j + wide) continue;
                        for (int s = 0, tile; s < tall; s += tile)
                        {
                            tile = TileRows<V, T>(tall - s);
                            Pack(aStart + (nint)(i + s) * a.RowStride + (nint)p * a.ColumnStride, a.RowStride, a.ColumnStride, tile, tile, deep, weights == null ? null : weights + p, packedA + (nint)s * deep);
                        }
                        Block<T, V>(packedA, packedB, tall, wide, deep, cStart + (nint)i * stride + j, stride, edge, upperOnly ? j - i : int.MinValue);
                    }
                }
            }
        }
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>The tiles of one block. Tiles wholly below the diagonal, where the row exceeds <paramref name="diagonal"/> + column, are left out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Block<T, V>(T* a, T* b, int tall, int wide, int deep, T* c, int stride, T* edge, int diagonal)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IGemmRegister<V, T>
    {
        int width = 2 * V.Count;
        for (int j = 0; j < wide; j += width)
        {
            int left = Math.Min(width, wide - j);
            T* sliver = b + (nint)j * deep;
            for (int i = 0, tile; i < tall; i += tile)
            {
                tile = TileRows<V, T>(tall - i);
                if (diagonal != int.MinValue && i >= diagonal + j + left) break;
                T* strip = a + (nint)i * deep, corner = c + (nint)i * stride + j;
                if (left == width) Tile<T, V>(tile, deep, strip, sliver, corner, stride);
                else
                {
                    for (int r = 0; r < tile; r++) new Span<T>(corner + (nint)r * stride, left).CopyTo(new Span<T>(edge + r * width, left));
                    Tile<T, V>(tile, deep, strip, sliver, edge, width);
                    for (int r = 0; r < tile; r++) new Span<T>(edge + r * width, left).CopyTo(new Span<T>(corner + (nint)r * stride, left));
                }
            }
        }
    }

    const int TallTile = 12;

    /// <summary>12 rows × 2 registers of 32, 6 × 2 of 16; what is left over goes by 6 and by 1.</summary>
    static int TileRows<V, T>(int left) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T> =>
        left >= TallTile && V.Count * sizeof(T) == 64 ? TallTile : left >= 6 ? 6 : 1;

    static void Tile<T, V>(int rows, int deep, T* a, T* b, T* c, int stride) where T : unmanaged, IBinaryFloatingPointIeee754<T> where V : unmanaged, IGemmRegister<V, T>
    {
        if (rows == TallTile) Tile12<T, V>(deep, a, b, c, stride);
        else if (rows == 6) Tile6<T, V>(deep, a, b, c, stride);
        else Tile1<T, V>(deep, a, b, c, stride);
    }

    /// <summary>Copies <paramref name="lines"/> lines of the matrix side by side: for each step of depth the lines' elements follow each other, padded with 0 to <paramref name="width"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Pack<T>(T* from, int lineStride, int depthStride, int lines, int width, int deep, T* weights, T* to) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (lineStride == 1 && weights == null)
        {
            for (int p = 0; p < deep; p++, from += depthStride, to += width)
            {
                Unsafe.CopyBlockUnaligned(to, from, (uint)(lines * sizeof(T)));
                for (int i = lines; i < width; i++) to[i] = T.Zero;
            }
            return;
        }

        int line = 0;
        if (typeof(T) == typeof(float) && depthStride == 1 && weights == null && Sse.IsSupported)
        {
            // A few steps of depth for all lines, then the next few: what is being written stays in the first-level cache.
            const int Step = 64;
            line = lines / 4 * 4;
            for (int p = 0; p < deep; p += Step)
                for (int four = 0; four < line; four += 4)
                    PackFour((float*)from + (nint)four * lineStride + p, lineStride, width, Math.Min(Step, deep - p), (float*)to + (nint)p * width + four);
        }
        for (; line < lines; line++)
        {
            T* source = from + (nint)line * lineStride;
            for (int p = 0; p < deep; p++) to[p * width + line] = weights == null ? source[(nint)p * depthStride] : source[(nint)p * depthStride] * weights[p];
        }
        for (; line < width; line++)
            for (int p = 0; p < deep; p++) to[p * width + line] = T.Zero;
    }

    /// <summary>Four lines at a time, turned over in registers: 4 × 4 elements in, 4 × 4 out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void PackFour(float* from, int lineStride, int width, int deep, float* to)
    {
        float* second = from + lineStride, third = second + lineStride, fourth = third + lineStride;
        int p = 0;
        for (; p + 4 <= deep; p += 4, to += 4 * width)
        {
            Vector128<float> a = Vector128.Load(from + p), b = Vector128.Load(second + p), c = Vector128.Load(third + p), d = Vector128.Load(fourth + p);
            Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(ab, cd).Store(to);
            Sse.MoveHighToLow(cd, ab).Store(to + width);
            Sse.MoveLowToHigh(abHigh, cdHigh).Store(to + 2 * width);
            Sse.MoveHighToLow(cdHigh, abHigh).Store(to + 3 * width);
        }
        for (; p < deep; p++, to += width)
        {
            to[0] = from[p];
            to[1] = second[p];
            to[2] = third[p];
            to[3] = fourth[p];
        }
    }
}
