using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Ordered classes: link(P(y ≤ k)) = θₖ − xᵀβ, θ₁ &lt; θ₂ &lt; …, by maximum likelihood. A positive slope favours higher classes.</summary>
/// <param name="Link">The link of the cumulative probabilities; the logit (proportional odds) when not given.</param>
/// <remarks>
/// The sign is that of MASS::polr. Standard errors come from the observed information. Parameters: slopes, then thresholds named <c>low|high</c>.
/// Probabilities of middle classes are differences of the nearer tail, so no infinity is replaced by a large number.
/// Source: McCullagh, Regression models for ordinal data (1980).
/// </remarks>
public sealed record Ordinal(Link? Link = null) : RegressionModel
{
    /// <summary>The link of the cumulative probabilities.</summary>
    public Link Link { get; } = Link ?? Link.Logit;

    /// <inheritdoc/>
    public override string Family => "ordinal";

    /// <inheritdoc/>
    public override OrdinalFit Fit(ModelFrame frame)
    {
        var (targets, levels, labels) = frame.Response.AsClasses();
        if (labels is null)
            throw new ArgumentException("an ordinal model takes one class a row; for distributions over classes use new Multinomial().", nameof(frame));
        var design = frame.Design.WithoutIntercept();
        int p = design.Columns, classes = levels.Length;
        double[] codes = [.. labels.Select(label => (double)label)];
        List<(double[], int)> contents = [(design.Data, p), (codes, 1)];
        if (frame.OffsetArray is not null)
            contents.Add((frame.OffsetArray, 1));
        var (rows, weights) = CanonicalRows.Of(design.Rows, [.. contents], frame.WeightArray);
        int[] merged = [.. rows.Select(i => labels[i])];
        double[]? offset = frame.OffsetArray is { } all ? [.. rows.Select(i => all[i])] : null;
        var counts = new double[classes];
        for (int i = 0; i < rows.Length; i++)
            counts[merged[i]] += weights[i];
        Throw.IfClassMissing(counts, levels, frame.Response.Name, "its thresholds would coincide");
        var columns = new Standardization(design, rows, weights, centre: true);
        columns.RequireFullRank(design, weights);
        var likelihood = new OrdinalLikelihood(columns.X, columns.N, p, classes, merged, weights, offset, Link);
        var start = new double[p + classes - 1];
        double below = 0, total = counts.Sum();
        for (int k = 0; k < classes - 1; k++)
            start[p + k] = Link.Predictor((below += counts[k]) / total);
        var map = new Matrix(start.Length, start.Length);
        for (int j = 0; j < p; j++)
        {
            map[j, j] = 1 / columns.Scales[j];
            for (int k = 0; k < classes - 1; k++)
                map[p + k, j] = columns.Means[j] / columns.Scales[j];
        }
        for (int k = 0; k < classes - 1; k++)
            map[p + k, p + k] = 1;
        var fitted = new FittedLikelihood(likelihood, Maximizer.Maximize(likelihood, start), map);
        string[] names = [.. design.Names, .. Enumerable.Range(0, classes - 1).Select(k => $"{levels[k]}|{levels[k + 1]}")];
        var limit = fitted.Certificate.Proof == Proof.Global ? null : SeparationFinder.Ordinal(columns, merged, classes, rows, map, names);
        var rest = limit?.Fit(new OrdinalLikelihood(columns.X, columns.N, p, classes, merged, weights, offset, Link, limit.Apart), fitted);
        return new(this, frame, design, levels, names, fitted, columns, limit?.Separation, rest);
    }
}

/// <summary>ℓ(β, θ) = Σ wᵢ log[F(θ_y − ηᵢ) − F(θ_{y−1} − ηᵢ)], η = xᵀβ + offset.</summary>
/// <param name="x">Rows × columns.</param>
/// <param name="rows">n.</param>
/// <param name="columns">p.</param>
/// <param name="classes">K.</param>
/// <param name="labels">n classes.</param>
/// <param name="weights">n weights.</param>
/// <param name="offset">n offsets or null.</param>
/// <param name="link">The link.</param>
/// <param name="open">n × 2: whether the cell of a row has no end above, below; null where only those of the first and the last class are open.</param>
sealed class OrdinalLikelihood(double[] x, int rows, int columns, int classes, int[] labels, double[] weights, double[]? offset, Link link, bool[]? open = null) : Likelihood
{
    public override int Parameters => columns + classes - 1;

    public override double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, double[]? information)
    {
        int n = Parameters;
        gradient.Clear();
        if (information is not null)
            Array.Clear(information);
        var sum = new ExactSum();
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * columns, columns);
            var (above, below) = Ends(i, point);
            if (!(above > below))
                return double.NegativeInfinity;
            bool hasAbove = !double.IsInfinity(above), hasBelow = !double.IsInfinity(below);
            double w = weights[i];
            int k = labels[i];
            var c = Cell(above, below);
            sum.Add(w * c.Log);
            LinearAlgebra.AddScaled(-w * (c.Upper + c.Lower), row, gradient);
            if (hasAbove)
                gradient[columns + k] += w * c.Upper;
            if (hasBelow)
                gradient[columns + k - 1] += w * c.Lower;
            if (information is null)
                continue;
            for (int a = 0; a < columns; a++)
            {
                LinearAlgebra.AddScaled(-w * (c.UpperUpper + 2 * c.UpperLower + c.LowerLower) * row[a], row, information.AsSpan(a * n, columns));
                if (hasAbove)
                    information[(columns + k) * n + a] += w * (c.UpperUpper + c.UpperLower) * row[a];
                if (hasBelow)
                    information[(columns + k - 1) * n + a] += w * (c.UpperLower + c.LowerLower) * row[a];
            }
            if (hasAbove)
                information[(columns + k) * n + columns + k] -= w * c.UpperUpper;
            if (hasBelow)
                information[(columns + k - 1) * n + columns + k - 1] -= w * c.LowerLower;
            if (hasAbove && hasBelow)
                information[(columns + k) * n + columns + k - 1] -= w * c.UpperLower;
        }
        if (information is not null)
            for (int a = 0; a < n; a++)
                for (int b = a + 1; b < n; b++)
                    information[a * n + b] = information[b * n + a];
        return sum.Value;
    }

    public override bool IsConcave => link.IsLogConcave;

    public override double ThirdDerivative(Metric metric, ReadOnlySpan<double> point, double radius)
    {
        double sum = 0;
        for (int i = 0; i < rows; i++)
        {
            var (a, b) = Ends(i, point);
            var c = Cell(a, b);
            double steepness = 0, first = 0, second = 0;
            for (int side = 0; side < 2; side++)
            {
                double end = side == 0 ? a : b;
                if (double.IsInfinity(end))
                    continue;
                var functional = new double[Parameters];
                LinearAlgebra.AddScaled(-1, x.AsSpan(i * columns, columns), functional);
                functional[columns + labels[i] - side] = 1;
                double norm = metric.Dual(functional);
                var (k1, k2) = link.LogDensity(end, radius * norm);
                steepness += norm * (side == 0 ? c.Upper : -c.Lower);
                first = Math.Max(first, k1 * norm);
                second = Math.Max(second, (k1 * k1 + k2) * norm * norm);
            }
            sum += weights[i] * Metric.ThirdDerivative(steepness, first, second, radius);
        }
        return sum;
    }

    public override double Rounding(ReadOnlySpan<double> point, Span<double> gradient, Span<double> information)
    {
        gradient.Clear();
        information.Clear();
        double value = 0, unit = (rows + Functions) * Unit, length = Length(point[..columns]);
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * columns, columns);
            var (a, b) = Ends(i, point);
            double threshold = 0;
            for (int k = Math.Max(0, labels[i] - 1); k <= Math.Min(labels[i], classes - 2); k++)
                threshold = Math.Max(threshold, Math.Abs(point[columns + k]));
            double error = PredictorError(row, length, threshold + (offset is null ? 0 : Math.Abs(offset[i])));
            var c = Cell(a, b);
            double steepness = c.Upper - c.Lower, first = 0, logs = 0;
            foreach (double end in (ReadOnlySpan<double>)[a, b])
                if (!double.IsInfinity(end))
                {
                    var t = link.Tails(end);
                    first = Math.Max(first, link.LogDensity(end, error).First);
                    logs = Math.Max(logs, a + b < 0 ? -t.LogP : -t.LogQ);
                }
            // Relative, of the densities over the difference: what the ends' own errors do, and the cancellation in the difference.
            double relative = (first + 2 * steepness) * error + Functions * Unit * (1 + logs) / Math.Min(1, c.Apart);
            double slope = weights[i] * steepness * (unit + relative), curve = weights[i] * steepness * (first + steepness) * (unit + 4 * relative);
            value += weights[i] * (steepness * error + relative);
            AddErrors(row, slope, gradient, curve, information);
            for (int k = Math.Max(0, labels[i] - 1); k <= Math.Min(labels[i], classes - 2); k++)
            {
                gradient[columns + k] += slope;
                information[columns + k] += curve;
            }
        }
        return value;
    }

    /// <summary>Where the cell of a row ends above and below.</summary>
    (double Above, double Below) Ends(int i, ReadOnlySpan<double> point)
    {
        double eta = LinearAlgebra.Dot(x.AsSpan(i * columns, columns), point[..columns]) + (offset is null ? 0 : offset[i]);
        int k = labels[i];
        bool isOpenAbove = k == classes - 1 || (open is not null && open[2 * i]), isOpenBelow = k == 0 || (open is not null && open[2 * i + 1]);
        return (isOpenAbove ? double.PositiveInfinity : point[columns + k] - eta, isOpenBelow ? double.NegativeInfinity : point[columns + k - 1] - eta);
    }

    /// <param name="Log">log(F(a) − F(b))</param>
    /// <param name="Upper">Its derivative in a, f(a)/(F(a) − F(b)).</param>
    /// <param name="Lower">Its derivative in b, −f(b)/(F(a) − F(b)).</param>
    /// <param name="UpperUpper">The second derivatives.</param>
    /// <param name="UpperLower">The second derivatives.</param>
    /// <param name="LowerLower">The second derivatives.</param>
    /// <param name="Apart">How far the logarithms of F(a) and F(b), or of their complements, are apart; ∞ for one end alone.</param>
    readonly record struct CellTerms(double Log, double Upper, double Lower, double UpperUpper, double UpperLower, double LowerLower, double Apart = double.PositiveInfinity);

    /// <summary>log(F(a) − F(b)) with its derivatives in a and b, from the logarithms of the nearer tail.</summary>
    CellTerms Cell(double a, double b)
    {
        if (double.IsPositiveInfinity(a))
        {
            if (double.IsNegativeInfinity(b))
                return default(CellTerms) with { Apart = double.PositiveInfinity };
            var t = link.Tails(b);
            return new(t.LogQ, 0, t.SlopeQ, 0, 0, t.CurveQ);
        }
        if (double.IsNegativeInfinity(b))
        {
            var t = link.Tails(a);
            return new(t.LogP, t.SlopeP, 0, t.CurveP, 0, 0);
        }
        LogTails ta = link.Tails(a), tb = link.Tails(b);
        bool low = a + b < 0;
        // Lower side: F(a)(1 − e^δ), δ = log F(b) − log F(a). Upper side: the same with the complements, Q(b)(1 − e^δ).
        double delta = low ? tb.LogP - ta.LogP : ta.LogQ - tb.LogQ;
        double rest = delta > -0.5 ? -LogMath.ExpM1(delta) : 1 - Math.Exp(delta), small = Math.Exp(delta) / rest, large = 1 / rest;
        double log = (low ? ta.LogP : tb.LogQ) + Math.Log(rest);
        // f/D and f′/D at both ends; f = slope·F and f′ = (curve + slope²)·F.
        double fa = low ? ta.SlopeP * large : -ta.SlopeQ * small, fb = low ? tb.SlopeP * small : -tb.SlopeQ * large;
        double sa = low ? (ta.CurveP + ta.SlopeP * ta.SlopeP) * large : -(ta.CurveQ + ta.SlopeQ * ta.SlopeQ) * small;
        double sb = low ? (tb.CurveP + tb.SlopeP * tb.SlopeP) * small : -(tb.CurveQ + tb.SlopeQ * tb.SlopeQ) * large;
        return new(log, fa, -fb, sa - fa * fa, fa * fb, -sb - fb * fb, -delta);
    }
}

/// <summary>A fitted ordinal model.</summary>
public sealed class OrdinalFit : LikelihoodFit
{
    readonly Standardization _columns;
    readonly DesignMatrix _design;
    readonly string[] _levels;
    readonly Link _link;

    internal OrdinalFit(Ordinal model, ModelFrame frame, DesignMatrix design, string[] levels, string[] names, FittedLikelihood fitted, Standardization columns, Separation? separation, FittedLikelihood? limit)
        : base(model, frame, names, fitted, separation, limit)
    {
        (_columns, _design, _levels, _link) = (columns, design, levels, model.Link);
        LogLikelihood = (limit ?? fitted).Best.Value;
        NullLogLikelihood = NullValue(fitted);
        Deviance = 2 * (0 - LogLikelihood);
        NullDeviance = 2 * (0 - NullLogLikelihood);
        Observations = Enumerable.Range(0, frame.Design.Rows).Count(i => frame.Weight(i) > 0);
        SumOfWeights = Enumerable.Range(0, frame.Design.Rows).Sum(frame.Weight);
    }

    /// <summary>The classes, lowest first.</summary>
    public IReadOnlyList<string> Levels => _levels;

    /// <inheritdoc/>
    public override bool HasOddsRatios => _link == Link.Logit;

    private protected override IReadOnlyList<DesignTerm> Terms => _design.Terms;

    private protected override bool[] CoordinatesOf(DesignTerm term) =>
        [.. Enumerable.Range(0, Names.Count).Select(j => j >= term.First && j < term.First + term.Count)];

    private protected override bool[] Slopes => [.. Enumerable.Range(0, Names.Count).Select(j => j < _design.Columns)];

    /// <inheritdoc/>
    public override LogitModel ToModel()
    {
        int p = _design.Columns;
        var point = Inference.Best.Point;
        return ToModel("ordinal", _link, _design.Names, _levels, _columns.Means, _columns.Scales, point[..p], -LogLikelihood / SumOfWeights, point[p..]);
    }

    /// <summary>The probabilities of the K classes at predictors given in the columns of the design, the constant left out.</summary>
    public double[] Probabilities(ReadOnlySpan<double> row, double offset = 0) => ToModel().Probabilities(row, offset);

    /// <summary>The predictors without the constant, whose place the thresholds take.</summary>
    public DesignMatrix Predictors => _design;
}
