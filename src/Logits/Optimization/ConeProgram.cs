namespace Logits.Optimization;

/// <summary>The linear programme max cᵀd subject to aᵢᵀd ≥ 0 for all i and |dⱼ| ≤ 1.</summary>
/// <remarks>
/// Solved through its dual, min Σ(uⱼ + vⱼ) subject to u − v − Σ λᵢaᵢ = c with u, v, λ ≥ 0, which has one equation a dimension and starts from
/// an obvious basis (u or v by the sign of c). The revised simplex method keeps the inverse of the basis; its multipliers are d.
/// The right-hand side is moved by tiny amounts of a fixed pattern so that no step has length 0 and the method cannot cycle.
/// Source: Chvátal, Linear Programming (1983), chapters 5 and 7.
/// </remarks>
sealed class ConeProgram(double[][] constraints, int dimensions)
{
    const double Tolerance = 1e-10;

    /// <summary>The best direction.</summary>
    public double[] Maximize(ReadOnlySpan<double> objective)
    {
        int n = dimensions, m = constraints.Length;
        var right = objective.ToArray();
        ulong state = 0x9E3779B97F4A7C15;
        for (int j = 0; j < n; j++)
        {
            state = state * 6364136223846793005 + 1442695040888963407;
            double share = 1 + (state >> 11) * (1.0 / (1UL << 53));
            right[j] += (right[j] >= 0 ? 1e-9 : -1e-9) * share;
        }
        // Columns of the dual: 0…n−1 are u, n…2n−1 are v, 2n…2n+m−1 are λ. Cost 1 for u and v, 0 for λ.
        var basis = new int[n];
        var inBasis = new bool[2 * n + m];
        var inverse = new double[n * n];
        var level = new double[n];
        for (int j = 0; j < n; j++)
        {
            bool up = right[j] >= 0;
            basis[j] = up ? j : n + j;
            inBasis[basis[j]] = true;
            inverse[j * n + j] = up ? 1 : -1;
            level[j] = Math.Abs(right[j]);
        }
        var direction = new double[n];
        var column = new double[n];
        var entering = new double[n];
        for (int step = 0; step < 200 * (n + 10); step++)
        {
            if (step > 0 && step % 64 == 0)
                Refresh(basis, inverse, level, right);
            // The multipliers π = c_B B⁻¹ are the direction d itself.
            Array.Clear(direction);
            for (int k = 0; k < n; k++)
                if (basis[k] < 2 * n)
                    for (int j = 0; j < n; j++)
                        direction[j] += inverse[k * n + j];
            int best = -1;
            double worst = -Tolerance;
            for (int i = 0; i < 2 * n + m; i++)
            {
                if (inBasis[i])
                    continue;
                double cost = i < n ? 1 - direction[i] : i < 2 * n ? 1 + direction[i - n] : LinearAlgebra.Dot(constraints[i - 2 * n], direction);
                if (cost < worst)
                    (worst, best) = (cost, i);
            }
            if (best < 0)
                break;
            Column(best, entering);
            for (int k = 0; k < n; k++)
                column[k] = LinearAlgebra.Dot(inverse.AsSpan(k * n, n), entering);
            int leaving = -1;
            double ratio = double.PositiveInfinity;
            for (int k = 0; k < n; k++)
                if (column[k] > 1e-9 && (level[k] / column[k] < ratio || (level[k] / column[k] == ratio && column[k] > column[leaving])))
                    (ratio, leaving) = (level[k] / column[k], k);
            if (leaving < 0)
                break;
            inBasis[basis[leaving]] = false;
            inBasis[best] = true;
            basis[leaving] = best;
            double pivot = column[leaving];
            for (int j = 0; j < n; j++)
                inverse[leaving * n + j] /= pivot;
            level[leaving] = ratio;
            for (int k = 0; k < n; k++)
                if (k != leaving && column[k] != 0)
                {
                    LinearAlgebra.AddScaled(-column[k], inverse.AsSpan(leaving * n, n), inverse.AsSpan(k * n, n));
                    level[k] = Math.Max(0, level[k] - column[k] * ratio);
                }
        }
        for (int j = 0; j < n; j++)
            direction[j] = Math.Clamp(direction[j], -1, 1);
        return direction;
    }

    void Column(int index, double[] column)
    {
        Array.Clear(column);
        if (index < dimensions)
            column[index] = 1;
        else if (index < 2 * dimensions)
            column[index - dimensions] = -1;
        else
            for (int j = 0; j < dimensions; j++)
                column[j] = -constraints[index - 2 * dimensions][j];
    }

    /// <summary>Inverts the basis anew, so that the rounding of many updates does not add up.</summary>
    void Refresh(int[] basis, double[] inverse, double[] level, double[] right)
    {
        int n = dimensions;
        var matrix = new double[n * n];
        var fresh = new double[n * n];
        var column = new double[n];
        for (int k = 0; k < n; k++)
        {
            Column(basis[k], column);
            for (int j = 0; j < n; j++)
                matrix[j * n + k] = column[j];
            fresh[k * n + k] = 1;
        }
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
                if (Math.Abs(matrix[i * n + k]) > Math.Abs(matrix[pivot * n + k]))
                    pivot = i;
            if (Math.Abs(matrix[pivot * n + k]) < 1e-14)
                return;
            for (int j = 0; j < n && pivot != k; j++)
            {
                (matrix[k * n + j], matrix[pivot * n + j]) = (matrix[pivot * n + j], matrix[k * n + j]);
                (fresh[k * n + j], fresh[pivot * n + j]) = (fresh[pivot * n + j], fresh[k * n + j]);
            }
            double scale = 1 / matrix[k * n + k];
            for (int j = 0; j < n; j++)
            {
                matrix[k * n + j] *= scale;
                fresh[k * n + j] *= scale;
            }
            for (int i = 0; i < n; i++)
                if (i != k && matrix[i * n + k] is var by and not 0)
                {
                    LinearAlgebra.AddScaled(-by, matrix.AsSpan(k * n, n), matrix.AsSpan(i * n, n));
                    LinearAlgebra.AddScaled(-by, fresh.AsSpan(k * n, n), fresh.AsSpan(i * n, n));
                }
        }
        fresh.CopyTo(inverse, 0);
        for (int k = 0; k < n; k++)
            level[k] = Math.Max(0, LinearAlgebra.Dot(inverse.AsSpan(k * n, n), right));
    }
}
