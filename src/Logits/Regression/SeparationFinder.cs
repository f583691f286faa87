using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Finds separation by linear programming over the recession cone.</summary>
static class SeparationFinder
{
    /// <summary>The separation of a binomial model, or <see cref="SeparationStatus.None"/>.</summary>
    public static Separation Binomial(Standardization columns, BinomialData data, ModelFrame frame, bool logit)
    {
        int p = columns.P;
        var cone = new List<double[]>();
        var rowOf = new List<int>();
        for (int i = 0; i < columns.N; i++)
        {
            // A row with successes and failures both asks xᵀd ≥ 0 and ≤ 0.
            if (data.Successes[i] > 0) { cone.Add(columns.Row(i).ToArray()); rowOf.Add(i); }
            if (data.Failures[i] > 0) { cone.Add([.. columns.Row(i).ToArray().Select(x => -x)]); rowOf.Add(i); }
        }
        var found = RecessionCone.Examine([.. cone], p);
        if (found.Separated.Count == 0)
            return Separation.None(frame.Design.Names);
        var directions = found.Directions(columns.Map());
        var distinct = found.Separated.Select(c => rowOf[c]).ToHashSet();
        // Every row of the frame that is a copy of a separated one is separated.
        var keys = new HashSet<int>(distinct.Select(i => data.Rows[i]));
        var separated = new List<int>();
        var (successes, trials) = frame.Response.AsCounts();
        for (int i = 0; i < frame.Design.Rows; i++)
            if (frame.Weight(i) > 0 && trials[i] > 0 && (keys.Contains(i) || keys.Any(k => successes[k] == successes[i] && trials[k] == trials[i]
                && frame.OffsetAt(k) == frame.OffsetAt(i) && frame.Design[k].SequenceEqual(frame.Design[i]))))
                separated.Add(i);
        bool complete = found.Separated.Count == cone.Count;
        return new(complete ? SeparationStatus.Complete : SeparationStatus.QuasiComplete, frame.Design.Names, directions, separated, found.Separated.Count, cone.Count)
        {
            Direction = columns.Map().Times(found.Direction),
            Remedy = logit ? "new Firth() gives finite estimates with intervals" : "new Firth(), with the logit link, gives finite estimates with intervals",
        };
    }

    /// <summary>The separation of a softmax model: a class that a row holds must not fall behind any other. Null when there is none.</summary>
    public static Limit? Multinomial(Standardization columns, double[] targets, int classes, int[] rows, Matrix map, IReadOnlyList<string> names, ModelFrame frame)
    {
        int p = columns.P;
        var cone = new List<double[]>();
        List<int> rowOf = [], place = [];
        for (int i = 0; i < columns.N; i++)
            for (int y = 0; y < classes; y++)
                for (int k = 0; k < classes && targets[i * classes + y] > 0; k++)
                {
                    if (k == y)
                        continue;
                    var constraint = new double[p * (classes - 1)];
                    if (y > 0)
                        columns.Row(i).CopyTo(constraint.AsSpan((y - 1) * p));
                    if (k > 0)
                        LinearAlgebra.AddScaled(-1, columns.Row(i), constraint.AsSpan((k - 1) * p, p));
                    cone.Add(constraint);
                    rowOf.Add(rows[i]);
                    place.Add(i * classes + k);
                }
        // Copies of a row count as often as they occur.
        var copies = Copies(frame, rows);
        return Of(cone, rowOf, place, columns.N * classes, p * (classes - 1), map, names, copies, "new PenalizedMultinomial(new Ridge(λ)) gives finite estimates");
    }

    /// <summary>The separation of an ordinal model: the threshold above a row's class must not fall, the one below must not rise. Null when there is none.</summary>
    public static Limit? Ordinal(Standardization columns, int[] labels, int classes, int[] rows, Matrix map, IReadOnlyList<string> names)
    {
        int p = columns.P, n = p + classes - 1;
        var cone = new List<double[]>();
        List<int> rowOf = [], place = [];
        void Add(int i, int threshold, double sign)
        {
            var constraint = new double[n];
            LinearAlgebra.AddScaled(-sign, columns.Row(i), constraint);
            constraint[p + threshold] = sign;
            cone.Add(constraint);
            rowOf.Add(rows[i]);
            place.Add(sign > 0 ? 2 * i : 2 * i + 1);
        }
        for (int i = 0; i < columns.N; i++)
        {
            if (labels[i] < classes - 1)
                Add(i, labels[i], 1);
            if (labels[i] > 0)
                Add(i, labels[i] - 1, -1);
        }
        return Of(cone, rowOf, place, 2 * columns.N, n, map, names, null, "leave out a predictor that goes to infinity, or join classes");
    }

    /// <summary>The separation of matched sets: the case must not fall behind any control. Null when there is none.</summary>
    public static Limit? Conditional(Standardization columns, int[] starts, int[] rows, Matrix map, IReadOnlyList<string> names)
    {
        var cone = new List<double[]>();
        List<int> rowOf = [], place = [];
        for (int s = 1; s < starts.Length; s++)
            for (int i = starts[s - 1] + 1; i < starts[s]; i++)
            {
                var constraint = columns.Row(starts[s - 1]).ToArray();
                LinearAlgebra.AddScaled(-1, columns.Row(i), constraint);
                cone.Add(constraint);
                rowOf.Add(rows[i]);
                place.Add(i);
            }
        return Of(cone, rowOf, place, rows.Length, columns.P, map, names, null, "leave out a predictor that goes to infinity");
    }

    static Limit? Of(List<double[]> cone, List<int> rowOf, List<int> place, int places, int dimensions, Matrix map, IReadOnlyList<string> names, Dictionary<int, List<int>>? copies, string remedy)
    {
        var found = RecessionCone.Examine([.. cone], dimensions);
        if (found.Separated.Count == 0)
            return null;
        int Count(int constraint) => copies?[rowOf[constraint]].Count ?? 1;
        bool complete = found.Separated.Count == cone.Count;
        int[] rows = [.. found.Separated.SelectMany(c => copies?[rowOf[c]] ?? [rowOf[c]]).Distinct().Order()];
        var apart = new bool[places];
        foreach (int constraint in found.Separated)
            apart[place[constraint]] = true;
        return new(new(complete ? SeparationStatus.Complete : SeparationStatus.QuasiComplete, names, found.Directions(map), rows,
            found.Separated.Sum(Count), Enumerable.Range(0, cone.Count).Sum(Count))
        {
            Direction = map.Times(found.Direction),
            Remedy = remedy,
        }, apart, found.Determined());
    }

    /// <summary>For each distinct row the rows of the frame with the same content.</summary>
    static Dictionary<int, List<int>> Copies(ModelFrame frame, int[] distinct)
    {
        var (targets, levels, _) = frame.Response.AsClasses();
        int classes = levels.Length;
        var copies = distinct.ToDictionary(i => i, _ => new List<int>());
        var byFirst = distinct.GroupBy(i => Hash(i)).ToDictionary(group => group.Key, group => group.ToArray());
        for (int i = 0; i < frame.Design.Rows; i++)
            if (frame.Weight(i) > 0 && byFirst.TryGetValue(Hash(i), out var candidates))
                foreach (int k in candidates)
                    if (frame.Design[k].SequenceEqual(frame.Design[i]) && targets.AsSpan(k * classes, classes).SequenceEqual(targets.AsSpan(i * classes, classes)))
                    {
                        copies[k].Add(i);
                        break;
                    }
        return copies;

        int Hash(int row)
        {
            var hash = new HashCode();
            foreach (double value in frame.Design[row])
                hash.Add(value);
            return hash.ToHashCode();
        }
    }

    /// <summary>The columns, in the order of preference given, that are linearly independent on some rows.</summary>
    public static int[] IndependentColumns(DesignMatrix design, int[] rows, int[] preference)
    {
        var basis = new List<double[]>();
        var kept = new List<int>();
        foreach (int j in preference)
        {
            var column = new double[rows.Length];
            for (int i = 0; i < rows.Length; i++)
                column[i] = design[rows[i]][j];
            double norm = Math.Sqrt(LinearAlgebra.Dot(column, column));
            if (norm == 0)
                continue;
            for (int i = 0; i < column.Length; i++)
                column[i] /= norm;
            if (LinearAlgebra.Extend(basis, column))
                kept.Add(j);
        }
        return [.. kept.Order()];
    }
}

/// <summary>What is left of a likelihood as it rises to its supremum along the separating directions.</summary>
/// <param name="Separation">Where the coefficients go.</param>
/// <param name="Apart">Which parts of which rows are certain in the limit; the likelihood says what it calls a part.</param>
/// <param name="Determined">A basis of what the rest of the rows determine.</param>
/// <remarks>
/// Parts that are certain drop out. What is left is a likelihood of the same kind over fewer directions, whose maximum exists: a direction along which it never
/// fell would, with enough of the separating one, have separated more. Its value is the supremum, and coefficients that no separating direction moves are determined by it.
/// </remarks>
sealed record Limit(Separation Separation, bool[] Apart, Matrix Determined)
{
    /// <summary>The maximum of the rest, from where the solver of the whole stopped.</summary>
    public FittedLikelihood Fit(Likelihood rest, FittedLikelihood whole)
    {
        var inner = new SubspaceLikelihood(rest, Determined);
        return new(inner, Maximizer.Maximize(inner, Determined.Transpose().Times(whole.Best.Point)), Matrix.Multiply(whole.Map, Determined));
    }

    /// <summary>±∞, NaN where either is possible, and the limits of what stays finite.</summary>
    public static double[] Estimates(Separation separation, FittedLikelihood limit) =>
        [.. limit.Estimates.Zip(separation.Directions, (estimate, direction) => direction switch
        {
            CoefficientDirection.PlusInfinity => double.PositiveInfinity,
            CoefficientDirection.MinusInfinity => double.NegativeInfinity,
            CoefficientDirection.Both => double.NaN,
            _ => estimate,
        })];

    /// <summary>How far each finite limit may be from the true one, NaN elsewhere; empty when nothing is proven.</summary>
    public static double[] Bounds(Separation separation, FittedLikelihood limit) =>
        [.. limit.Certificate.CoefficientBounds.Select((bound, j) => separation.Directions[j] == CoefficientDirection.Finite ? bound : double.NaN)];

    /// <summary>The covariance of what stays finite, NaN elsewhere.</summary>
    public static Matrix Covariance(Separation separation, FittedLikelihood limit)
    {
        int n = separation.Directions.Count;
        var covariance = new Matrix(n, n);
        for (int j = 0; j < n; j++)
            for (int k = 0; k < n; k++)
                covariance[j, k] = separation.Directions[j] == CoefficientDirection.Finite && separation.Directions[k] == CoefficientDirection.Finite ? limit.Covariance[j, k] : double.NaN;
        return covariance;
    }
}
