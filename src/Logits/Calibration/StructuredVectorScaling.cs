using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>Structured vector scaling (SVS): a temperature first, then a weight and a bias for each class, held near 1 and 0.</summary>
/// <param name="InverseTemperature">1/T of the first step.</param>
/// <param name="Weights">w of the second, one for each class.</param>
/// <param name="Biases">b of the second, one for each class.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// softmax(w log softmax(z/T) + b). Each (wₖ − 1)² and bₖ² costs k/n, so that few rows for many classes leave only the temperature, and a class that was always right
/// does not run away as in <see cref="VectorScaling"/>. Its training NLL is never worse than temperature scaling's.
/// Source: Berta, Holzmüller, Jordan, Bach, Structured Matrix Scaling for Multi-Class Calibration (2025), the diagonal form, with the ridge form of its penalty.
/// </remarks>
public sealed record StructuredVectorScaling(double InverseTemperature, Numbers Weights, Numbers Biases, FitFacts? Facts = null) : RowCalibrator(Biases.Count, Facts)
{
    /// <inheritdoc/>
    public override string Method => "svs";

    /// <inheritdoc/>
    public override bool PreservesArgMax => false;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "inverse_temperature", InverseTemperature }, { "weights", Weights }, { "biases", Biases } };

    /// <summary>The temperature, and then the weights and biases that minimise NLL + penalties.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    /// <param name="logits">n ≥ 1 rows.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="strength">A factor on all penalties; 1.</param>
    /// <param name="stopping">When to stop.</param>
    public static StructuredVectorScaling Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, double strength = 1, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), strength, stopping);

    internal static StructuredVectorScaling Fit(HeldOut data, double strength = 1, Stopping? stopping = null)
    {
        Throw.IfNegative(strength);
        var (inverse, x) = StructuredMatrixScaling.Tempered(data);
        var start = new double[2 * data.Classes];
        start.AsSpan(0, data.Classes).Fill(1);
        var objective = new ClasswiseObjective(x, data.Labels, data.Classes, weights: data.Classes, pull: strength * data.Classes / data.Rows);
        var minimum = NewtonCg.Minimize(objective, start, stopping);
        var fitted = new StructuredVectorScaling(inverse, Numbers.Create(minimum.Point.AsSpan(0, data.Classes)), Numbers.Create(minimum.Point.AsSpan(data.Classes)));
        return fitted with { Facts = data.Judge(fitted, minimum.Converged, minimum.Iterations) };
    }

    internal static StructuredVectorScaling Read(ParameterSet parameters, int classes, FitFacts? facts) =>
        new(parameters.Number("inverse_temperature"), parameters.List("weights", classes), parameters.List("biases", classes), facts);

    private protected override void Map(Span<double> z)
    {
        foreach (ref double score in z)
            if (score > double.NegativeInfinity) score *= InverseTemperature;
        ScoreFrame.LogProbabilities.Center(z);
        for (int k = 0; k < z.Length; k++)
            if (z[k] > double.NegativeInfinity) z[k] = z[k] * Weights[k] + Biases[k];
    }
}
