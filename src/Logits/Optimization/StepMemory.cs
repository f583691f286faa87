namespace Logits.Optimization;

/// <summary>The latest steps with the changes of the gradient, and a metric to begin from: the two-loop recursion of limited-memory BFGS.</summary>
/// <remarks>Without a metric it is the identity times sᵀy / yᵀy of the latest step. Source: Nocedal, Updating Quasi-Newton Matrices with Limited Storage (1980).</remarks>
sealed class StepMemory(int length, Func<double[], double[]>? metric = null)
{
    readonly List<(double[] Step, double[] Change, double Curvature)> _moves = [];

    /// <summary>The steps remembered.</summary>
    public int Count => _moves.Count;

    public void Clear() => _moves.Clear();

    /// <summary>Remembers a step; one without curvature is left out.</summary>
    public void Add(double[] from, double[] to, double[] gradient, double[] next)
    {
        double[] step = new double[from.Length], change = new double[from.Length];
        for (int j = 0; j < step.Length; j++)
        {
            step[j] = to[j] - from[j];
            change[j] = next[j] - gradient[j];
        }
        double curvature = LinearAlgebra.Dot(step, change);
        if (!(curvature > 1e-14 * Math.Sqrt(LinearAlgebra.Dot(step, step) * LinearAlgebra.Dot(change, change))))
            return;
        if (_moves.Count == length)
            _moves.RemoveAt(0);
        _moves.Add((step, change, curvature));
    }

    /// <summary>The direction to subtract.</summary>
    public double[] Direction(double[] gradient)
    {
        var q = (double[])gradient.Clone();
        var alpha = new double[_moves.Count];
        for (int m = _moves.Count - 1; m >= 0; m--)
        {
            alpha[m] = LinearAlgebra.Dot(_moves[m].Step, q) / _moves[m].Curvature;
            LinearAlgebra.AddScaled(-alpha[m], _moves[m].Change, q);
        }
        var r = metric is null ? Scaled(q) : metric(q);
        for (int m = 0; m < _moves.Count; m++)
        {
            double beta = LinearAlgebra.Dot(_moves[m].Change, r) / _moves[m].Curvature;
            LinearAlgebra.AddScaled(alpha[m] - beta, _moves[m].Step, r);
        }
        return r;
    }

    double[] Scaled(double[] q)
    {
        if (_moves.Count == 0) return q;
        var (_, change, curvature) = _moves[^1];
        double scale = curvature / LinearAlgebra.Dot(change, change);
        for (int j = 0; j < q.Length; j++) q[j] *= scale;
        return q;
    }
}
