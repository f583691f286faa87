using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>Structured matrix scaling (SMS): a temperature first, then a matrix and biases whose distance from the identity costs by kind of entry.</summary>
/// <param name="InverseTemperature">1/T of the first step.</param>
/// <param name="Weights">W of the second, row by row: k × k.</param>
/// <param name="Biases">b of the second, k of them.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// softmax(W log softmax(z/T) + b). Penalties per squared entry: k/n on the diagonal and the biases, k(k−1)/n off the diagonal, so that few rows for many
/// classes leave only the temperature. Its training NLL is never worse than temperature scaling's.
/// Source: Berta, Holzmüller, Jordan, Bach, Structured Matrix Scaling for Multi-Class Calibration (2025), with the ridge form of its penalty.
/// </remarks>
public sealed record StructuredMatrixScaling(double InverseTemperature, Numbers Weights, Numbers Biases, FitFacts? Facts = null) : MatrixMap(Weights, Biases, Facts)
{
    /// <inheritdoc/>
    public override string Method => "sms";

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "inverse_temperature", InverseTemperature }, { "weights", Weights }, { "biases", Biases } };

    /// <summary>The temperature, and then the matrix and biases that minimise NLL + penalties.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    /// <param name="logits">n ≥ 1 rows.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="strength">A factor on all penalties; 1.</param>
    /// <param name="stopping">When to stop.</param>
    public static StructuredMatrixScaling Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, double strength = 1, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), strength, stopping);

    internal static StructuredMatrixScaling Fit(HeldOut data, double strength = 1, Stopping? stopping = null)
    {
        Throw.IfNegative(strength);
        Throw.IfMixed(data, "sms");
        var (inverse, x) = Tempered(data);
        double few = strength * data.Classes / data.Rows;
        var (weights, biases, minimum) = Solve(data, x, new(few, few * Math.Max(data.Classes - 1, 1), few), stopping);
        var fitted = new StructuredMatrixScaling(inverse, weights, biases);
        return fitted with { Facts = data.Judge(fitted, minimum.Converged, minimum.Iterations) };
    }

    /// <summary>The best inverse temperature, and the log-probabilities it gives.</summary>
    internal static (double Inverse, double[] LogProbabilities) Tempered(HeldOut data)
    {
        // Perfectly separated scores would want T = 0; what follows needs finite scores, and 1e−3 is as sharp as matters.
        double inverse = Math.Min(1 / TemperatureScaling.Fit(data.Logits, data.Labels).Temperature, 1e3);
        var x = new double[data.Scores.Length];
        for (int i = 0; i < x.Length; i++) x[i] = data.Scores[i] == double.NegativeInfinity ? double.NegativeInfinity : data.Scores[i] * inverse;
        for (int row = 0; row < data.Rows; row++) ScoreFrame.LogProbabilities.Center(x.AsSpan(row * data.Classes, data.Classes));
        return (inverse, x);
    }

    internal static StructuredMatrixScaling Read(ParameterSet parameters, int classes, FitFacts? facts) =>
        new(parameters.Number("inverse_temperature"), parameters.List("weights", classes * classes), parameters.List("biases", classes), facts);

    private protected override void Center(Span<double> z)
    {
        foreach (ref double score in z) score *= InverseTemperature;
        ScoreFrame.LogProbabilities.Center(z);
    }
}
