using Logits.Optimization;

namespace Logits.Regression;

/// <summary>The cone of directions {d : aᵢᵀd ≥ 0 for all i} along which a likelihood never falls.</summary>
sealed class RecessionCone
{
    readonly double[][] _constraints;
    readonly int _dimensions;

    RecessionCone(double[][] constraints, int dimensions, List<int> separated, double[] direction) =>
        (_constraints, _dimensions, Separated, Direction) = (constraints, dimensions, separated, direction);

    /// <summary>The constraints that some direction of the cone makes positive.</summary>
    public List<int> Separated { get; }

    /// <summary>A direction of the cone that makes all of them positive at once; 0 when there are none.</summary>
    public double[] Direction { get; }

    /// <summary>
    /// An orthonormal basis (in columns) of the space that the constraints which are not separated span. The limit of the likelihood depends on nothing else; directions
    /// that this space does not see are free in it.
    /// </summary>
    public Matrix Determined()
    {
        var apart = new bool[_constraints.Length];
        foreach (int i in Separated)
            apart[i] = true;
        var basis = new List<double[]>();
        for (int i = 0; i < _constraints.Length && basis.Count < _dimensions; i++)
            if (!apart[i])
                LinearAlgebra.Extend(basis, (double[])_constraints[i].Clone());
        var matrix = new Matrix(_dimensions, basis.Count);
        for (int k = 0; k < basis.Count; k++)
            for (int j = 0; j < _dimensions; j++)
                matrix[j, k] = basis[k][j];
        return matrix;
    }

    /// <summary>
    /// Maximizes Σ aᵢᵀd over the cone inside a box; what the answer makes positive is separated; the sum over the others is maximized again
    /// until it is 0. The cone is convex, so the directions found add up to one that separates all of them at once.
    /// </summary>
    public static RecessionCone Examine(double[][] constraints, int dimensions)
    {
        var rows = constraints.Select(row =>
        {
            double norm = Math.Sqrt(LinearAlgebra.Dot(row, row));
            return norm == 0 ? row : [.. row.Select(x => x / norm)];
        }).ToArray();
        var separated = new bool[rows.Length];
        var program = new ConeProgram(rows, dimensions);
        var sum = new double[dimensions];
        while (true)
        {
            var objective = new double[dimensions];
            int left = 0;
            for (int i = 0; i < rows.Length; i++)
                if (!separated[i])
                {
                    LinearAlgebra.AddScaled(1, rows[i], objective);
                    left++;
                }
            if (left == 0)
                break;
            double size = LinearAlgebra.LargestAbsolute(objective);
            if (size == 0)
                break;
            for (int j = 0; j < dimensions; j++)
                objective[j] /= size;
            var direction = program.Maximize(objective);
            bool more = false;
            for (int i = 0; i < rows.Length; i++)
                if (!separated[i] && LinearAlgebra.Dot(rows[i], direction) > 1e-7)
                    separated[i] = more = true;
            if (!more)
                break;
            LinearAlgebra.AddScaled(1, direction, sum);
        }
        return new(rows, dimensions, [.. Enumerable.Range(0, rows.Length).Where(i => separated[i])], sum);
    }

    /// <summary>Where each parameter of the user's goes: the signs that its coordinate takes inside the cone.</summary>
    public CoefficientDirection[] Directions(Matrix map)
    {
        var program = new ConeProgram(_constraints, _dimensions);
        var directions = new CoefficientDirection[map.Rows];
        for (int j = 0; j < directions.Length; j++)
        {
            var functional = map[j].ToArray();
            double size = LinearAlgebra.LargestAbsolute(functional);
            for (int k = 0; k < functional.Length; k++)
                functional[k] /= size;
            bool up = LinearAlgebra.Dot(program.Maximize(functional), functional) > 1e-7;
            bool down = LinearAlgebra.Dot(program.Maximize([.. functional.Select(x => -x)]), functional) < -1e-7;
            directions[j] = up && down ? CoefficientDirection.Both : up ? CoefficientDirection.PlusInfinity : down ? CoefficientDirection.MinusInfinity : CoefficientDirection.Finite;
        }
        return directions;
    }
}
