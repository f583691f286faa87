using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>One temperature and a bias for each class: softmax(z / T + b).</summary>
/// <param name="InverseTemperature">1/T, at least 0.</param>
/// <param name="Biases">b, one for each class, mean 0: what the model's idea of class frequencies lacks.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// The biases mend classes that are predicted too often or too rarely, also when test frequencies differ from training's; so the largest class may change.
/// Convex, solved to the optimum by Newton-CG; 1/T is held at 0 where it would turn negative. A class that never occurs gets a large negative bias.
/// Source: Alexandari, Kundaje, Shrikumar, Maximum Likelihood with Bias-Corrected Calibration is Hard-to-Beat at Label Shift Adaptation (2020).
/// </remarks>
public sealed record BiasCorrectedTemperature(double InverseTemperature, Numbers Biases, FitFacts? Facts = null) : RowCalibrator(Biases.Count, Facts)
{
    /// <inheritdoc/>
    public override string Method => "bcts";

    /// <inheritdoc/>
    public override bool PreservesArgMax => false;

    /// <summary>T.</summary>
    public double Temperature => 1 / InverseTemperature;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "inverse_temperature", InverseTemperature }, { "biases", Biases } };

    /// <summary>The temperature and biases that minimise the mean NLL.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static BiasCorrectedTemperature Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), stopping);

    internal static BiasCorrectedTemperature Fit(HeldOut data, Stopping? stopping = null)
    {
        double[] start = new double[1 + data.Classes], z = ScoreFrame.Centred.Center(data);
        start[0] = 1;
        var minimum = NewtonCg.Minimize(new ClasswiseObjective(z, data.Labels, data.Classes, weights: 1), start, stopping);
        double weight = minimum.Point[0];
        var biases = minimum.Point.AsSpan(1);
        if (weight < 0)
        {
            minimum = NewtonCg.Minimize(new ClasswiseObjective(z, data.Labels, data.Classes, weights: 0), new double[data.Classes], stopping);
            weight = 0;
            biases = minimum.Point;
        }
        Centre(biases);
        var fitted = new BiasCorrectedTemperature(weight, Numbers.Create(biases));
        return fitted with { Facts = data.Judge(fitted, minimum.Converged, minimum.Iterations) };
    }

    internal static BiasCorrectedTemperature Read(ParameterSet parameters, int classes, FitFacts? facts) =>
        new(parameters.Number("inverse_temperature"), parameters.List("biases", classes), facts);

    private protected override void Map(Span<double> z)
    {
        for (int k = 0; k < z.Length; k++)
            if (z[k] > double.NegativeInfinity) z[k] = z[k] * InverseTemperature + Biases[k];
    }

    internal static void Centre(Span<double> biases)
    {
        double sum = 0;
        foreach (double bias in biases) sum += bias;
        foreach (ref double bias in biases) bias -= sum / biases.Length;
    }
}
