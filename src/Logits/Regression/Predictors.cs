using System.Runtime.Intrinsics;

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
sealed class DensePredictors(double[] x, int rows, int stride) : Predictors
{
    public double[] X => x;
    public int Stride => stride;
    public override int Rows => rows;
    public override int Columns => stride;

    public override unsafe void Scores(int start, int count, ReadOnlySpan<double> point, int scores, Span<double> z)
    {
        fixed (double* rowsFrom = &x[(long)start * stride], theta = point, to = z)
        {
            int i = 0;
            // Eight rows at a time: their sums run side by side, and the coefficients are read once for all.
            for (; i + 8 <= count; i += 8)
                for (int k = 0; k < scores; k++)
                {
                    double* r = rowsFrom + (long)i * stride, t = theta + k * stride;
                    Vector256<double> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
                    for (int j = 0; j < stride; j += 4)
                    {
                        var v = Vector256.Load(t + j);
                        double* c = r + j;
                        a0 = Vector256.FusedMultiplyAdd(Vector256.Load(c), v, a0);
                        a1 = Vector256.FusedMultiplyAdd(Vector256.Load(c + stride), v, a1);
                        a2 = Vector256.FusedMultiplyAdd(Vector256.Load(c + 2 * stride), v, a2);
                        a3 = Vector256.FusedMultiplyAdd(Vector256.Load(c + 3 * stride), v, a3);
                        a4 = Vector256.FusedMultiplyAdd(Vector256.Load(c + 4 * stride), v, a4);
                        a5 = Vector256.FusedMultiplyAdd(Vector256.Load(c + 5 * stride), v, a5);
                        a6 = Vector256.FusedMultiplyAdd(Vector256.Load(c + 6 * stride), v, a6);
                        a7 = Vector256.FusedMultiplyAdd(Vector256.Load(c + 7 * stride), v, a7);
                    }
                    double* at = to + i * scores + k;
                    at[0] = Vector256.Sum(a0);
                    at[scores] = Vector256.Sum(a1);
                    at[2 * scores] = Vector256.Sum(a2);
                    at[3 * scores] = Vector256.Sum(a3);
                    at[4 * scores] = Vector256.Sum(a4);
                    at[5 * scores] = Vector256.Sum(a5);
                    at[6 * scores] = Vector256.Sum(a6);
                    at[7 * scores] = Vector256.Sum(a7);
                }
            for (; i < count; i++)
                for (int k = 0; k < scores; k++)
                {
                    Vector256<double> sum = default;
                    for (int j = 0; j < stride; j += 4)
                        sum = Vector256.FusedMultiplyAdd(Vector256.Load(rowsFrom + (long)i * stride + j), Vector256.Load(theta + k * stride + j), sum);
                    to[i * scores + k] = Vector256.Sum(sum);
                }
        }
    }

    public override unsafe void AddGradient(int start, int count, ReadOnlySpan<double> residuals, int scores, Span<double> gradient)
    {
        fixed (double* rowsFrom = &x[(long)start * stride], from = residuals, g = gradient)
        {
            int i = 0;
            for (; i + 8 <= count; i += 8)
                for (int k = 0; k < scores; k++)
                {
                    double* r = rowsFrom + (long)i * stride, to = g + k * stride, w = from + i * scores + k;
                    Vector256<double> w0 = Vector256.Create(w[0]), w1 = Vector256.Create(w[scores]), w2 = Vector256.Create(w[2 * scores]), w3 = Vector256.Create(w[3 * scores]);
                    Vector256<double> w4 = Vector256.Create(w[4 * scores]), w5 = Vector256.Create(w[5 * scores]), w6 = Vector256.Create(w[6 * scores]), w7 = Vector256.Create(w[7 * scores]);
                    for (int j = 0; j < stride; j += 4)
                    {
                        double* c = r + j;
                        // Two chains of four, so that one does not wait for the other.
                        var a = Vector256.FusedMultiplyAdd(w0, Vector256.Load(c), Vector256.Load(to + j));
                        var b = w1 * Vector256.Load(c + stride);
                        a = Vector256.FusedMultiplyAdd(w2, Vector256.Load(c + 2 * stride), a);
                        b = Vector256.FusedMultiplyAdd(w3, Vector256.Load(c + 3 * stride), b);
                        a = Vector256.FusedMultiplyAdd(w4, Vector256.Load(c + 4 * stride), a);
                        b = Vector256.FusedMultiplyAdd(w5, Vector256.Load(c + 5 * stride), b);
                        a = Vector256.FusedMultiplyAdd(w6, Vector256.Load(c + 6 * stride), a);
                        b = Vector256.FusedMultiplyAdd(w7, Vector256.Load(c + 7 * stride), b);
                        (a + b).Store(to + j);
                    }
                }
            for (; i < count; i++)
                for (int k = 0; k < scores; k++)
                {
                    var w = Vector256.Create(from[i * scores + k]);
                    for (int j = 0; j < stride; j += 4)
                        Vector256.FusedMultiplyAdd(w, Vector256.Load(rowsFrom + (long)i * stride + j), Vector256.Load(g + k * stride + j)).Store(g + k * stride + j);
                }
        }
    }
}
