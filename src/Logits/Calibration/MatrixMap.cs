using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>What matrix, structured matrix and Dirichlet calibration share: softmax(W x + b) with x the scores in a frame.</summary>
/// <param name="Weights">W, row by row: k × k.</param>
/// <param name="Biases">b, k of them.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Every output mixes all inputs, so a row with a class ruled out (−∞) has no answer and comes out as NaN; the fit refuses such rows by name.
/// </remarks>
public abstract record MatrixMap(Numbers Weights, Numbers Biases, FitFacts? Facts) : RowCalibrator(Biases.Count, Facts)
{
    /// <inheritdoc/>
    public override bool PreservesArgMax => false;

    private protected abstract void Center(Span<double> z);

    private protected override void Map(Span<double> z)
    {
        if (z.Contains(double.NegativeInfinity))
        {
            z.Fill(double.NaN);
            return;
        }
        Center(z);
        Span<double> x = z.Length <= 256 ? stackalloc double[z.Length] : new double[z.Length];
        z.CopyTo(x);
        for (int k = 0; k < z.Length; k++) z[k] = LinearAlgebra.Dot(Weights.Span.Slice(k * z.Length, z.Length), x) + Biases[k];
    }

    /// <summary>The minimum of the penalised NLL over W and b, with W laid out row by row.</summary>
    private protected static (Numbers Weights, Numbers Biases, Minimum Minimum) Solve(HeldOut data, double[] x, MatrixPenalty penalty, Stopping? stopping)
    {
        int k = data.Classes;
        stopping ??= Stopping.Default;
        // 1e−8 in the gradient is some 1e−12 in the NLL; thousands of variables need not be dearer than that.
        var minimum = NewtonCg.Minimize(new MatrixObjective(x, data.Labels, k, penalty), new double[k * k + k], stopping with { GradientTolerance = stopping.GradientTolerance ?? 1e-8 });
        var weights = new double[k * k];
        for (int from = 0; from < k; from++)
            for (int to = 0; to < k; to++)
                weights[to * k + from] = minimum.Point[from * k + to] + (from == to ? 1 : 0);
        return (Numbers.Own(weights), Numbers.Create(minimum.Point.AsSpan(k * k)), minimum);
    }
}

/// <summary>Off-diagonal and intercept regularisation (ODIR): how strongly a matrix map is held at the identity, outside its diagonal.</summary>
/// <param name="OffDiagonal">λ of λ/(k(k−1)) Σ_{i≠j} Wᵢⱼ².</param>
/// <param name="Bias">μ of μ/k Σ bⱼ².</param>
/// <remarks>Source: Kull et al., Beyond Temperature Scaling (2019), §4.2, where λ and μ come from cross-validation over powers of ten.</remarks>
public readonly record struct Odir(double OffDiagonal, double Bias)
{
    /// <summary>The value that says: entries off the diagonal are of the order of 0.1, biases of the order of 1 (Gaussian priors with those deviations).</summary>
    public static Odir ForRows(int rows, int classes) => new(0.5 / (0.01 * rows) * classes * Math.Max(classes - 1, 1), 0.5 / rows * classes);

    internal MatrixPenalty PerEntry(int classes) => new(0, OffDiagonal / (classes * Math.Max(classes - 1.0, 1)), Bias / classes);
}
