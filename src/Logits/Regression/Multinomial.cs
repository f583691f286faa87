using Logits.Optimization;

namespace Logits.Regression;

/// <summary>How the K − 1 free sets of coefficients of a softmax over K classes are written down.</summary>
public enum ClassCoding
{
    /// <summary>Differences to the first class: K − 1 sets of log odds ratios.</summary>
    Reference,

    /// <summary>K sets that add up to 0 in every column.</summary>
    Symmetric,
}

/// <summary>One of K classes: P(y = k) = softmax(xᵀβ)ₖ, by maximum likelihood. The response may be a distribution over the classes.</summary>
/// <param name="Coding">How the coefficients are written down; the probabilities are the same.</param>
/// <remarks>Source: McFadden, Conditional logit analysis (1973). Rows of equal content are joined, columns standardized inside: see <see cref="Binomial"/>.</remarks>
public sealed record Multinomial(ClassCoding Coding = ClassCoding.Reference) : RegressionModel
{
    /// <inheritdoc/>
    public override string Family => "multinomial";

    /// <inheritdoc/>
    public override MultinomialFit Fit(ModelFrame frame)
    {
        if (frame.OffsetArray is not null)
            throw new ArgumentException("a multinomial model takes no offset: one number a row shifts every class alike and changes nothing.", nameof(frame));
        var (targets, levels, _) = frame.Response.AsClasses();
        int classes = levels.Length, p = frame.Design.Columns;
        var (rows, weights) = CanonicalRows.Of(frame.Design.Rows, [(frame.Design.Data, p), (targets, classes)], frame.WeightArray);
        var merged = new double[rows.Length * classes];
        var shares = new double[classes];
        for (int i = 0; i < rows.Length; i++)
            for (int k = 0; k < classes; k++)
                shares[k] += weights[i] * (merged[i * classes + k] = targets[rows[i] * classes + k]);
        Throw.IfClassMissing(shares, levels, frame.Response.Name, "its coefficients would go to −∞");
        var columns = new Standardization(frame.Design, rows, weights, frame.Design.Intercept >= 0);
        columns.RequireFullRank(frame.Design, weights);
        var likelihood = new MultinomialLikelihood(columns.X, columns.N, p, classes, merged, weights);
        var start = new double[likelihood.Parameters];
        if (columns.Intercept >= 0)
            for (int k = 1; k < classes; k++)
                start[(k - 1) * p + columns.Intercept] = Math.Log(shares[k] / shares[0]);
        var best = Maximizer.Maximize(likelihood, start);
        var block = columns.Map();
        var fitted = new FittedLikelihood(likelihood, best, Coded(block, classes));
        string[] names = Names(frame.Design, levels);
        var limit = fitted.Certificate.Proof == Proof.Global ? null : SeparationFinder.Multinomial(columns, merged, classes, rows, fitted.Map, names, frame);
        var rest = limit?.Fit(new MultinomialLikelihood(columns.X, columns.N, p, classes, merged, weights, limit.Apart), fitted);
        return new(this, frame, levels, names, fitted, columns, limit?.Separation, rest);
    }

    string[] Names(DesignMatrix design, string[] levels) =>
        [.. levels.Skip(Coding == ClassCoding.Reference ? 1 : 0).SelectMany(level => design.Names.Select(name => $"{level}~{name}"))];

    /// <summary>From K − 1 standardized blocks to the coefficients asked for.</summary>
    Matrix Coded(Matrix block, int classes)
    {
        int p = block.Rows, free = classes - 1, shown = Coding == ClassCoding.Reference ? free : classes;
        var map = new Matrix(shown * p, free * p);
        for (int k = 0; k < shown; k++)
            for (int l = 0; l < free; l++)
            {
                // Symmetric: γₖ = βₖ − (β₁ + … )/K with β₀ = 0.
                double share = Coding == ClassCoding.Reference ? (k == l ? 1 : 0) : (k == l + 1 ? 1 : 0) - 1.0 / classes;
                if (share != 0)
                    for (int a = 0; a < p; a++)
                        for (int b = 0; b < p; b++)
                            map[k * p + a, l * p + b] = share * block[a, b];
            }
        return map;
    }
}

/// <summary>ℓ(β) = Σ wᵢ Σₖ tᵢₖ log softmax(xᵢᵀβ)ₖ with β₀ = 0; parameters class after class.</summary>
/// <param name="x">Rows × columns.</param>
/// <param name="rows">n.</param>
/// <param name="columns">p.</param>
/// <param name="classes">K.</param>
/// <param name="targets">n × K shares.</param>
/// <param name="weights">n weights.</param>
/// <param name="apart">n × K: classes that a row has nothing to do with, and that its softmax leaves out; null for none.</param>
sealed class MultinomialLikelihood(double[] x, int rows, int columns, int classes, double[] targets, double[] weights, bool[]? apart = null) : Likelihood
{
    readonly double[] _p = new double[rows * classes], _curve = new double[rows], _block = new double[columns * columns];

    public override int Parameters => columns * (classes - 1);

    public override double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, double[]? information)
    {
        gradient.Clear();
        var sum = new ExactSum();
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * columns, columns);
            var z = _p.AsSpan(i * classes, classes);
            for (int k = 0; k < classes; k++)
                z[k] = IsApart(i, k) ? double.NegativeInfinity : k == 0 ? 0 : LinearAlgebra.Dot(row, point.Slice((k - 1) * columns, columns));
            double log = Vectors.LogSumExp(z);
            for (int k = 0; k < classes; k++)
            {
                double t = targets[i * classes + k], logP = z[k] - log;
                if (t > 0)
                    sum.Add(weights[i] * t * logP);
                z[k] = Math.Exp(logP);
                if (k > 0)
                    LinearAlgebra.AddScaled(weights[i] * (t - z[k]), row, gradient.Slice((k - 1) * columns, columns));
            }
        }
        if (information is not null)
            Information(information);
        return sum.Value;
    }

    bool IsApart(int row, int k) => apart is not null && apart[row * classes + k];

    void Information(double[] information)
    {
        int n = Parameters;
        for (int k = 1; k < classes; k++)
            for (int l = 1; l <= k; l++)
            {
                for (int i = 0; i < rows; i++)
                {
                    double pk = _p[i * classes + k], pl = _p[i * classes + l];
                    _curve[i] = weights[i] * (k == l ? pk * (1 - pk) : -pk * pl);
                }
                Array.Clear(_block);
                WeightedGram.Add(x, rows, columns, _curve, _block);
                for (int a = 0; a < columns; a++)
                    for (int b = 0; b < columns; b++)
                    {
                        information[((k - 1) * columns + a) * n + (l - 1) * columns + b] = _block[a * columns + b];
                        information[((l - 1) * columns + b) * n + (k - 1) * columns + a] = _block[a * columns + b];
                    }
            }
    }

    /// <summary>
    /// The third derivative along u of a row's log-sum-exp is a third central moment: at most the range of the class scores xᵀu times their
    /// variance. The range is the largest difference between two classes, and that is bounded by its norm in the metric of the information.
    /// </summary>
    public override double Concordance(Metric metric)
    {
        double largest = 0;
        var difference = new double[Parameters];
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * columns, columns);
            for (int k = 1; k < classes; k++)
                for (int l = 0; l < k; l++)
                {
                    if (IsApart(i, k) || IsApart(i, l))
                        continue;
                    Array.Clear(difference);
                    row.CopyTo(difference.AsSpan((k - 1) * columns));
                    if (l > 0)
                        LinearAlgebra.AddScaled(-1, row, difference.AsSpan((l - 1) * columns, columns));
                    largest = Math.Max(largest, metric.Dual(difference));
                }
        }
        return largest;
    }

    public override bool IsConcave => true;

    public override double Rounding(ReadOnlySpan<double> point, Span<double> gradient, Span<double> information)
    {
        gradient.Clear();
        information.Clear();
        double value = 0, unit = (rows + Functions) * Unit;
        var z = new double[classes];
        var lengths = new double[classes];
        for (int k = 1; k < classes; k++)
            lengths[k] = Length(point.Slice((k - 1) * columns, columns));
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * columns, columns);
            double error = 0, largest = 0;
            z[0] = IsApart(i, 0) ? double.NegativeInfinity : 0;
            for (int k = 1; k < classes; k++)
            {
                if (IsApart(i, k))
                {
                    z[k] = double.NegativeInfinity;
                    continue;
                }
                z[k] = LinearAlgebra.Dot(row, point.Slice((k - 1) * columns, columns));
                error = Math.Max(error, PredictorError(row, lengths[k], 0));
                largest = Math.Max(largest, Math.Abs(z[k]));
            }
            // Of log p, and so the relative one of p.
            double relative = 2 * error + (8 * (1 + largest) + classes + Functions) * Unit, log = Vectors.LogSumExp(z);
            for (int k = 0; k < classes; k++)
            {
                double t = targets[i * classes + k], p = Math.Exp(z[k] - log);
                if (t > 0)
                    value += weights[i] * t * relative;
                if (k > 0)
                    AddErrors(row, weights[i] * (unit * (t + p) + relative * p), gradient.Slice((k - 1) * columns, columns),
                        weights[i] * p * (unit + 4 * relative), information.Slice((k - 1) * columns, columns));
            }
        }
        return value;
    }
}

/// <summary>A fitted multinomial model.</summary>
public sealed class MultinomialFit : LikelihoodFit
{
    readonly Standardization _columns;
    readonly string[] _levels;
    readonly ClassCoding _coding;

    internal MultinomialFit(Multinomial model, ModelFrame frame, string[] levels, string[] names, FittedLikelihood fitted, Standardization columns, Separation? separation, FittedLikelihood? limit)
        : base(model, frame, names, fitted, separation, limit)
    {
        (_columns, _levels, _coding) = (columns, levels, model.Coding);
        LogLikelihood = (limit ?? fitted).Best.Value;
        NullLogLikelihood = NullValue(fitted);
        Deviance = 2 * (0 - LogLikelihood);
        NullDeviance = 2 * (0 - NullLogLikelihood);
        Observations = Enumerable.Range(0, frame.Design.Rows).Count(i => frame.Weight(i) > 0);
        SumOfWeights = Enumerable.Range(0, frame.Design.Rows).Sum(frame.Weight);
    }

    /// <summary>The classes.</summary>
    public IReadOnlyList<string> Levels => _levels;

    /// <inheritdoc/>
    public override bool HasOddsRatios => true;

    private protected override IReadOnlyList<DesignTerm> Terms => Frame.Design.Terms;

    private protected override bool[] CoordinatesOf(DesignTerm term) => Chosen(j => j >= term.First && j < term.First + term.Count);

    private protected override bool[] Slopes => Chosen(j => j != Frame.Design.Intercept);

    bool[] Chosen(Func<int, bool> column) => [.. Enumerable.Range(0, Fitted!.Likelihood.Parameters).Select(j => column(j % Frame.Design.Columns))];

    private protected override string? LevelOf(int parameter) => _levels[parameter / Frame.Design.Columns + (_coding == ClassCoding.Reference ? 1 : 0)];

    private protected override string NameOf(int parameter) => Frame.Design.Names[parameter % Frame.Design.Columns];

    /// <inheritdoc/>
    public override LogitModel ToModel() => ToModel("multinomial", Link.Logit, Frame.Design.Names, _levels, _columns.Means, _columns.Scales,
        [.. new double[Frame.Design.Columns], .. Inference.Best.Point], -LogLikelihood / SumOfWeights);

    /// <summary>The probabilities of the K classes at predictors given in the columns of the design, the constant included.</summary>
    public double[] Probabilities(ReadOnlySpan<double> row) => ToModel().Probabilities(row);
}
