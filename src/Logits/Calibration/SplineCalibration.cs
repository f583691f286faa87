using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>A natural cubic spline: its values at the knots are given, beyond them it runs on straight.</summary>
/// <param name="Knots">Rising log-odds; at least 2.</param>
/// <param name="Values">The calibrated log-odds at each.</param>
/// <param name="Bends">The second derivative at each; 0 at both ends.</param>
public sealed record SplineCurve(Numbers Knots, Numbers Values, Numbers Bends) : Curve
{
    /// <inheritdoc/>
    public override double Map(double logOdds)
    {
        int last = Knots.Count - 1;
        if (logOdds <= Knots[0]) return Values[0] + (logOdds - Knots[0]) * Slope(0, 0);
        if (logOdds >= Knots[last]) return Values[last] + (logOdds - Knots[last]) * Slope(last - 1, 1);
        int at = Knots.Span.BinarySearch(logOdds);
        if (at >= 0) return Values[at];
        at = ~at - 1;
        double h = Knots[at + 1] - Knots[at], b = (logOdds - Knots[at]) / h, a = 1 - b;
        return a * Values[at] + b * Values[at + 1] + h * h / 6 * ((a * a * a - a) * Bends[at] + (b * b * b - b) * Bends[at + 1]);
    }

    /// <summary>The slope at the start (0) or the end (1) of piece <paramref name="at"/>.</summary>
    double Slope(int at, int end)
    {
        double h = Knots[at + 1] - Knots[at];
        return (Values[at + 1] - Values[at]) / h + h / 6 * (end == 0 ? -2 * Bends[at] - Bends[at + 1] : Bends[at] + 2 * Bends[at + 1]);
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "knots", Knots }, { "values", Values }, { "bends", Bends } };

    internal static Curve Read(ParameterSet parameters)
    {
        if (parameters.Has("slope")) return AffineCurve.Read(parameters);
        var knots = parameters.List("knots");
        if (knots.Count < 2) throw new FormatException($"\"knots\" holds {knots.Count} numbers; a spline has at least 2.");
        return new SplineCurve(knots, parameters.List("values", knots.Count), parameters.List("bends", knots.Count));
    }
}

/// <summary>Spline calibration: the log-odds pass through a natural cubic spline of highest penalised likelihood.</summary>
/// <param name="Curves">A spline for each label, or an affine curve where there are too few distinct scores; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Knots at quantiles of the scores. The penalty is on ∫ f″² only, so straight lines, the identity among them, are free and for two classes the training NLL
/// never rises. Not held monotone. Source: Lucena, Spline-Based Probability Calibration (2018).
/// </remarks>
public sealed record SplineCalibration(CurveList Curves, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => "spline";

    /// <summary>The splines of highest penalised likelihood.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    /// <param name="logits">n ≥ 1 rows.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="knots">How many, at least 2; fewer where scores are few.</param>
    public static SplineCalibration Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, int knots = 6) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), knots);

    /// <summary>The splines of highest penalised likelihood, one for each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    /// <param name="knots">How many, at least 2.</param>
    public static SplineCalibration Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, int knots = 6) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfLess(knots, 2);
        var samples = CurveSample.From(logits, labels);
        var (curves, converged, iterations) = Learn(samples, knots);
        return new(curves, Judge(samples, curves, converged, iterations));
    }

    internal static SplineCalibration Fit(HeldOut data, int knots = 6)
    {
        Throw.IfLess(knots, 2);
        var (curves, converged, iterations) = Learn(CurveSample.From(data), knots);
        var fitted = new SplineCalibration(curves);
        return fitted with { Facts = data.Judge(fitted, converged, iterations) };
    }

    internal static SplineCalibration Read(ParameterSet parameters, int classes, FitFacts? facts) => new(ReadCurves(parameters, classes, SplineCurve.Read), facts);

    static (CurveList Curves, bool Converged, int Iterations) Learn(CurveSample[] samples, int count)
    {
        bool converged = true;
        int iterations = 0;
        var curves = Learn(samples, sample =>
        {
            double[] knots = sample.Rows == 0 ? [] : Quantiles(sample.Sorted.Scores, count);
            if (knots.Length < 2) return new AffineCurve(1, 0);
            int m = knots.Length;

            // The spline is linear in its knot values: one cardinal spline for each, 1 at its own knot and 0 at the others.
            var cardinal = new SplineCurve[m];
            for (int j = 0; j < m; j++)
            {
                var values = new double[m];
                values[j] = 1;
                cardinal[j] = new([.. knots], [.. values], Numbers.Own(Bends(knots, values)));
            }
            var features = new double[m * sample.Rows];
            for (int i = 0; i < sample.Rows; i++)
                for (int j = 0; j < m; j++)
                    features[i * m + j] = cardinal[j].Map(sample.Scores[i]);

            // ∫ f″² is quadratic in the values; in units of the range cubed it is free of the scores' scale. About 100 of it counts as one row.
            double range = knots[^1] - knots[0], unit = range * range * range / (100.0 * sample.Rows);
            var penalty = new double[m * m];
            for (int j = 0; j < m; j++)
                for (int k = 0; k < m; k++)
                    for (int piece = 0; piece + 1 < m; piece++)
                    {
                        double h = knots[piece + 1] - knots[piece], a = cardinal[j].Bends[piece], b = cardinal[j].Bends[piece + 1], c = cardinal[k].Bends[piece], d = cardinal[k].Bends[piece + 1];
                        penalty[j * m + k] += unit * h / 6 * (2 * a * c + 2 * b * d + a * d + b * c);
                    }
            var minimum = Newton.Minimize(new AnswersObjective(features, sample.Answers, m, penalty), knots);
            converged &= minimum.Converged;
            iterations += minimum.Iterations;
            return (Curve)new SplineCurve([.. knots], [.. minimum.Point], Numbers.Own(Bends(knots, minimum.Point)));
        });
        return (curves, converged, iterations);
    }

    /// <summary>Distinct quantiles at shares 5 % to 95 %, evenly spaced, mirrored alike; fewer when scores are few.</summary>
    static double[] Quantiles(double[] sorted, int count)
    {
        var knots = new List<double>();
        count = Math.Min(count, sorted.Length);
        for (int i = 0; i < count; i++)
        {
            double share = count == 1 ? 0.5 : 0.05 + 0.9 * i / (count - 1), place = share * (sorted.Length - 1);
            int low = Math.Min((int)place, sorted.Length - 1), high = Math.Min(low + 1, sorted.Length - 1);
            double knot = sorted[low] + (place - low) * (sorted[high] - sorted[low]);
            // Knots closer than a millionth of the whole make pieces that cannot be told apart.
            if (knots.Count == 0 || knot - knots[^1] > 1e-6 * (sorted[^1] - sorted[0])) knots.Add(knot);
        }
        return [.. knots];
    }

    /// <summary>The second derivatives that make the spline natural and its slope continuous: a tridiagonal system.</summary>
    static double[] Bends(double[] knots, double[] values)
    {
        int m = knots.Length;
        double[] bends = new double[m], above = new double[m];
        for (int i = 1; i + 1 < m; i++)
        {
            double left = knots[i] - knots[i - 1], right = knots[i + 1] - knots[i];
            double kink = 6 * ((values[i + 1] - values[i]) / right - (values[i] - values[i - 1]) / left);
            double diagonal = 2 * (left + right) - left * above[i - 1];
            above[i] = right / diagonal;
            bends[i] = (kink - left * bends[i - 1]) / diagonal;
        }
        for (int i = m - 2; i > 0; i--) bends[i] -= above[i] * bends[i + 1];
        bends[m - 1] = 0;
        return bends;
    }
}
