using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>A full matrix on the scores: softmax(W z + b), its off-diagonal entries and biases held small (ODIR).</summary>
/// <param name="Weights">W, row by row: k × k.</param>
/// <param name="Biases">b, k of them.</param>
/// <param name="Frame">What z is measured from.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// k² + k numbers: overfits without the penalty unless there are hundreds of rows for each class. Convex; the optimum of NLL + penalty is reached by Newton-CG.
/// The identity costs no penalty, so the training NLL never rises. Source: Guo et al. (2017), §4.2; Kull et al. (2019), §4.2 for the penalty.
/// </remarks>
public sealed record MatrixScaling(Numbers Weights, Numbers Biases, ScoreFrame Frame, FitFacts? Facts = null) : MatrixMap(Weights, Biases, Facts)
{
    /// <inheritdoc/>
    public override string Method => "matrix";

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "weights", Weights }, { "biases", Biases }, { "frame", Frame.Word() } };

    /// <summary>The matrix and biases that minimise NLL + penalty.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static MatrixScaling Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, Odir? penalty = null, ScoreFrame frame = ScoreFrame.Detect, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), penalty, frame, stopping);

    internal static MatrixScaling Fit(HeldOut data, Odir? penalty = null, ScoreFrame frame = ScoreFrame.Detect, Stopping? stopping = null)
    {
        Throw.IfMixed(data, "matrix");
        frame = frame.For(data);
        var (weights, biases, minimum) = Solve(data, frame.Center(data), (penalty ?? Odir.ForRows(data.Rows, data.Classes)).PerEntry(data.Classes), stopping);
        var fitted = new MatrixScaling(weights, biases, frame);
        return fitted with { Facts = data.Judge(fitted, minimum.Converged, minimum.Iterations) };
    }

    internal static MatrixScaling Read(ParameterSet parameters, int classes, FitFacts? facts) =>
        new(parameters.List("weights", classes * classes), parameters.List("biases", classes), ScoreFrames.Read(parameters.Word("frame")), facts);

    private protected override void Center(Span<double> z) => Frame.Center(z);
}
