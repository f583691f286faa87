using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>A weight and a bias for each class: softmax(wₖ zₖ + bₖ).</summary>
/// <param name="Weights">w, one for each class.</param>
/// <param name="Biases">b, one for each class, mean 0.</param>
/// <param name="Frame">What z is measured from.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// 2k numbers: worth it from some ten rows a class on. The largest class may change. Convex, no penalty, solved to the optimum by Newton-CG; on separable
/// data the weights grow until the gradient is below 1e−10. For two classes measured as log-probabilities this is beta calibration without its sign limits.
/// Source: Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks (2017), §4.2.
/// </remarks>
public sealed record VectorScaling(Numbers Weights, Numbers Biases, ScoreFrame Frame, FitFacts? Facts = null) : RowCalibrator(Biases.Count, Facts)
{
    /// <inheritdoc/>
    public override string Method => "vector";

    /// <inheritdoc/>
    public override bool PreservesArgMax => false;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "weights", Weights }, { "biases", Biases }, { "frame", Frame.Word() } };

    /// <summary>The weights and biases that minimise the mean NLL.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static VectorScaling Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, ScoreFrame frame = ScoreFrame.Detect, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), frame, stopping);

    internal static VectorScaling Fit(HeldOut data, ScoreFrame frame = ScoreFrame.Detect, Stopping? stopping = null)
    {
        frame = frame.For(data);
        double[] start = new double[2 * data.Classes], z = frame.Center(data);
        start.AsSpan(0, data.Classes).Fill(1);
        var minimum = NewtonCg.Minimize(new ClasswiseObjective(z, data.Labels, data.Classes, weights: data.Classes), start, stopping);
        var biases = minimum.Point.AsSpan(data.Classes);
        BiasCorrectedTemperature.Centre(biases);
        var fitted = new VectorScaling(Numbers.Create(minimum.Point.AsSpan(0, data.Classes)), Numbers.Create(biases), frame);
        return fitted with { Facts = data.Judge(fitted, minimum.Converged, minimum.Iterations) };
    }

    internal static VectorScaling Read(ParameterSet parameters, int classes, FitFacts? facts) =>
        new(parameters.List("weights", classes), parameters.List("biases", classes), ScoreFrames.Read(parameters.Word("frame")), facts);

    private protected override void Map(Span<double> z)
    {
        Frame.Center(z);
        for (int k = 0; k < z.Length; k++)
            if (z[k] > double.NegativeInfinity) z[k] = z[k] * Weights[k] + Biases[k];
    }
}
