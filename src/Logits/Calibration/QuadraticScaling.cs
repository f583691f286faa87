using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>c₂ s² + c₁ s + c₀.</summary>
/// <param name="Square">c₂.</param>
/// <param name="Slope">c₁.</param>
/// <param name="Intercept">c₀.</param>
public sealed record QuadraticCurve(double Square, double Slope, double Intercept) : Curve
{
    /// <inheritdoc/>
    public override double Map(double logOdds) => (Square * logOdds + Slope) * logOdds + Intercept;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "square", Square }, { "slope", Slope }, { "intercept", Intercept } };

    internal static QuadraticCurve Read(ParameterSet parameters) => new(parameters.Number("square"), parameters.Number("slope"), parameters.Number("intercept"));
}

/// <summary>Quadratic scaling: p = sigmoid(c₂ s² + c₁ s + c₀), exact when the log-odds of both kinds are normal with different variances.</summary>
/// <param name="Curves">A quadratic curve for each label; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Not monotone: beyond its vertex the curve turns, so far scores may be ranked differently. For two classes the training NLL never rises.
/// Source: Berta, Holzmüller, Jordan, Bach, Structured Matrix Scaling for Multi-Class Calibration (2025), §3.
/// </remarks>
public sealed record QuadraticScaling(CurveList Curves, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => "quadratic";

    /// <summary>The curves of minimal NLL.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static QuadraticScaling Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Fit(HeldOut.From(logits, labels));

    /// <summary>The curves of minimal NLL, one for each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    public static QuadraticScaling Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = CurveSample.From(logits, labels);
        var (curves, converged, iterations) = Learn(samples);
        return new(curves, Judge(samples, curves, converged, iterations));
    }

    internal static QuadraticScaling Fit(HeldOut data)
    {
        var (curves, converged, iterations) = Learn(CurveSample.From(data));
        var fitted = new QuadraticScaling(curves);
        return fitted with { Facts = data.Judge(fitted, converged, iterations) };
    }

    internal static QuadraticScaling Read(ParameterSet parameters, int classes, FitFacts? facts) => new(ReadCurves(parameters, classes, QuadraticCurve.Read), facts);

    static (CurveList Curves, bool Converged, int Iterations) Learn(CurveSample[] samples)
    {
        bool converged = true;
        int iterations = 0;
        var curves = Learn(samples, sample =>
        {
            if (sample.Rows == 0) return new QuadraticCurve(0, 1, 0);
            var features = new double[3 * sample.Rows];
            for (int i = 0; i < sample.Rows; i++) (features[3 * i], features[3 * i + 1], features[3 * i + 2]) = (sample.Scores[i] * sample.Scores[i], sample.Scores[i], 1);
            var minimum = Newton.Minimize(new AnswersObjective(features, sample.Answers, 3), [0, 1, 0]);
            converged &= minimum.Converged;
            iterations += minimum.Iterations;
            return new QuadraticCurve(minimum.Point[0], minimum.Point[1], minimum.Point[2]);
        });
        return (curves, converged, iterations);
    }
}
