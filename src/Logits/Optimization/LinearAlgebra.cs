using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Logits.Optimization;

/// <summary>The few vector and small-matrix operations that solvers are made of.</summary>
/// <remarks>Sums run over sixteen fixed lanes and one fixed tree, so the bits are those of every run, machine and vector width.</remarks>
static class LinearAlgebra
{
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        y = y[..x.Length];
        int i = 0;
        Vector512<double> a = default, b = default;
        for (; i <= x.Length - 16; i += 16)
        {
            a += Vector512.Create(x[i..]) * Vector512.Create(y[i..]);
            b += Vector512.Create(x[(i + 8)..]) * Vector512.Create(y[(i + 8)..]);
        }
        double sum = Total(a + b);
        for (; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>The sum of the eight, upper half onto lower half.</summary>
    public static double Total(Vector512<double> v)
    {
        var half = v.GetLower() + v.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        return quarter[0] + quarter[1];
    }

    /// <summary>
    /// Gram and Schmidt, twice: what is left of a unit vector beside an orthonormal basis joins it, normed; the vector's memory is used for it. False where less than 1e−9 is left.
    /// </summary>
    public static bool Extend(List<double[]> basis, double[] vector)
    {
        for (int pass = 0; pass < 2; pass++)
            foreach (double[] q in basis) AddScaled(-Dot(q, vector), q, vector);
        double left = Math.Sqrt(Dot(vector, vector));
        if (left < 1e-9) return false;
        for (int i = 0; i < vector.Length; i++) vector[i] /= left;
        basis.Add(vector);
        return true;
    }

    /// <summary>y ← y + a x, each product and sum rounded by itself.</summary>
    public static void AddScaled(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        y = y[..x.Length];
        var xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        var ys = MemoryMarshal.Cast<double, Vector<double>>(y);
        for (int v = 0; v < xs.Length; v++) ys[v] += a * xs[v];
        for (int i = xs.Length * Vector<double>.Count; i < x.Length; i++) y[i] += a * x[i];
    }

    public static double LargestAbsolute(ReadOnlySpan<double> x)
    {
        double largest = 0;
        foreach (double v in x)
        {
            double size = Math.Abs(v);
            if (!(size <= largest)) largest = size;   // NaN comes through
        }
        return largest;
    }

    /// <summary>A = L Lᵀ in place (lower triangle); false when A is not positive definite to rounding.</summary>
    public static bool Cholesky(Span<double> a, int n)
    {
        for (int j = 0; j < n; j++)
        {
            var rowJ = a.Slice(j * n, j);
            double pivot = a[j * n + j], rest = pivot - Dot(rowJ, rowJ);
            if (!(rest > 1e-14 * Math.Abs(pivot))) return false;
            double diagonal = Math.Sqrt(rest);
            a[j * n + j] = diagonal;
            for (int i = j + 1; i < n; i++)
                a[i * n + j] = (a[i * n + j] - Dot(a.Slice(i * n, j), rowJ)) / diagonal;
        }
        return true;
    }

    /// <summary>Solves L Lᵀ x = b in place.</summary>
    public static void SolveCholesky(ReadOnlySpan<double> l, int n, Span<double> x)
    {
        for (int i = 0; i < n; i++)
            x[i] = (x[i] - Dot(l.Slice(i * n, i), x)) / l[i * n + i];
        for (int i = n - 1; i >= 0; i--)
        {
            x[i] /= l[i * n + i];
            AddScaled(-x[i], l.Slice(i * n, i), x);
        }
    }
}
