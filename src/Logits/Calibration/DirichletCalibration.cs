using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>What keeps a Dirichlet map's k² weights from fitting noise.</summary>
public enum DirichletPenalty
{
    /// <summary>Off-diagonal entries and biases held small: <see cref="Logits.Calibration.Odir"/>.</summary>
    Odir,

    /// <summary>All entries held near the identity with one weight.</summary>
    L2,
}

/// <summary>Dirichlet calibration: softmax(W ln p + b), what follows when the probabilities of each class are Dirichlet distributed.</summary>
/// <param name="Weights">W, row by row: k × k.</param>
/// <param name="Biases">b, k of them.</param>
/// <param name="Penalty">Which penalty the fit had.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Matrix scaling on log-probabilities. The penalty is <see cref="Odir"/>, or <see cref="FitL2"/>: one weight on the squared distance of all of W and b from
/// "change nothing". The identity costs no penalty, so the training NLL never rises.
/// Source: Kull, Perello-Nieto, Kängsepp, Silva Filho, Song, Flach, Beyond Temperature Scaling: Obtaining Well-Calibrated Multi-Class Probabilities with Dirichlet Calibration (2019);
/// its L2 pulls W towards 0 instead, so that a strong penalty there means uniform probabilities and here the model's own.
/// </remarks>
public sealed record DirichletCalibration(Numbers Weights, Numbers Biases, DirichletPenalty Penalty = DirichletPenalty.Odir, FitFacts? Facts = null) : MatrixMap(Weights, Biases, Facts)
{
    /// <inheritdoc/>
    public override string Method => Penalty == DirichletPenalty.Odir ? "dirichlet" : "dirichlet-l2";

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "weights", Weights }, { "biases", Biases } };

    /// <summary>The matrix and biases that minimise NLL + ODIR.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static DirichletCalibration Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, Odir? penalty = null, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), penalty, stopping);

    /// <summary>The matrix and biases that minimise NLL + λ/(k(k+1)) (‖W − I‖² + ‖b‖²).</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    /// <param name="logits">n ≥ 1 rows.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="penalty">λ ≥ 0; by default that of entries of the order of 0.3: 5 k(k+1)/n.</param>
    /// <param name="stopping">When to stop.</param>
    public static DirichletCalibration FitL2<T>(Logits<T> logits, ReadOnlySpan<int> labels, double? penalty = null, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        FitL2(HeldOut.From(logits, labels), penalty, stopping);

    internal static DirichletCalibration Fit(HeldOut data, Odir? penalty = null, Stopping? stopping = null) =>
        Fit(data, (penalty ?? Odir.ForRows(data.Rows, data.Classes)).PerEntry(data.Classes), DirichletPenalty.Odir, stopping);

    internal static DirichletCalibration FitL2(HeldOut data, double? penalty = null, Stopping? stopping = null)
    {
        double perEntry = penalty is { } given ? Throw.IfNegative(given, nameof(penalty)) / (data.Classes * (data.Classes + 1.0)) : 5.0 / data.Rows;
        return Fit(data, new MatrixPenalty(perEntry, perEntry, perEntry), DirichletPenalty.L2, stopping);
    }

    static DirichletCalibration Fit(HeldOut data, MatrixPenalty penalty, DirichletPenalty kind, Stopping? stopping)
    {
        Throw.IfMixed(data, "dirichlet");
        var (weights, biases, minimum) = Solve(data, data.LogProbabilities, penalty, stopping);
        var fitted = new DirichletCalibration(weights, biases, kind);
        return fitted with { Facts = data.Judge(fitted, minimum.Converged, minimum.Iterations) };
    }

    internal static DirichletCalibration Read(ParameterSet parameters, int classes, FitFacts? facts, DirichletPenalty penalty) =>
        new(parameters.List("weights", classes * classes), parameters.List("biases", classes), penalty, facts);

    private protected override void Center(Span<double> z) => ScoreFrame.LogProbabilities.Center(z);
}
