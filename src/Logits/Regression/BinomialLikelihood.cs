using Logits.Optimization;

namespace Logits.Regression;

/// <summary>ℓ(β) = Σ wᵢ [sᵢ log F(ηᵢ) + fᵢ log(1 − F(ηᵢ))], η = Xβ + offset, without the binomial coefficients.</summary>
sealed class BinomialLikelihood(Func<double[]> predictors, int rows, int columns, int stride, double[] successes, double[] failures, double[] weights, double[]? offset, Link link) : Likelihood
{
    readonly double[] _curve = new double[rows];

    public override int Parameters => columns;

    public override double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, double[]? information)
    {
        gradient.Clear();
        double[] x = predictors();
        var sum = new ExactSum();
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * stride, columns);
            var t = link.Tails(LinearAlgebra.Dot(row, point) + (offset is null ? 0 : offset[i]));
            double s = weights[i] * successes[i], f = weights[i] * failures[i];
            if (s > 0)
                sum.Add(s * t.LogP);
            if (f > 0)
                sum.Add(f * t.LogQ);
            LinearAlgebra.AddScaled((s > 0 ? s * t.SlopeP : 0) + (f > 0 ? f * t.SlopeQ : 0), row, gradient);
            _curve[i] = -((s > 0 ? s * t.CurveP : 0) + (f > 0 ? f * t.CurveQ : 0));
        }
        if (information is not null)
            InformationAtLast(point, gradient, information);
        return sum.Value;
    }

    public override void InformationAtLast(ReadOnlySpan<double> point, Span<double> gradient, double[] information)
    {
        Array.Clear(information);
        WeightedGram.Add(predictors(), rows, columns, stride, _curve, information);
    }

    public override bool IsCanonical => link == Link.Logit;

    public override void Expected(ReadOnlySpan<double> point, double[] information)
    {
        double[] x = predictors(), curve = new double[rows];
        for (int i = 0; i < rows; i++)
            curve[i] = weights[i] * (successes[i] + failures[i]) * link.Tails(LinearAlgebra.Dot(x.AsSpan(i * stride, columns), point) + (offset is null ? 0 : offset[i])).Information;
        Array.Clear(information);
        WeightedGram.Add(predictors(), rows, columns, stride, curve, information);
    }

    public override double Concordance(Cholesky information)
    {
        if (link != Link.Logit)
            return double.PositiveInfinity;
        double[] x = predictors();
        double largest = 0;
        if ((double)rows * columns * columns > 2e7)
        {
            // xᵀH⁻¹x ≤ ‖x‖²·‖H⁻¹‖, and the norm is at most the largest row sum: coarser, and one pass.
            var inverse = information.Inverse();
            double norm = 0;
            for (int j = 0; j < columns; j++)
            {
                double row = 0;
                foreach (double entry in inverse[j])
                    row += Math.Abs(entry);
                norm = Math.Max(norm, row);
            }
            for (int i = 0; i < rows; i++)
                largest = Math.Max(largest, LinearAlgebra.Dot(x.AsSpan(i * stride, columns), x.AsSpan(i * stride, columns)));
            return Math.Sqrt(largest * norm);
        }
        var solved = new double[columns];
        for (int i = 0; i < rows; i++)
        {
            x.AsSpan(i * stride, columns).CopyTo(solved);
            information.SolveLower(solved);
            largest = Math.Max(largest, LinearAlgebra.Dot(solved, solved));
        }
        return Math.Sqrt(largest);
    }
}
