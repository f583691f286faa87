using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Matched sets: which member of its set is the case, P = exp(xᵀβ)/Σ over the set, by maximum conditional likelihood.</summary>
/// <remarks>
/// Exactly one case a set; everything the members of a set share (the constant, matching variables) drops out. Sets without a case or with a single
/// member say nothing and are left out. Source: Breslow and Day, Statistical Methods in Cancer Research I (1980), chapter VII.
/// </remarks>
public sealed record ConditionalLogit : RegressionModel
{
    /// <inheritdoc/>
    public override string Family => "conditional";

    /// <inheritdoc/>
    public override ConditionalLogitFit Fit(ModelFrame frame)
    {
        var strata = frame.StrataArray ?? throw new ArgumentException("a conditional model needs the set of each row: strata(set) in the formula, or FrameColumns.Strata.", nameof(frame));
        if (frame.WeightArray is not null)
            throw new ArgumentException("a conditional model takes no row weights: a set is one observation. Repeat the set instead.", nameof(frame));
        var (cases, trials) = frame.Response.AsCounts();
        var design = frame.Design.WithoutIntercept();
        int p = design.Columns;
        var sets = new Dictionary<int, List<int>>();
        for (int i = 0; i < design.Rows; i++)
        {
            if (cases[i] is not (0 or 1) || trials[i] != 1)
                throw new ArgumentException($"row {i} has {cases[i]} cases of {trials[i]}; in matched sets a row is one subject, 0 or 1.", nameof(frame));
            if (!sets.TryGetValue(strata[i], out var members))
                sets.Add(strata[i], members = []);
            members.Add(i);
        }
        foreach (var (set, members) in sets)
            if (members.Count(i => cases[i] == 1) is var count and > 1)
                throw new ArgumentException($"set {set} has {count} cases; a matched set has exactly one. Split the set.", nameof(frame));
        // Case first, then the others by content; sets by their content: the order of rows changes no bit.
        int Compare(int a, int b)
        {
            if (cases[a] != cases[b])
                return cases[b].CompareTo(cases[a]);
            int c = design[a].SequenceCompareTo(design[b]);
            return c != 0 ? c : frame.OffsetAt(a).CompareTo(frame.OffsetAt(b));
        }
        var useful = sets.Values.Where(members => members.Count > 1 && members.Any(i => cases[i] == 1)).ToList();
        if (useful.Count == 0)
            throw new ArgumentException($"no set has a case and a control among {sets.Count} {(sets.Count == 1 ? "set" : "sets")} of {design.Rows} rows; nothing can be compared. Check the column of the sets, or add rows.", nameof(frame));
        foreach (var members in useful)
            members.Sort(Compare);
        useful.Sort((a, b) =>
        {
            for (int k = 0; k < Math.Min(a.Count, b.Count); k++)
                if (Compare(a[k], b[k]) is var c and not 0)
                    return c;
            return a.Count.CompareTo(b.Count);
        });
        int[] rows = [.. useful.SelectMany(members => members)];
        int[] starts = [0, .. useful.Select(members => members.Count)];
        for (int s = 1; s < starts.Length; s++)
            starts[s] += starts[s - 1];
        var ones = new double[rows.Length];
        ones.AsSpan().Fill(1);
        var columns = new Standardization(design, rows, ones, centre: true);
        Centre(columns, design, starts);
        columns.RequireFullRank(design, ones);
        double[]? offset = frame.OffsetArray is { } all ? [.. rows.Select(i => all[i])] : null;
        var likelihood = new ConditionalLikelihood(columns.X, p, starts, offset);
        var map = new Matrix(p, p);
        for (int j = 0; j < p; j++)
            map[j, j] = 1 / columns.Scales[j];
        var fitted = new FittedLikelihood(likelihood, Maximizer.Maximize(likelihood, new double[p]), map);
        var limit = fitted.Certificate.Proof == Proof.Global ? null : SeparationFinder.Conditional(columns, starts, rows, map, design.Names);
        var rest = limit?.Fit(likelihood.Without(limit.Apart), fitted);
        return new(this, frame, design, fitted, useful.Count, limit?.Separation, rest);
    }

    /// <summary>Takes each set's mean out of every column: it has no effect on the likelihood, and shows columns that never vary inside a set.</summary>
    static void Centre(Standardization columns, DesignMatrix design, int[] starts)
    {
        int p = columns.P;
        var spread = new double[p];
        for (int s = 1; s < starts.Length; s++)
        {
            var mean = new double[p];
            for (int i = starts[s - 1]; i < starts[s]; i++)
                LinearAlgebra.AddScaled(1.0 / (starts[s] - starts[s - 1]), columns.Row(i), mean);
            for (int i = starts[s - 1]; i < starts[s]; i++)
            {
                LinearAlgebra.AddScaled(-1, mean, columns.X.AsSpan(i * p, p));
                for (int j = 0; j < p; j++)
                    spread[j] = Math.Max(spread[j], Math.Abs(columns.X[i * p + j]));
            }
        }
        for (int j = 0; j < p; j++)
            if (spread[j] < 1e-12)
                throw new RankDeficientException(design.Names[j], $"column {design.Names[j]} is the same for all members of every set: matching has taken its effect away. Leave it out.");
    }
}

/// <summary>ℓ(β) = Σ over sets of η_case − log Σ exp(η); the case is the first of its set.</summary>
sealed class ConditionalLikelihood(double[] x, int columns, int[] starts, double[]? offset) : Likelihood
{
    public override int Parameters => columns;

    /// <summary>The same sets without some of their controls.</summary>
    public ConditionalLikelihood Without(bool[] gone)
    {
        int[] kept = [.. Enumerable.Range(0, starts[^1]).Where(i => !gone[i])];
        var ends = new int[starts.Length];
        for (int s = 1, at = 0; s < starts.Length; s++)
        {
            while (at < kept.Length && kept[at] < starts[s])
                at++;
            ends[s] = at;
        }
        return new([.. kept.SelectMany(i => x[(i * columns)..((i + 1) * columns)])], columns, ends, offset is null ? null : [.. kept.Select(i => offset[i])]);
    }

    public override double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, double[]? information)
    {
        gradient.Clear();
        if (information is not null)
            Array.Clear(information);
        var sum = new ExactSum();
        var mean = new double[columns];
        for (int s = 1; s < starts.Length; s++)
        {
            int first = starts[s - 1], count = starts[s] - first;
            var z = new double[count];
            for (int k = 0; k < count; k++)
                z[k] = LinearAlgebra.Dot(x.AsSpan((first + k) * columns, columns), point) + (offset is null ? 0 : offset[first + k]);
            double log = Vectors.LogSumExp(z);
            sum.Add(z[0] - log);
            Array.Clear(mean);
            for (int k = 0; k < count; k++)
            {
                double p = Math.Exp(z[k] - log);
                var row = x.AsSpan((first + k) * columns, columns);
                LinearAlgebra.AddScaled(p, row, mean);
                if (information is not null)
                    for (int a = 0; a < columns; a++)
                        LinearAlgebra.AddScaled(p * row[a], row, information.AsSpan(a * columns, columns));
            }
            LinearAlgebra.AddScaled(1, x.AsSpan(first * columns, columns), gradient);
            LinearAlgebra.AddScaled(-1, mean, gradient);
            if (information is not null)
                for (int a = 0; a < columns; a++)
                    LinearAlgebra.AddScaled(-mean[a], mean, information.AsSpan(a * columns, columns));
        }
        return sum.Value;
    }

    public override bool IsConcave => true;

    public override double Concordance(Metric metric)
    {
        double largest = 0;
        var difference = new double[columns];
        for (int s = 1; s < starts.Length; s++)
            for (int i = starts[s - 1]; i < starts[s]; i++)
                for (int k = starts[s - 1]; k < i; k++)
                {
                    x.AsSpan(i * columns, columns).CopyTo(difference);
                    LinearAlgebra.AddScaled(-1, x.AsSpan(k * columns, columns), difference);
                    largest = Math.Max(largest, metric.Dual(difference));
                }
        return largest;
    }

    public override double Rounding(ReadOnlySpan<double> point, Span<double> gradient, Span<double> information)
    {
        gradient.Clear();
        information.Clear();
        double value = 0, unit = (starts[^1] + Functions) * Unit, length = Length(point);
        for (int s = 1; s < starts.Length; s++)
        {
            int first = starts[s - 1], count = starts[s] - first;
            var z = new double[count];
            double error = 0, largest = 0;
            for (int k = 0; k < count; k++)
            {
                var row = x.AsSpan((first + k) * columns, columns);
                double shift = offset is null ? 0 : offset[first + k];
                z[k] = LinearAlgebra.Dot(row, point) + shift;
                error = Math.Max(error, PredictorError(row, length, shift));
                largest = Math.Max(largest, Math.Abs(z[k]));
            }
            double relative = 2 * error + (8 * (1 + largest) + count + Functions) * Unit, log = Vectors.LogSumExp(z);
            value += relative;
            for (int k = 0; k < count; k++)
            {
                double p = Math.Exp(z[k] - log);
                // Σ p·x² and the square of the mean, which is no larger.
                AddErrors(x.AsSpan((first + k) * columns, columns), unit * (p + (k == 0 ? 1 : 0)) + relative * p, gradient, 2 * p * (unit + 4 * relative), information);
            }
        }
        return value;
    }
}

/// <summary>A fitted conditional model.</summary>
public sealed class ConditionalLogitFit : LikelihoodFit
{
    readonly DesignMatrix _design;

    internal ConditionalLogitFit(ConditionalLogit model, ModelFrame frame, DesignMatrix design, FittedLikelihood fitted, int sets, Separation? separation, FittedLikelihood? limit)
        : base(model, frame, design.Names, fitted, separation, limit)
    {
        _design = design;
        Sets = sets;
        LogLikelihood = (limit ?? fitted).Best.Value;
        NullLogLikelihood = fitted.Likelihood.Evaluate(new double[design.Columns], new double[design.Columns], null);
        Deviance = 2 * (0 - LogLikelihood);
        NullDeviance = 2 * (0 - NullLogLikelihood);
        Observations = frame.Design.Rows;
        SumOfWeights = frame.Design.Rows;
    }

    /// <inheritdoc/>
    public override LogitModel ToModel() => ToModel("conditional", Link.Logit, _design.Names, ["0", "1"], new double[_design.Columns], [.. _design.Names.Select(_ => 1.0)],
        Inference.Estimates, -LogLikelihood / Sets);

    /// <summary>The number of sets with a case and a control.</summary>
    public int Sets { get; }

    /// <summary>The predictors, without the constant that matching takes out.</summary>
    public DesignMatrix Predictors => _design;

    /// <inheritdoc/>
    public override bool HasOddsRatios => true;

    private protected override IReadOnlyList<DesignTerm> Terms => _design.Terms;

    private protected override bool[] CoordinatesOf(DesignTerm term) =>
        [.. Enumerable.Range(0, Names.Count).Select(j => j >= term.First && j < term.First + term.Count)];

    private protected override bool[] Slopes => [.. Names.Select(_ => true)];
}
