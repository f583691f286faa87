using Logits.Optimization;

namespace Logits.Regression;

/// <summary>A likelihood on a subspace of its parameters, θ = basis·γ.</summary>
/// <param name="whole">The likelihood.</param>
/// <param name="basis">The basis, its columns orthonormal.</param>
sealed class SubspaceLikelihood(Likelihood whole, Matrix basis) : Likelihood
{
    readonly Matrix _transposed = basis.Transpose();
    readonly double[] _gradient = new double[basis.Rows], _information = new double[basis.Rows * basis.Rows];

    public override int Parameters => basis.Columns;
    public override bool IsCanonical => whole.IsCanonical;
    public override bool IsConcave => whole.IsConcave;

    public override double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, double[]? information)
    {
        double value = whole.Evaluate(basis.Times(point), _gradient, information is null ? null : _information);
        _transposed.Times(_gradient).CopyTo(gradient);
        if (information is not null)
            Reduce(information);
        return value;
    }

    public override void Expected(ReadOnlySpan<double> point, double[] information)
    {
        whole.Expected(basis.Times(point), _information);
        Reduce(information);
    }

    void Reduce(double[] information) => Matrix.Sandwich(_transposed, new(basis.Rows, basis.Rows, _information)).Data.CopyTo(information, 0);

    public override double Concordance(Metric metric) => whole.Concordance(metric.Within(basis));

    public override double ThirdDerivative(Metric metric, ReadOnlySpan<double> point, double radius) => whole.ThirdDerivative(metric.Within(basis), basis.Times(point), radius);

    public override double Rounding(ReadOnlySpan<double> point, Span<double> gradient, Span<double> information)
    {
        int n = basis.Rows;
        double[] inner = new double[n], doubts = new double[n];
        var theta = basis.Times(point);
        double value = whole.Rounding(theta, inner, doubts);
        whole.Evaluate(theta, _gradient, _information);
        gradient.Clear();
        information.Clear();
        for (int j = 0; j < n; j++)
            for (int k = 0; k < basis.Columns; k++)
            {
                double share = Math.Abs(basis[j, k]);
                // The projections add n products of their own.
                gradient[k] += share * (inner[j] + 2 * n * Unit * Math.Abs(_gradient[j]));
                information[k] += share * Math.Sqrt(doubts[j] + 4 * n * Unit * Math.Abs(_information[j * n + j]));
            }
        for (int k = 0; k < basis.Columns; k++)
            information[k] *= information[k];
        return value;
    }
}
