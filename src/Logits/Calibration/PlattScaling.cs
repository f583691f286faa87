using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>What Platt scaling takes a yes and a no to be.</summary>
public enum PlattTargets
{
    /// <summary>1 and 0: plain maximum likelihood.</summary>
    Exact,

    /// <summary>(N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2), Platt's own: finite parameters on any data, separable or of one class.</summary>
    Smoothed,
}

/// <summary>Platt (affine) scaling: p = sigmoid(a s + b) of the log-odds s.</summary>
/// <param name="Curves">An affine curve for each label; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Targets">What a yes and a no were taken to be.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// a is an inverse temperature, b a shift of the base rate. For two classes and exact targets the training NLL never rises. On separable data a grows until
/// the gradient is below 1e−10; on labels of one kind b does; smoothed targets stay finite.
/// Source: Platt, Probabilistic Outputs for Support Vector Machines (1999); Lin, Lin, Weng, A Note on Platt's Probabilistic Outputs (2007).
/// </remarks>
public sealed record PlattScaling(CurveList Curves, PlattTargets Targets = PlattTargets.Exact, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => Targets == PlattTargets.Exact ? "platt" : "platt-smoothed";

    /// <summary>The curves of minimal NLL.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static PlattScaling Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, PlattTargets targets = PlattTargets.Exact) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), targets);

    /// <summary>The curves of minimal NLL, one for each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    /// <param name="targets">What a yes and a no are taken to be.</param>
    public static PlattScaling Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, PlattTargets targets = PlattTargets.Exact) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = CurveSample.From(logits, labels);
        var (curves, converged, iterations) = Learn(samples, targets);
        return new(curves, targets, Judge(samples, curves, converged, iterations));
    }

    internal static PlattScaling Fit(HeldOut data, PlattTargets targets = PlattTargets.Exact)
    {
        var (curves, converged, iterations) = Learn(CurveSample.From(data), targets);
        var fitted = new PlattScaling(curves, targets);
        return fitted with { Facts = data.Judge(fitted, converged, iterations) };
    }

    internal static PlattScaling Read(ParameterSet parameters, int classes, FitFacts? facts, PlattTargets targets) =>
        new(ReadCurves(parameters, classes, AffineCurve.Read), targets, facts);

    static (CurveList Curves, bool Converged, int Iterations) Learn(CurveSample[] samples, PlattTargets targets)
    {
        bool converged = true;
        int iterations = 0;
        var curves = Learn(samples, sample =>
        {
            if (sample.Rows == 0) return new AffineCurve(1, 0);
            double yes = sample.Answers.Sum(), no = sample.Rows - yes, high = 1, low = 0;
            if (targets == PlattTargets.Smoothed) (high, low) = ((yes + 1) / (yes + 2), 1 / (no + 2));
            var features = new double[2 * sample.Rows];
            for (int i = 0; i < sample.Rows; i++) (features[2 * i], features[2 * i + 1]) = (sample.Scores[i], 1);
            var minimum = Newton.Minimize(new AnswersObjective(features, [.. sample.Answers.Select(answer => answer == 1 ? high : low)], 2), [1, 0]);
            converged &= minimum.Converged;
            iterations += minimum.Iterations;
            return new AffineCurve(minimum.Point[0], minimum.Point[1]);
        });
        return (curves, converged, iterations);
    }
}
