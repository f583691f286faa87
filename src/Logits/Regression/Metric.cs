using Logits.Optimization;

namespace Logits.Regression;

/// <summary>The norm ‖d‖ = √(dᵀHd) of parameters by the factor of H, through which certificates measure distances.</summary>
/// <param name="factor">The factor of H.</param>
/// <param name="inverse">H⁻¹, where it is known already.</param>
/// <param name="basis">When the parameters are θ = basis·γ and H is that of γ: the basis, its columns orthonormal.</param>
sealed class Metric(Cholesky factor, Matrix? inverse = null, Matrix? basis = null)
{
    Matrix? _inverse = inverse;
    readonly double[] _inner = new double[basis?.Columns ?? 0];

    /// <summary>H⁻¹</summary>
    public Matrix Inverse => _inverse ??= factor.Inverse();

    /// <summary>The same distances for the larger space that the basis is of.</summary>
    public Metric Within(Matrix larger) => new(factor, _inverse, basis is null ? larger : Matrix.Multiply(larger, basis));

    /// <summary>The largest aᵀd over ‖d‖ = 1, √(aᵀH⁻¹a). Overwrites a.</summary>
    public double Dual(Span<double> functional)
    {
        if (basis is not null)
        {
            Array.Clear(_inner);
            for (int i = 0; i < functional.Length; i++)
                LinearAlgebra.AddScaled(functional[i], basis[i], _inner);
            functional = _inner;
        }
        factor.SolveLower(functional);
        return Math.Sqrt(LinearAlgebra.Dot(functional, functional));
    }

    /// <summary>r with <see cref="Dual"/> ≤ r·|a|: ‖H⁻¹‖ is at most its largest row sum. Coarser, and without work a row.</summary>
    public double LargestDual
    {
        get
        {
            double norm = 0;
            for (int j = 0; j < Inverse.Rows; j++)
            {
                double row = 0;
                foreach (double entry in Inverse[j])
                    row += Math.Abs(entry);
                norm = Math.Max(norm, row);
            }
            return Math.Sqrt(norm);
        }
    }

    /// <summary>
    /// A bound of |D³ log(F(a) − F(b))[v, v, v]| over v of norm 1 within a radius r of a point, for links whose density has |(log f)′| ≤ k, |(log f)″| ≤ k′ there.
    /// </summary>
    /// <param name="steepness">A = (f(a)·‖a‖ + f(b)·‖b‖)/(F(a) − F(b)) at the point, ‖·‖ the dual norm of the ends as functionals of the parameters.</param>
    /// <param name="first">k·‖·‖, the larger of the ends.</param>
    /// <param name="second">(k² + k′)·‖·‖², the larger of the ends.</param>
    /// <param name="radius">r.</param>
    /// <remarks>
    /// With D = F(a) − F(b), (log D)‴ = D‴/D − 3D″D′/D² + 2(D′/D)³, and |D′/D| ≤ A, |D″/D| ≤ first·A, |D‴/D| ≤ second·A. Along a path log A changes at a rate of
    /// at most first + A; as long as r(first + 2A) ≤ ½ it therefore stays below √e·A. Where that does not hold no bound is given.
    /// </remarks>
    public static double ThirdDerivative(double steepness, double first, double second, double radius)
    {
        if (!(radius * (first + 2 * steepness) <= 0.5))
            return double.PositiveInfinity;
        double a = 1.65 * steepness;
        return a * (second + a * (3 * first + 2 * a));
    }
}
