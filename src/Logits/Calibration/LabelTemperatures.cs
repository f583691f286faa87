using System.Numerics;

namespace Logits.Calibration;

/// <summary>A temperature for each yes/no label: p = sigmoid(s / T), and for classes one against the rest.</summary>
/// <param name="Curves">An affine curve with intercept 0 for each label; its slope is 1/T.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// For multi-label models, where each label has a confidence of its own. For two classes it is <see cref="TemperatureScaling"/>, and its limits are the same.
/// Source: Guo et al. (2017), label by label.
/// </remarks>
public sealed record LabelTemperatures(CurveList Curves, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => "temperature-per-label";

    /// <summary>T of each label.</summary>
    public Numbers Temperatures => [.. Curves.Select(curve => 1 / ((AffineCurve)curve).Slope)];

    /// <summary>The temperatures of minimal NLL.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static LabelTemperatures Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Fit(HeldOut.From(logits, labels));

    /// <summary>The temperatures of minimal NLL, one for each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    public static LabelTemperatures Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = CurveSample.From(logits, labels);
        var (curves, converged, iterations) = Learn(samples);
        return new(curves, Judge(samples, curves, converged, iterations));
    }

    internal static LabelTemperatures Fit(HeldOut data)
    {
        var (curves, converged, iterations) = Learn(CurveSample.From(data));
        var fitted = new LabelTemperatures(curves);
        return fitted with { Facts = data.Judge(fitted, converged, iterations) };
    }

    internal static LabelTemperatures Read(ParameterSet parameters, int classes, FitFacts? facts) => new(ReadCurves(parameters, classes, AffineCurve.Read), facts);

    static (CurveList Curves, bool Converged, int Iterations) Learn(CurveSample[] samples)
    {
        bool converged = true;
        int iterations = 0;
        var curves = Learn(samples, sample =>
        {
            if (sample.Rows == 0) return new AffineCurve(1, 0);
            var two = new double[2 * sample.Rows];   // softmax of (0, s) is sigmoid(s)
            for (int i = 0; i < sample.Rows; i++) two[2 * i + 1] = sample.Scores[i];
            var scaling = TemperatureScaling.Fit(new Logits<double>(two, 2), Array.ConvertAll(sample.Answers, answer => (int)answer));
            converged &= scaling.Facts!.Converged;
            iterations += scaling.Facts.Iterations;
            return new AffineCurve(1 / scaling.Temperature, 0);
        });
        return (curves, converged, iterations);
    }
}
