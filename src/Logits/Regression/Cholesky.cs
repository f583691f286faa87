using Logits.Optimization;

namespace Logits.Regression;

/// <summary>A = L Lᵀ of a symmetric positive definite matrix.</summary>
sealed class Cholesky
{
    readonly int _n;
    readonly double[] _l; // n × n row-major; the lower triangle holds L

    Cholesky(int n, double[] l) => (_n, _l) = (n, l);

    /// <summary>The factor, or null when A is not positive definite to working precision.</summary>
    /// <remarks>a is n × n, row-major; only its lower triangle is read. A pivot at or below the share <c>floor</c> of its diagonal entry counts as zero.</remarks>
    public static Cholesky? Factor(ReadOnlySpan<double> a, int n, double floor = 1e-15) => Factor(a, n, floor, out _);

    /// <summary>The factor, or null with <paramref name="failedAt"/> naming the column whose pivot vanished.</summary>
    public static Cholesky? Factor(ReadOnlySpan<double> a, int n, double floor, out int failedAt)
    {
        var l = a[..(n * n)].ToArray();
        failedAt = -1;
        for (int j = 0; j < n; j++)
        {
            var rowJ = l.AsSpan(j * n, j);
            double diagonal = l[j * n + j];
            double pivot = diagonal - LinearAlgebra.Dot(rowJ, rowJ);
            if (!(pivot > floor * Math.Abs(diagonal)) || !double.IsFinite(pivot))
            {
                failedAt = j;
                return null;
            }
            double root = Math.Sqrt(pivot);
            l[j * n + j] = root;
            double inverse = 1 / root;
            for (int i = j + 1; i < n; i++)
                l[i * n + j] = (l[i * n + j] - LinearAlgebra.Dot(l.AsSpan(i * n, j), rowJ)) * inverse;
        }
        return new(n, l);
    }

    /// <summary>The share of column j's diagonal that is left after the columns before it: Lⱼⱼ²/Aⱼⱼ.</summary>
    public double Pivot(int j) => _l[j * _n + j] * _l[j * _n + j];

    /// <summary>x ← A⁻¹ x</summary>
    public void Solve(Span<double> x)
    {
        SolveLower(x);
        SolveUpper(x);
    }

    /// <summary>x ← L⁻¹ x</summary>
    public void SolveLower(Span<double> x)
    {
        for (int i = 0; i < _n; i++)
            x[i] = (x[i] - LinearAlgebra.Dot(_l.AsSpan(i * _n, i), x)) / _l[i * _n + i];
    }

    /// <summary>x ← L⁻ᵀ x</summary>
    public void SolveUpper(Span<double> x)
    {
        for (int i = _n - 1; i >= 0; i--)
        {
            x[i] /= _l[i * _n + i];
            LinearAlgebra.AddScaled(-x[i], _l.AsSpan(i * _n, i), x);
        }
    }

    /// <summary>log |A|</summary>
    public double LogDeterminant
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < _n; i++)
                sum += Math.Log(_l[i * _n + i]);
            return 2 * sum;
        }
    }

    /// <summary>A⁻¹, symmetric to the last bit: L⁻ᵀL⁻¹.</summary>
    public Matrix Inverse()
    {
        Matrix lower = new(_n, _n), inverse = new(_n, _n);
        for (int i = 0; i < _n; i++)
        {
            var row = lower.Row(i);
            double pivot = 1 / _l[i * _n + i];
            for (int k = 0; k < i; k++)
                LinearAlgebra.AddScaled(-_l[i * _n + k] * pivot, lower.Row(k)[..(k + 1)], row);
            row[i] = pivot;
        }
        for (int k = 0; k < _n; k++)
            for (int i = 0; i <= k; i++)
                LinearAlgebra.AddScaled(lower[k, i], lower.Row(k)[..(i + 1)], inverse.Row(i));
        for (int i = 0; i < _n; i++)
            for (int j = 0; j < i; j++)
                inverse[j, i] = inverse[i, j];
        return inverse;
    }
}
