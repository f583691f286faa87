using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>Isotonic calibration: the nondecreasing curve of highest likelihood, by pooling adjacent violators.</summary>
/// <param name="Curves">Knots joined by straight lines, for each label; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Centred">Whether each pooled block counts at its mean score instead of over its whole range.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// The blocks' values are the frequencies of yes inside; between blocks the curve is linear in probability, beyond the ends it is constant. Pooling makes ties,
/// so the ranking coarsens, and end blocks of one kind get probability 0 or 1: a single later exception then costs an infinite log loss. The centred variant has no
/// flat stretches between its ends and keeps strict order there. More than two classes: one against the rest, divided by the sum.
/// Source: Zadrozny, Elkan, Transforming Classifier Scores into Accurate Multiclass Probability Estimates (2002); centred: Oron, Flournoy,
/// Centered Isotonic Regression (2017).
/// </remarks>
public sealed record IsotonicCalibration(CurveList Curves, bool Centred = false, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => Centred ? "isotonic-centred" : "isotonic";

    /// <summary>The isotonic curves.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static IsotonicCalibration Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, bool centred = false) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), centred);

    /// <summary>The isotonic curves, one for each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    /// <param name="centred">Whether each pooled block counts at its mean score.</param>
    public static IsotonicCalibration Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, bool centred = false) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = CurveSample.From(logits, labels);
        var curves = Learn(samples, sample => Learn(sample, centred));
        return new(curves, centred, Judge(samples, curves));
    }

    internal static IsotonicCalibration Fit(HeldOut data, bool centred = false)
    {
        var fitted = new IsotonicCalibration(Learn(CurveSample.From(data), sample => Learn(sample, centred)), centred);
        return fitted with { Facts = data.Judge(fitted) };
    }

    internal static IsotonicCalibration Read(ParameterSet parameters, int classes, FitFacts? facts, bool centred) =>
        new(ReadCurves(parameters, classes, LinearCurve.Read), centred, facts);

    static Curve Learn(CurveSample sample, bool centred)
    {
        if (sample.Rows == 0) return new AffineCurve(1, 0);
        var ties = sample.Sorted;
        var blocks = new List<PoolAdjacentViolators.Block>();
        for (int i = 0; i < ties.Scores.Length; i++) PoolAdjacentViolators.Append(blocks, new(i, 1, ties.Rows[i], ties.Yes[i]));

        var knots = new List<double>();
        var values = new List<double>();
        foreach (var block in blocks)
        {
            double first = ties.Scores[block.Start], last = ties.Scores[block.Start + block.Count - 1];
            if (centred)
            {
                double offset = 0;
                for (int i = block.Start; i < block.Start + block.Count; i++) offset += ties.Rows[i] * (ties.Scores[i] - first);
                Add(first + offset / block.Weight, block.Value);
            }
            else
            {
                Add(first, block.Value);
                if (last > first) Add(last, block.Value);
            }
        }
        return new LinearCurve([.. knots], [.. values]);

        void Add(double knot, double value)
        {
            if (knots.Count > 0 && knot <= knots[^1]) return;   // means of neighbours that round to one number
            knots.Add(knot);
            values.Add(value);
        }
    }
}
