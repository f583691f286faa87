using Logits.Optimization;

namespace Logits.Regression;

/// <summary>ℓ(β) = Σ wᵢ [sᵢ log F(ηᵢ) + fᵢ log(1 − F(ηᵢ))], η = Xβ + offset, without the binomial coefficients.</summary>
sealed class BinomialLikelihood(Func<double[]> predictors, int rows, int columns, int stride, double[] successes, double[] failures, double[] weights, double[]? offset, Link link) : Likelihood
{
    readonly double[] _curve = new double[rows];
    double _longest = double.NaN; // the length of the longest row, where a pass has found it

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

    public override bool IsConcave => link.IsLogConcave;

    public override double Concordance(Metric metric)
    {
        if (link != Link.Logit)
            return double.PositiveInfinity;
        // xᵀH⁻¹x ≤ ‖x‖²·‖H⁻¹‖: coarser, and without a pass.
        if (IsLarge && !double.IsNaN(_longest))
            return metric.LargestDual * _longest;
        double largest = 0;
        foreach (double norm in Norms(metric))
            largest = Math.Max(largest, norm);
        return largest;
    }

    public override double ThirdDerivative(Metric metric, ReadOnlySpan<double> point, double radius)
    {
        double[] x = predictors();
        double sum = 0;
        int i = 0;
        foreach (double norm in Norms(metric))
        {
            double eta = LinearAlgebra.Dot(x.AsSpan(i * stride, columns), point) + (offset is null ? 0 : offset[i]);
            var t = link.Tails(eta);
            var (first, second) = link.LogDensity(eta, radius * norm);
            (first, second) = (first * norm, (first * first + second) * norm * norm);
            if (successes[i] > 0)
                sum += weights[i] * successes[i] * Metric.ThirdDerivative(t.SlopeP * norm, first, second, radius);
            if (failures[i] > 0)
                sum += weights[i] * failures[i] * Metric.ThirdDerivative(-t.SlopeQ * norm, first, second, radius);
            i++;
        }
        return sum;
    }

    /// <summary>Whether bounds are taken that cost no more than a pass over the predictors.</summary>
    bool IsLarge => (double)rows * columns * columns > 2e7;

    /// <summary>The dual norms of the rows.</summary>
    IEnumerable<double> Norms(Metric metric)
    {
        double coarse = IsLarge ? metric.LargestDual : 0;
        double[] x = predictors(), row = new double[columns];
        for (int i = 0; i < rows; i++)
        {
            x.AsSpan(i * stride, columns).CopyTo(row);
            yield return coarse > 0 ? coarse * Math.Sqrt(LinearAlgebra.Dot(row, row)) : metric.Dual(row);
        }
    }

    public override double Rounding(ReadOnlySpan<double> point, Span<double> gradient, Span<double> information)
    {
        gradient.Clear();
        information.Clear();
        double value = 0, unit = (rows + Functions) * Unit, length = Length(point);
        bool coarse = link == Link.Logit && IsLarge;
        double longest = 0;
        double[] x = predictors();
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * stride, columns);
            double shift = offset is null ? 0 : offset[i], size = Length(row), error = PredictorError(columns, size * length, shift), s = weights[i] * successes[i], f = weights[i] * failures[i];
            if (coarse)
            {
                // The slope of a trial is at most 1 and its curvature ¼; what the logarithms add up to is the value itself, which the caller allows for.
                value += (s + f) * error;
                longest = Math.Max(longest, size);
                AddErrors(row, (s + f) * (unit + 0.25 * error), gradient, 0.25 * (s + f) * (unit + error), information);
                continue;
            }
            double eta = LinearAlgebra.Dot(row, point) + shift;
            var t = link.Tails(eta);
            double slope = s * t.SlopeP - f * t.SlopeQ, curve = s * Math.Abs(t.CurveP) + f * Math.Abs(t.CurveQ), doubt;
            if (link == Link.Logit)
                doubt = curve * (unit + error);
            else
            {
                // A curvature is a difference of terms of size slope·(|(log f)′| + slope).
                var (first, second) = link.LogDensity(eta, error);
                doubt = curve * unit + s * Doubt(t.SlopeP) + f * Doubt(-t.SlopeQ);
                double Doubt(double g) => g * ((first + g) * Functions * Unit + (first * first + second + g * (3 * first + 2 * g)) * error);
            }
            value += slope * error;
            AddErrors(row, slope * unit + curve * error, gradient, doubt, information);
        }
        if (coarse)
            _longest = longest;
        return value;
    }
}
