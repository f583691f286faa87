using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Yes/no or successes among trials: y ~ Binomial(m, F(xᵀβ + offset)), by maximum likelihood, without any penalty.</summary>
/// <param name="Link">F; the logit when not given.</param>
/// <remarks>
/// Columns are standardized inside and the coefficients given back in their own units, so that units do not matter. Rows of the same content
/// are joined first: their order changes no bit, and a weight of 3 is three rows. Newton steps with the observed information go on until the
/// decrement reaches the rounding of the likelihood. When no estimate exists the fit says so, and which way: <see cref="LikelihoodFit.Separation"/>.
/// Source: McCullagh and Nelder, Generalized Linear Models (1989).
/// </remarks>
public sealed record Binomial(Link? Link = null) : RegressionModel
{
    /// <summary>How the linear predictor becomes a probability.</summary>
    public Link Link { get; } = Link ?? Link.Logit;

    /// <inheritdoc/>
    public override string Family => "binomial";

    /// <inheritdoc/>
    public override BinomialFit Fit(ModelFrame frame)
    {
        var data = BinomialData.Of(frame);
        data.RequireBothOutcomes(frame);
        var columns = new Standardization(frame.Design, data.Rows, data.Weights, frame.Design.Intercept >= 0, padded: data.IsLarge(frame.Design.Columns, Link));
        columns.RequireFullRank(frame.Design, data.Weights);
        var likelihood = data.Likelihood(columns, Link);
        var best = Maximizer.Maximize(likelihood, data.SampleStart(columns, Link));
        var fitted = new FittedLikelihood(likelihood, best, columns.Map());
        // A proven maximum of a concave likelihood exists; without one the linear programme decides.
        if (fitted.Certificate.Proof != Proof.Global && SeparationFinder.Binomial(columns, data, frame, Link == Link.Logit) is { Status: not SeparationStatus.None } separation)
            return Separated(frame, data, separation);
        var fit = new BinomialFit(this, frame, data, fitted, columns, null, null, null);
        columns.Release();
        return fit;
    }

    /// <summary>The limit of the fit: the rows that are told apart contribute nothing, the others determine what stays finite.</summary>
    BinomialFit Separated(ModelFrame frame, BinomialData data, Separation separation)
    {
        int p = frame.Design.Columns;
        var estimates = new double[p];
        var covariance = new Matrix(p, p);
        covariance.Data.AsSpan().Fill(double.NaN);
        double supremum = 0;
        FittedLikelihood? limit = null;
        var apart = separation.SeparatedRows.ToHashSet();
        int[] rest = [.. Enumerable.Range(0, frame.Design.Rows).Where(i => !apart.Contains(i) && frame.Weight(i) > 0)];
        int[] kept = rest.Length == 0 ? [] : SeparationFinder.IndependentColumns(frame.Design, rest,
            [.. Enumerable.Range(0, p).OrderBy(j => separation.Directions[j] == CoefficientDirection.Finite ? 0 : 1)]);
        if (kept.Length > 0)
        {
            var inner = new ModelFrame(frame.Design.Select(rest, kept), frame.Response.Select(rest))
            {
                Weights = frame.WeightArray is null ? null : [.. rest.Select(i => frame.Weight(i))],
                Offset = frame.OffsetArray is null ? null : [.. rest.Select(i => frame.OffsetAt(i))],
            };
            var rows = BinomialData.Of(inner);
            var columns = new Standardization(inner.Design, rows.Rows, rows.Weights, inner.Design.Intercept >= 0);
            var likelihood = rows.Likelihood(columns, Link);
            limit = new(likelihood, Maximizer.Maximize(likelihood, rows.Start(columns, Link)), columns.Map());
            supremum = limit.Best.Value;
        }
        for (int j = 0; j < p; j++)
        {
            int at = Array.IndexOf(kept, j);
            estimates[j] = separation.Directions[j] switch
            {
                CoefficientDirection.PlusInfinity => double.PositiveInfinity,
                CoefficientDirection.MinusInfinity => double.NegativeInfinity,
                CoefficientDirection.Both => double.NaN,
                _ => limit!.Estimates[at],
            };
            for (int k = 0; k < p; k++)
                if (separation.Directions[j] == CoefficientDirection.Finite && separation.Directions[k] == CoefficientDirection.Finite)
                    covariance[j, k] = limit!.Covariance[at, Array.IndexOf(kept, k)];
        }
        double[] bounds = limit is null || !limit.Certificate.IsProven ? []
            : [.. separation.Directions.Select((direction, j) => direction == CoefficientDirection.Finite ? limit.Certificate.CoefficientBounds[Array.IndexOf(kept, j)] : double.NaN)];
        return new(this, frame, data, limit, null, separation, estimates, covariance, bounds, supremum);
    }
}

/// <summary>Distinct rows with their successes, failures and weights.</summary>
sealed class BinomialData
{
    public required int[] Rows { get; init; }
    public required double[] Weights { get; init; }
    public required double[] Successes { get; init; }
    public required double[] Failures { get; init; }
    public required double[]? Offset { get; init; }

    public static BinomialData Of(ModelFrame frame)
    {
        var (successes, trials) = frame.Response.AsCounts();
        List<(double[], int)> contents = [(frame.Design.Data, frame.Design.Columns), (successes, 1), (trials, 1)];
        if (frame.OffsetArray is not null)
            contents.Add((frame.OffsetArray, 1));
        var weights = frame.WeightArray;
        if (trials.Contains(0))
            weights = [.. trials.Select((m, i) => m == 0 ? 0 : frame.Weight(i))];
        var (rows, merged) = CanonicalRows.Of(frame.Design.Rows, [.. contents], weights);
        return new()
        {
            Rows = rows,
            Weights = merged,
            Successes = [.. rows.Select(i => successes[i])],
            Failures = [.. rows.Select(i => trials[i] - successes[i])],
            Offset = frame.OffsetArray is { } offset ? [.. rows.Select(i => offset[i])] : null,
        };
    }

    public void RequireBothOutcomes(ModelFrame frame)
    {
        bool yes = false, no = false;
        for (int i = 0; i < Rows.Length; i++)
        {
            yes |= Successes[i] > 0;
            no |= Failures[i] > 0;
        }
        if (!yes || !no)
            Throw.OnlyOneOutcome(yes ? frame.Response.Success : frame.Response.Failure);
    }

    public BinomialLikelihood Likelihood(Standardization columns, Link link) =>
        new(() => columns.X, columns.N, columns.P, columns.Stride, Successes, Failures, Weights, Offset, link);

    /// <summary>
    /// Where to begin: with many rows, the maximum over the first few thousand, which in canonical order are a random sample; its error is that of the
    /// sample, and two or three steps over all rows remain.
    /// </summary>
    public double[] SampleStart(Standardization columns, Link link)
    {
        var start = Start(columns, link);
        if (IsLarge(columns.P, link) && Near(columns, start) is { } near)
            return near;
        int sample = Math.Max(8192, 20 * columns.P);
        if (Rows.Length < 4 * sample)
            return start;
        var part = new BinomialLikelihood(() => columns.X, sample, columns.P, columns.Stride, Successes, Failures, Weights, Offset, link);
        var found = Maximizer.Maximize(part, start, limit: 20);
        return found.Converged && LinearAlgebra.LargestAbsolute(found.Point) < 30 ? found.Point : start;
    }

    /// <summary>Whether the solver of large problems comes first; it takes padded rows.</summary>
    public bool IsLarge(int columns, Link link) => link == Link.Logit && (long)Rows.Length * columns >= 2_000_000;

    /// <summary>The point that the solver of large problems finds, without the exact information; null where it finds none.</summary>
    double[]? Near(Standardization columns, double[] start)
    {
        int n = columns.N, stride = columns.Stride;
        double[] targets = new double[2 * n], weights = new double[n], wide = new double[stride];
        double total = 0;
        for (int i = 0; i < n; i++)
        {
            double trials = Successes[i] + Failures[i];
            (targets[2 * i], targets[2 * i + 1]) = (Failures[i] / trials, Successes[i] / trials);
            total += weights[i] = Weights[i] * trials;
        }
        for (int i = 0; i < n; i++)
            weights[i] /= total;
        start.CopyTo(wide, 0);
        bool[] used = [.. Enumerable.Range(0, stride).Select(j => j < columns.P)];
        var found = new RidgeSolver(new(new DensePredictors(columns.X, n, stride), 1, targets, weights, Offset, new double[stride], used)).Near(wide, 0.25 * Maximizer.Settled / total);
        return found?[..columns.P];
    }

    /// <summary>All slopes 0, the constant at the link of the overall share of successes.</summary>
    public double[] Start(Standardization columns, Link link)
    {
        var start = new double[columns.P];
        double s = 0, m = 0, shift = 0, total = 0;
        for (int i = 0; i < Rows.Length; i++)
        {
            s += Weights[i] * Successes[i];
            m += Weights[i] * (Successes[i] + Failures[i]);
            shift += Weights[i] * (Offset?[i] ?? 0);
            total += Weights[i];
        }
        if (columns.Intercept >= 0)
            start[columns.Intercept] = Math.Clamp(link.Predictor(s / m), -20, 20) - shift / total;
        return start;
    }
}
