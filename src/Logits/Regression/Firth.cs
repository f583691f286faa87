using Logits.Distributions;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Logistic regression with Firth's penalty: maximizes ℓ(β) + ½ log|XᵀWX|. The estimates are finite also under separation, and less biased.</summary>
/// <remarks>
/// Newton's method with the exact Hessian of the penalised likelihood and a line search, so that it converges where it is needed. Standard
/// errors come from the inverse information without the penalty; intervals and tests from the profile of the penalised likelihood.
/// Sources: Firth, Bias reduction of maximum likelihood estimates (1993); Heinze and Schemper, A solution to the problem of separation (2002).
/// </remarks>
public sealed record Firth : RegressionModel
{
    /// <inheritdoc/>
    public override string Family => "firth";

    /// <inheritdoc/>
    public override FirthFit Fit(ModelFrame frame)
    {
        var data = BinomialData.Of(frame);
        var columns = new Standardization(frame.Design, data.Rows, data.Weights, frame.Design.Intercept >= 0);
        columns.RequireFullRank(frame.Design, data.Weights);
        var likelihood = new FirthLikelihood(columns.X, columns.N, columns.P, data.Successes, data.Failures, data.Weights, data.Offset);
        var fitted = new FittedLikelihood(likelihood, Maximizer.Maximize(likelihood, new double[columns.P], limit: 200), columns.Map());
        return new(this, frame, fitted, columns, data);
    }
}

/// <summary>ℓ(β) + ½ log|XᵀWX| with W = diag(n p q).</summary>
sealed class FirthLikelihood(double[] x, int rows, int columns, double[] successes, double[] failures, double[] weights, double[]? offset) : Likelihood
{
    public override int Parameters => columns;

    public override double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, double[]? information)
    {
        gradient.Clear();
        double[] first = new double[rows], second = new double[rows], curve = new double[rows];
        var sum = new ExactSum();
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * columns, columns);
            double eta = LinearAlgebra.Dot(row, point) + (offset is null ? 0 : offset[i]);
            var t = Link.Logit.Tails(eta);
            double s = weights[i] * successes[i], f = weights[i] * failures[i], n = s + f;
            double p = LogMath.Sigmoid(eta), q = LogMath.Sigmoid(-eta), w = n * p * q;
            sum.Add(s * t.LogP);
            sum.Add(f * t.LogQ);
            LinearAlgebra.AddScaled(s * q - f * p, row, gradient);
            (curve[i], first[i], second[i]) = (w, w * (q - p), w * (1 - 6 * p * q));
        }
        var gram = new double[columns * columns];
        WeightedGram.Add(x, rows, columns, curve, gram);
        if (Cholesky.Factor(gram, columns) is not { } factor)
            return double.NegativeInfinity;
        // uᵢ = L⁻¹xᵢ; the penalty's gradient is ½ Σ w′ᵢ|uᵢ|² xᵢ, its Hessian ½ Σ w″ᵢ|uᵢ|² xᵢxᵢᵀ − ½ Σᵢₖ w′ᵢw′ₖ(uᵢᵀuₖ)² xᵢxₖᵀ.
        int pairs = columns * (columns + 1) / 2;
        double[]? tensor = information is null ? null : new double[columns * pairs];
        var u = new double[columns];
        var products = new double[pairs];
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * columns, columns);
            row.CopyTo(u);
            factor.SolveLower(u);
            double leverage = LinearAlgebra.Dot(u, u);
            LinearAlgebra.AddScaled(0.5 * first[i] * leverage, row, gradient);
            curve[i] -= 0.5 * second[i] * leverage;
            if (tensor is null)
                continue;
            // (uᵢᵀuₖ)² is the inner product of the matrices uuᵀ: Σᵢₖ becomes BᵀB with one row of B a pair of coordinates.
            for (int a = 0, k = 0; a < columns; a++)
                for (int b = 0; b <= a; b++, k++)
                    products[k] = first[i] * u[a] * u[b] * (a == b ? 1 : Math.Sqrt(2));
            for (int j = 0; j < columns; j++)
                LinearAlgebra.AddScaled(row[j], products, tensor.AsSpan(j * pairs, pairs));
        }
        if (information is not null)
        {
            Array.Clear(information);
            WeightedGram.Add(x, rows, columns, curve, information);
            for (int a = 0; a < columns; a++)
                for (int b = 0; b < columns; b++)
                    information[a * columns + b] += 0.5 * LinearAlgebra.Dot(tensor.AsSpan(a * pairs, pairs), tensor.AsSpan(b * pairs, pairs));
        }
        return sum.Value + 0.5 * factor.LogDeterminant;
    }

    /// <summary>With the penalty the sum need not be concave: what is proven of a maximum is proven around it.</summary>
    public override bool IsConcave => false;

    /// <remarks>
    /// A row's part is n·p(1 − p)·|(1 − 2p)|·|xᵀv|³ in the likelihood. The k-th derivatives of w = n·p(1 − p) are at most w, so those of XᵀWX along v lie between
    /// ∓Cᵏ·XᵀWX with C the largest |xᵀv|, and the third derivative ½[tr(I⁻¹I‴) − 3 tr(I⁻¹I″I⁻¹I′) + 2 tr((I⁻¹I′)³)] of the penalty is at most 3PC³.
    /// </remarks>
    public override double ThirdDerivative(Metric metric, ReadOnlySpan<double> point, double radius)
    {
        double sum = 0, largest = 0;
        var functional = new double[columns];
        for (int i = 0; i < rows; i++)
        {
            x.AsSpan(i * columns, columns).CopyTo(functional);
            double eta = LinearAlgebra.Dot(functional, point) + (offset is null ? 0 : offset[i]), norm = metric.Dual(functional);
            largest = Math.Max(largest, norm);
            // p(1 − p) grows by no more than e^|change of η|.
            sum += weights[i] * (successes[i] + failures[i]) * LogMath.Sigmoid(eta) * LogMath.Sigmoid(-eta) * Math.Exp(radius * norm) * norm * norm * norm;
        }
        return sum + 3 * columns * largest * largest * largest;
    }

    public override double Rounding(ReadOnlySpan<double> point, Span<double> gradient, Span<double> information)
    {
        gradient.Clear();
        information.Clear();
        double value = 0, unit = (rows + Functions) * Unit, length = Length(point);
        var gram = new double[columns * columns];
        Expected(point, gram);
        if (Cholesky.Factor(gram, columns) is not { } factor)
            return double.PositiveInfinity;
        // The relative error of XᵀWX in its own metric, and so of the leverages.
        var inverse = factor.Inverse();
        double size = 0, largestError = 0;
        for (int j = 0; j < columns; j++)
            size += Math.Sqrt(gram[j * columns + j] * inverse[j, j]);
        for (int i = 0; i < rows; i++)
            largestError = Math.Max(largestError, PredictorError(x.AsSpan(i * columns, columns), length, offset is null ? 0 : offset[i]));
        double relative = (rows + 4 * columns + Functions) * Unit * size * size + 2 * largestError;
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * columns, columns);
            double shift = offset is null ? 0 : offset[i], eta = LinearAlgebra.Dot(row, point) + shift, error = PredictorError(row, length, shift);
            var t = Link.Logit.Tails(eta);
            double s = weights[i] * successes[i], f = weights[i] * failures[i], p = LogMath.Sigmoid(eta), q = LogMath.Sigmoid(-eta), w = (s + f) * p * q;
            double leverage = w * inverse.Quadratic(row), slope = s * q + f * p;
            value += slope * error;
            // Pairs of rows: Σᵢₖ |w′ᵢw′ₖ|(uᵢᵀuₖ)²|xᵢⱼxₖⱼ| ≤ (Σᵢ hᵢ|xᵢⱼ|)² ≤ P·Σᵢ hᵢxᵢⱼ², h the leverages.
            AddErrors(row, slope * unit + w * error + leverage * (unit + 2 * relative), gradient,
                w * (unit + error) + (1 + columns) * leverage * (unit + 4 * relative), information);
        }
        return value + 0.5 * columns * relative + Functions * Unit * Math.Abs(factor.LogDeterminant);
    }

    public override void Expected(ReadOnlySpan<double> point, double[] information)
    {
        var curve = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            double eta = LinearAlgebra.Dot(x.AsSpan(i * columns, columns), point) + (offset is null ? 0 : offset[i]);
            curve[i] = weights[i] * (successes[i] + failures[i]) * LogMath.Sigmoid(eta) * LogMath.Sigmoid(-eta);
        }
        Array.Clear(information);
        WeightedGram.Add(x, rows, columns, curve, information);
    }
}

/// <summary>A fit with Firth's penalty.</summary>
public sealed class FirthFit : LikelihoodFit
{
    readonly Standardization _columns;

    internal FirthFit(Firth model, ModelFrame frame, FittedLikelihood fitted, Standardization columns, BinomialData data)
        : base(model, frame, frame.Design.Names, fitted, null)
    {
        _columns = columns;
        var plain = data.Likelihood(columns, Link.Logit);
        LogLikelihood = plain.Evaluate(fitted.Best.Point, new double[columns.P], null);
        // |XᵀWX| is that of the columns as given: the scales come back in.
        PenalizedLogLikelihood = fitted.Best.Value + columns.Scales.Sum(Math.Log);
        var restricted = fitted.Restrict(Slopes);
        NullLogLikelihood = plain.Evaluate(restricted.Point, new double[columns.P], null);
        Deviance = 2 * (0 - LogLikelihood);
        NullDeviance = 2 * (0 - NullLogLikelihood);
        Observations = Enumerable.Range(0, frame.Design.Rows).Count(i => frame.Weight(i) > 0);
        SumOfWeights = Enumerable.Range(0, frame.Design.Rows).Sum(frame.Weight);
    }

    /// <summary>ℓ + ½ log|XᵀWX| at the estimates.</summary>
    public double PenalizedLogLikelihood { get; }

    /// <inheritdoc/>
    public override bool HasOddsRatios => true;

    private protected override IReadOnlyList<DesignTerm> Terms => Frame.Design.Terms;

    private protected override bool[] CoordinatesOf(DesignTerm term) =>
        [.. Enumerable.Range(0, Names.Count).Select(j => j >= term.First && j < term.First + term.Count)];

    private protected override bool[] Slopes => [.. Enumerable.Range(0, Names.Count).Select(j => j != Frame.Design.Intercept)];

    /// <summary>The penalised likelihood-ratio test that one parameter is 0.</summary>
    public HypothesisTest PenalizedTest(int parameter)
    {
        var restricted = Inference.Maximize(Inference.Best.Point, normal: Inference.Functional(parameter), limit: 200);
        return Inference.LikelihoodRatio(restricted, 1);
    }

    /// <inheritdoc/>
    public override LogitModel ToModel() => ToModel("firth", Link.Logit, Names, [Frame.Response.Failure, Frame.Response.Success], _columns.Means, _columns.Scales,
        Inference.Best.Point, -LogLikelihood / SumOfWeights);

    /// <summary>The probability at predictors given in the columns of the design, the constant included.</summary>
    public double Probability(ReadOnlySpan<double> row, double offset = 0) => ToModel().Probabilities(row, offset)[1];

    /// <summary>The probability of every row of the frame.</summary>
    public double[] FittedProbabilities()
    {
        var model = ToModel();
        return [.. Enumerable.Range(0, Frame.Design.Rows).Select(i => model.Probabilities(Frame.Design[i], Frame.OffsetAt(i))[1])];
    }
}
