using System.Numerics;

namespace Logits.Calibration;

/// <summary>A Venn–Abers predictor: two probabilities for each score, one of which is calibrated whatever the scores are.</summary>
/// <param name="Scores">The distinct held-out log-odds, rising.</param>
/// <param name="IfNo">p₀ at each: the isotonic value there when the new row is added as a no.</param>
/// <param name="IfYes">p₁ at each: the same when it is added as a yes.</param>
public sealed record VennAbersCurve(Numbers Scores, Numbers IfNo, Numbers IfYes) : Curve
{
    /// <summary>p₀ ≤ p₁ of a score. Between two held-out scores, p₀ is that of the lower and p₁ that of the upper; beyond the ends 0 and 1.</summary>
    public (double IfNo, double IfYes) Interval(double logOdds)
    {
        int at = Scores.Span.BinarySearch(logOdds);
        if (at >= 0) return (IfNo[at], IfYes[at]);
        at = ~at;
        return (at == 0 ? 0 : IfNo[at - 1], at == Scores.Count ? 1 : IfYes[at]);
    }

    /// <summary>The log-odds of p₁ / (1 − p₀ + p₁), which regrets least under log loss.</summary>
    public override double Map(double logOdds)
    {
        var (no, yes) = Interval(logOdds);
        return LogMath.Log(yes) - LogMath.Log1P(-no);
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "scores", Scores }, { "if_no", IfNo }, { "if_yes", IfYes } };

    internal static VennAbersCurve Read(ParameterSet parameters)
    {
        var scores = parameters.List("scores");
        return new(scores, parameters.List("if_no", scores.Count), parameters.List("if_yes", scores.Count));
    }

    internal static VennAbersCurve Learn(CurveSample sample)
    {
        var ties = sample.Sorted;
        int n = ties.Scores.Length;
        double[] yes = WithAYes(ties.Rows, ties.Yes);
        // A no added to the rows is a yes added to their mirror image.
        double[] no = [.. WithAYes([.. ties.Rows.Reverse()], [.. Enumerable.Range(0, n).Select(i => ties.Rows[n - 1 - i] - ties.Yes[n - 1 - i])]).Reverse().Select(p => 1 - p)];
        return new([.. ties.Scores], Numbers.Own(no), Numbers.Own(yes));
    }

    /// <summary>
    /// The isotonic value at each score when one yes is added there. The values are slopes of the greatest convex minorant of the points (rows so far, yeses so far); the added
    /// yes pulls the part left of it back by (1, 1). Walking right, the minorant's corners to the right are kept on a stack, built once from right to left, and only
    /// its left end changes: O(n) in all. Source: Vovk, Petej, Fedorova, Large-Scale Probabilistic Predictors with and without Guarantees of Validity (2015), algorithms 1 and 2.
    /// </summary>
    static double[] WithAYes(double[] rows, double[] yes)
    {
        int n = rows.Length;
        var points = new (double X, double Y)[n + 2];   // points[i + 1] after i scores; points[0] is the added yes
        points[0] = (-1, -1);
        for (int i = 1; i <= n; i++) points[i + 1] = (points[i].X + rows[i - 1], points[i].Y + yes[i - 1]);

        var left = new Stack<(double X, double Y)>();
        foreach (var point in points)
        {
            while (left.Count > 1 && !TurnsLeft(left, point)) left.Pop();
            left.Push(point);
        }
        var corners = new Stack<(double X, double Y)>(left);   // enumerates top first: the leftmost corner comes out on top

        var values = new double[n];
        for (int i = 1; i <= n; i++)
        {
            var top = corners.Pop();
            var next = corners.Peek();
            corners.Push(top);
            values[i - 1] = (next.Y - top.Y) / (next.X - top.X);

            // The added yes moves from before score i to behind it: the point between changes accordingly.
            var moved = (X: points[i - 1].X + points[i + 1].X - points[i].X, Y: points[i - 1].Y + points[i + 1].Y - points[i].Y);
            points[i] = moved;
            if (Cross(top, next, moved) >= 0) continue;   // on or above the first edge: the minorant does not notice
            corners.Pop();
            while (corners.Count > 1)
            {
                var first = corners.Pop();
                if (Cross(moved, first, corners.Peek()) > 0)
                {
                    corners.Push(first);
                    break;
                }
            }
            corners.Push(moved);
        }
        return values;

        static bool TurnsLeft(Stack<(double X, double Y)> stack, (double X, double Y) point)
        {
            var top = stack.Pop();
            bool left = Cross(stack.Peek(), top, point) > 0;
            stack.Push(top);
            return left;
        }
    }

    /// <summary>Above 0 when a, b, c turn left.</summary>
    static double Cross((double X, double Y) a, (double X, double Y) b, (double X, double Y) c) => (b.X - a.X) * (c.Y - a.Y) - (b.Y - a.Y) * (c.X - a.X);
}

/// <summary>Several Venn–Abers predictors in one, by geometric means: GM(p₁) / (GM(1 − p₀) + GM(p₁)).</summary>
/// <param name="Folds">One for each part of the held-out rows.</param>
public sealed record CrossVennAbersCurve(CurveList Folds) : Curve
{
    /// <inheritdoc/>
    public override double Map(double logOdds)
    {
        double sum = 0;   // the log-odds of the geometric means are the mean of the log-odds
        foreach (var fold in Folds) sum += fold.Map(logOdds);
        return sum / Folds.Count;
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "folds", [.. Folds.Select(fold => fold.Parameters)] } };

    internal static CrossVennAbersCurve Read(ParameterSet parameters) => new(new CurveList(parameters.Children("folds").Select(VennAbersCurve.Read)));
}

/// <summary>Venn–Abers calibration, inductive (all held-out rows at once) or cross (folds merged by geometric means).</summary>
/// <param name="Curves">A predictor for each label; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Folds">1 for inductive; the number of folds for cross.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Isotonic calibration that says how sure it is: every score gets p₀ ≤ p₁ (<see cref="VennAbersCurve.Interval"/>), one of which is calibrated for any scores from
/// exchangeable rows; Apply gives their log-loss merger p₁/(1 − p₀ + p₁). Never exactly 0 or 1 among held-out scores. Row i belongs to fold i mod folds.
/// Source: Vovk, Petej, Venn–Abers Predictors (2014); Vovk, Petej, Fedorova (2015) for the algorithm and the merger.
/// </remarks>
public sealed record VennAbers(CurveList Curves, int Folds = 1, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => Folds == 1 ? "venn-abers" : "venn-abers-cross";

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "folds", Folds }, { "curves", [.. Curves.Select(curve => curve.Parameters)] } };

    /// <summary>The predictors.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    /// <param name="logits">n ≥ 1 rows.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="folds">1 for inductive, more for cross.</param>
    public static VennAbers Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, int folds = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), folds);

    /// <summary>The predictors of each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    /// <param name="folds">1 for inductive, more for cross.</param>
    public static VennAbers Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, int folds = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfLess(folds, 1);
        var samples = CurveSample.From(logits, labels);
        var curves = Learn(samples, sample => Learn(sample, folds));
        return new(curves, folds, Judge(samples, curves));
    }

    internal static VennAbers Fit(HeldOut data, int folds = 1)
    {
        Throw.IfLess(folds, 1);
        var fitted = new VennAbers(Learn(CurveSample.From(data), sample => Learn(sample, folds)), folds);
        return fitted with { Facts = data.Judge(fitted) };
    }

    internal static VennAbers Read(ParameterSet parameters, int classes, FitFacts? facts)
    {
        int folds = parameters.Whole("folds", 1);
        return new(ReadCurves(parameters, classes, folds == 1 ? VennAbersCurve.Read : CrossVennAbersCurve.Read), folds, facts);
    }

    static Curve Learn(CurveSample sample, int folds)
    {
        if (folds == 1) return VennAbersCurve.Learn(sample);
        var curves = new List<Curve>();
        for (int fold = 0; fold < folds; fold++)
        {
            var scores = new List<double>();
            var answers = new List<double>();
            for (int i = fold; i < sample.Rows; i += folds)
            {
                scores.Add(sample.Scores[i]);
                answers.Add(sample.Answers[i]);
            }
            if (scores.Count > 0) curves.Add(VennAbersCurve.Learn(new([.. scores], [.. answers])));
        }
        return curves.Count == 0 ? VennAbersCurve.Learn(sample) : new CrossVennAbersCurve(new CurveList(curves));
    }
}
