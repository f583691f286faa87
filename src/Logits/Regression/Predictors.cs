using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Regression;

/// <summary>The predictors of a large fit, in whatever form they are stored: all that the solver asks of them.</summary>
abstract class Predictors
{
    public abstract int Rows { get; }

    /// <summary>The length of a coefficient vector, the constant first.</summary>
    public abstract int Columns { get; }

    /// <summary>z (count × scores) of the rows from <paramref name="start"/>; θ is scores × Columns.</summary>
    public abstract void Scores(int start, int count, ReadOnlySpan<double> point, int scores, Span<double> z);

    /// <summary>g (scores × Columns) += Σ residualᵢ xᵢ over the rows from <paramref name="start"/>.</summary>
    public abstract void AddGradient(int start, int count, ReadOnlySpan<double> residuals, int scores, Span<double> gradient);
}

/// <summary>Rows in memory, padded to a whole number of registers; the constant is a column of ones.</summary>
/// <remarks>
/// Four rows and up to four scores share what is loaded: a tile of sums stays in registers. Sums run in registers of 512 bits on every machine (two of
/// 256 where there is no wider one), so the bits do not depend on it.
/// </remarks>
sealed unsafe class DensePredictors(double[] x, int rows, int stride) : Predictors
{
    const int Tile = 4;

    /// <summary>Rows this long are read one after the other: four streams through memory are slower than one.</summary>
    const int Wide = 128;

    /// <summary>So many rows ahead are asked for from memory while four are at work.</summary>
    const int Ahead = 32;

    public double[] X => x;
    public override int Rows => rows;
    public override int Columns => stride;

    public override void Scores(int start, int count, ReadOnlySpan<double> point, int scores, Span<double> z)
    {
        fixed (double* from = &x[(long)start * stride], theta = point, to = z)
            for (int i = 0; i < count; i += Tile)
                for (int k = 0; k < scores; k += Tile)
                {
                    double* row = from + (long)i * stride, t = theta + (long)k * stride, at = to + i * scores + k;
                    if (count - i >= Tile && scores - k >= Tile)
                        Dots4x4(row, t, at, scores);
                    else if (count - i >= Tile && stride < Wide)
                    {
                        if (Sse.IsSupported)
                            for (long j = 0; j < 4 * stride; j += 8)
                                Sse.Prefetch0(row + Ahead * stride + j);
                        for (int s = 0; s < scores - k; s++)
                            Dots4x1(row, t + (long)s * stride, at + s, scores);
                    }
                    else
                        for (int r = 0; r < Math.Min(Tile, count - i); r++)
                            for (int s = 0; s < Math.Min(Tile, scores - k); s++)
                                at[r * scores + s] = Dot(row + (long)r * stride, t + (long)s * stride);
                }
    }

    public override void AddGradient(int start, int count, ReadOnlySpan<double> residuals, int scores, Span<double> gradient)
    {
        fixed (double* from = &x[(long)start * stride], r = residuals, to = gradient)
            for (int i = 0; i < count; i += Tile)
                for (int k = 0; k < scores; k += Tile)
                {
                    double* row = from + (long)i * stride, g = to + (long)k * stride, w = r + i * scores + k;
                    if (count - i >= Tile && scores - k >= Tile)
                        Add4x4(row, w, scores, g);
                    else if (count - i >= 2 * Tile && scores == 1)
                    {
                        Add8x1(row, w, g);
                        i += Tile;
                    }
                    else
                        for (int s = 0; s < Math.Min(Tile, scores - k); s++)
                            if (count - i >= Tile)
                                Add4x1(row, w + s, scores, g + (long)s * stride);
                            else
                                for (int a = 0; a < count - i; a++)
                                    Add(row + (long)a * stride, w[a * scores + s], g + (long)s * stride);
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    double Dot(double* row, double* t)
    {
        Vector512<double> a = default, b = default, c = default, d = default;
        int j = 0;
        for (; j + 32 <= stride; j += 32)
        {
            a = Vector512.FusedMultiplyAdd(Vector512.Load(row + j), Vector512.Load(t + j), a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(row + j + 8), Vector512.Load(t + j + 8), b);
            c = Vector512.FusedMultiplyAdd(Vector512.Load(row + j + 16), Vector512.Load(t + j + 16), c);
            d = Vector512.FusedMultiplyAdd(Vector512.Load(row + j + 24), Vector512.Load(t + j + 24), d);
        }
        for (; j < stride; j += 8)
            a = Vector512.FusedMultiplyAdd(Vector512.Load(row + j), Vector512.Load(t + j), a);
        return Vector512.Sum((a + b) + (c + d));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    void Dots4x1(double* r0, double* t, double* to, int scores)
    {
        double* r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride;
        Vector512<double> a = default, b = default, c = default, d = default;
        for (int j = 0; j < stride; j += 8)
        {
            var v = Vector512.Load(t + j);
            a = Vector512.FusedMultiplyAdd(Vector512.Load(r0 + j), v, a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(r1 + j), v, b);
            c = Vector512.FusedMultiplyAdd(Vector512.Load(r2 + j), v, c);
            d = Vector512.FusedMultiplyAdd(Vector512.Load(r3 + j), v, d);
        }
        (to[0], to[scores], to[2 * scores], to[3 * scores]) = (Vector512.Sum(a), Vector512.Sum(b), Vector512.Sum(c), Vector512.Sum(d));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    void Dots4x4(double* r0, double* t0, double* to, int scores)
    {
        double* r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride, t1 = t0 + stride, t2 = t1 + stride, t3 = t2 + stride;
        Vector512<double> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<double> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        for (int j = 0; j < stride; j += 8)
        {
            Vector512<double> a = Vector512.Load(r0 + j), b = Vector512.Load(r1 + j), c = Vector512.Load(r2 + j), d = Vector512.Load(r3 + j), v = Vector512.Load(t0 + j);
            a0 = Vector512.FusedMultiplyAdd(a, v, a0); b0 = Vector512.FusedMultiplyAdd(b, v, b0); c0 = Vector512.FusedMultiplyAdd(c, v, c0); d0 = Vector512.FusedMultiplyAdd(d, v, d0);
            v = Vector512.Load(t1 + j);
            a1 = Vector512.FusedMultiplyAdd(a, v, a1); b1 = Vector512.FusedMultiplyAdd(b, v, b1); c1 = Vector512.FusedMultiplyAdd(c, v, c1); d1 = Vector512.FusedMultiplyAdd(d, v, d1);
            v = Vector512.Load(t2 + j);
            a2 = Vector512.FusedMultiplyAdd(a, v, a2); b2 = Vector512.FusedMultiplyAdd(b, v, b2); c2 = Vector512.FusedMultiplyAdd(c, v, c2); d2 = Vector512.FusedMultiplyAdd(d, v, d2);
            v = Vector512.Load(t3 + j);
            a3 = Vector512.FusedMultiplyAdd(a, v, a3); b3 = Vector512.FusedMultiplyAdd(b, v, b3); c3 = Vector512.FusedMultiplyAdd(c, v, c3); d3 = Vector512.FusedMultiplyAdd(d, v, d3);
        }
        (to[0], to[1], to[2], to[3]) = (Vector512.Sum(a0), Vector512.Sum(a1), Vector512.Sum(a2), Vector512.Sum(a3));
        to += scores;
        (to[0], to[1], to[2], to[3]) = (Vector512.Sum(b0), Vector512.Sum(b1), Vector512.Sum(b2), Vector512.Sum(b3));
        to += scores;
        (to[0], to[1], to[2], to[3]) = (Vector512.Sum(c0), Vector512.Sum(c1), Vector512.Sum(c2), Vector512.Sum(c3));
        to += scores;
        (to[0], to[1], to[2], to[3]) = (Vector512.Sum(d0), Vector512.Sum(d1), Vector512.Sum(d2), Vector512.Sum(d3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    void Add(double* row, double w, double* g)
    {
        var weight = Vector512.Create(w);
        for (int j = 0; j < stride; j += 8)
            Vector512.FusedMultiplyAdd(weight, Vector512.Load(row + j), Vector512.Load(g + j)).Store(g + j);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    void Add4x1(double* r0, double* w, int scores, double* g)
    {
        double* r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride;
        Vector512<double> w0 = Vector512.Create(w[0]), w1 = Vector512.Create(w[scores]), w2 = Vector512.Create(w[2 * scores]), w3 = Vector512.Create(w[3 * scores]);
        for (int j = 0; j < stride; j += 8)
        {
            // Two chains, so that one does not wait for the other.
            var a = Vector512.FusedMultiplyAdd(w0, Vector512.Load(r0 + j), Vector512.Load(g + j));
            var b = w1 * Vector512.Load(r1 + j);
            a = Vector512.FusedMultiplyAdd(w2, Vector512.Load(r2 + j), a);
            b = Vector512.FusedMultiplyAdd(w3, Vector512.Load(r3 + j), b);
            (a + b).Store(g + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    void Add8x1(double* r0, double* w, double* g)
    {
        double* r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride, r4 = r3 + stride, r5 = r4 + stride, r6 = r5 + stride, r7 = r6 + stride;
        Vector512<double> w0 = Vector512.Create(w[0]), w1 = Vector512.Create(w[1]), w2 = Vector512.Create(w[2]), w3 = Vector512.Create(w[3]);
        Vector512<double> w4 = Vector512.Create(w[4]), w5 = Vector512.Create(w[5]), w6 = Vector512.Create(w[6]), w7 = Vector512.Create(w[7]);
        for (int j = 0; j < stride; j += 8)
        {
            var a = Vector512.FusedMultiplyAdd(w0, Vector512.Load(r0 + j), Vector512.Load(g + j));
            var b = w1 * Vector512.Load(r1 + j);
            a = Vector512.FusedMultiplyAdd(w2, Vector512.Load(r2 + j), a);
            b = Vector512.FusedMultiplyAdd(w3, Vector512.Load(r3 + j), b);
            a = Vector512.FusedMultiplyAdd(w4, Vector512.Load(r4 + j), a);
            b = Vector512.FusedMultiplyAdd(w5, Vector512.Load(r5 + j), b);
            a = Vector512.FusedMultiplyAdd(w6, Vector512.Load(r6 + j), a);
            b = Vector512.FusedMultiplyAdd(w7, Vector512.Load(r7 + j), b);
            (a + b).Store(g + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    void Add4x4(double* r0, double* w, int scores, double* g0)
    {
        double* r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride, g1 = g0 + stride, g2 = g1 + stride, g3 = g2 + stride;
        Vector512<double> a0 = Vector512.Create(w[0]), a1 = Vector512.Create(w[1]), a2 = Vector512.Create(w[2]), a3 = Vector512.Create(w[3]);
        w += scores;
        Vector512<double> b0 = Vector512.Create(w[0]), b1 = Vector512.Create(w[1]), b2 = Vector512.Create(w[2]), b3 = Vector512.Create(w[3]);
        w += scores;
        Vector512<double> c0 = Vector512.Create(w[0]), c1 = Vector512.Create(w[1]), c2 = Vector512.Create(w[2]), c3 = Vector512.Create(w[3]);
        w += scores;
        Vector512<double> d0 = Vector512.Create(w[0]), d1 = Vector512.Create(w[1]), d2 = Vector512.Create(w[2]), d3 = Vector512.Create(w[3]);
        for (int j = 0; j < stride; j += 8)
        {
            Vector512<double> a = Vector512.Load(r0 + j), b = Vector512.Load(r1 + j), c = Vector512.Load(r2 + j), d = Vector512.Load(r3 + j);
            var s0 = Vector512.FusedMultiplyAdd(a0, a, Vector512.Load(g0 + j));
            var s1 = Vector512.FusedMultiplyAdd(a1, a, Vector512.Load(g1 + j));
            var s2 = Vector512.FusedMultiplyAdd(a2, a, Vector512.Load(g2 + j));
            var s3 = Vector512.FusedMultiplyAdd(a3, a, Vector512.Load(g3 + j));
            s0 = Vector512.FusedMultiplyAdd(b0, b, s0); s1 = Vector512.FusedMultiplyAdd(b1, b, s1); s2 = Vector512.FusedMultiplyAdd(b2, b, s2); s3 = Vector512.FusedMultiplyAdd(b3, b, s3);
            s0 = Vector512.FusedMultiplyAdd(c0, c, s0); s1 = Vector512.FusedMultiplyAdd(c1, c, s1); s2 = Vector512.FusedMultiplyAdd(c2, c, s2); s3 = Vector512.FusedMultiplyAdd(c3, c, s3);
            Vector512.FusedMultiplyAdd(d0, d, s0).Store(g0 + j);
            Vector512.FusedMultiplyAdd(d1, d, s1).Store(g1 + j);
            Vector512.FusedMultiplyAdd(d2, d, s2).Store(g2 + j);
            Vector512.FusedMultiplyAdd(d3, d, s3).Store(g3 + j);
        }
    }
}
