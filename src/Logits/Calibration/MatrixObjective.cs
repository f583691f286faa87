using System.Numerics;
using System.Runtime.InteropServices;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>Weights of the squared penalties on a matrix map's distance from the identity, per entry and in units of the mean NLL.</summary>
/// <param name="Diagonal">On (Wₖₖ − 1)².</param>
/// <param name="OffDiagonal">On Wₖⱼ², k ≠ j.</param>
/// <param name="Bias">On bₖ².</param>
readonly record struct MatrixPenalty(double Diagonal, double OffDiagonal, double Bias);

/// <summary>Mean NLL of softmax(z + Δ z + b) plus squared penalties. Variables: Δᵀ (class by class the weights a score spreads to all outputs), then b.</summary>
/// <remarks>At the zero point nothing is changed and nothing is penalised, so the minimum is never worse than leaving the scores alone.</remarks>
sealed class MatrixObjective(double[] z, int[] labels, int classes, MatrixPenalty penalty) : ICurvedObjective
{
    readonly double[] _p = new double[z.Length];

    public int Dimension => classes * classes + classes;

    int Rows => labels.Length;

    public double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient)
    {
        gradient.Clear();
        double value = 0;
        for (int row = 0; row < Rows; row++)
        {
            var x = z.AsSpan(row * classes, classes);
            var p = _p.AsSpan(row * classes, classes);
            Spread(point, x, p);
            LinearAlgebra.AddScaled(1, x, p);

            double max = Kernels.Kernel<double>.Max(p), chosen = p[labels[row]] - max, sum = ExpMinus(p, max);
            value += Math.Log(sum) - chosen;
            foreach (ref double probability in p) probability /= sum;

            p[labels[row]] -= 1;
            Gather(x, p, gradient);
            p[labels[row]] += 1;
        }
        foreach (ref double g in gradient) g /= Rows;
        return value / Rows + AddPenalty(point, gradient);
    }

    public void HessianTimes(ReadOnlySpan<double> direction, Span<double> result)
    {
        result.Clear();
        Span<double> d = classes <= 512 ? stackalloc double[classes] : new double[classes];
        for (int row = 0; row < Rows; row++)
        {
            var x = z.AsSpan(row * classes, classes);
            var p = _p.AsSpan(row * classes, classes);
            Spread(direction, x, d);
            double mean = LinearAlgebra.Dot(p, d);
            for (int k = 0; k < classes; k++) d[k] = p[k] * (d[k] - mean);
            Gather(x, d, result);
        }
        foreach (ref double r in result) r /= Rows;
        AddPenalty(direction, result);
    }

    public void HessianDiagonal(Span<double> diagonal)
    {
        diagonal.Clear();
        Span<double> square = classes <= 512 ? stackalloc double[classes] : new double[classes], spread = classes <= 512 ? stackalloc double[classes] : new double[classes];
        for (int row = 0; row < Rows; row++)
        {
            for (int k = 0; k < classes; k++)
            {
                double x = z[row * classes + k], p = _p[row * classes + k];
                (square[k], spread[k]) = (x * x, p * (1 - p));
            }
            Gather(square, spread, diagonal);
        }
        foreach (ref double d in diagonal) d /= Rows;
        for (int j = 0; j < classes; j++)
            for (int k = 0; k < classes; k++)
                diagonal[j * classes + k] += 2 * (j == k ? penalty.Diagonal : penalty.OffDiagonal);
        foreach (ref double d in diagonal[(classes * classes)..]) d += 2 * penalty.Bias;
    }

    /// <summary>y ← Δ x + b</summary>
    void Spread(ReadOnlySpan<double> point, ReadOnlySpan<double> x, Span<double> y)
    {
        point[(classes * classes)..].CopyTo(y);
        for (int j = 0; j < classes; j++) LinearAlgebra.AddScaled(x[j], point.Slice(j * classes, classes), y);
    }

    /// <summary>Adds x rᵀ, and r, to the sums.</summary>
    void Gather(ReadOnlySpan<double> x, ReadOnlySpan<double> r, Span<double> sums)
    {
        for (int j = 0; j < classes; j++) LinearAlgebra.AddScaled(x[j], r, sums.Slice(j * classes, classes));
        LinearAlgebra.AddScaled(1, r, sums[(classes * classes)..]);
    }

    double AddPenalty(ReadOnlySpan<double> point, Span<double> gradient)
    {
        double value = 0;
        for (int j = 0; j < classes; j++)
            for (int k = 0; k < classes; k++)
            {
                double weight = j == k ? penalty.Diagonal : penalty.OffDiagonal, v = point[j * classes + k];
                value += weight * v * v;
                gradient[j * classes + k] += 2 * weight * v;
            }
        for (int k = classes * classes; k < point.Length; k++)
        {
            value += penalty.Bias * point[k] * point[k];
            gradient[k] += 2 * penalty.Bias * point[k];
        }
        return value;
    }

    static double ExpMinus(Span<double> p, double max)
    {
        var ps = MemoryMarshal.Cast<double, Vector<double>>(p);
        Vector<double> total = default;
        for (int v = 0; v < ps.Length; v++)
        {
            var e = Vector.Exp(ps[v] - new Vector<double>(max));
            ps[v] = e;
            total += e;
        }
        double sum = Vector.Sum(total);
        for (int k = ps.Length * Vector<double>.Count; k < p.Length; k++) sum += p[k] = Math.Exp(p[k] - max);
        return sum;
    }
}
