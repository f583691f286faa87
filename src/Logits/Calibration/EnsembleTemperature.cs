using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>Ensemble temperature scaling (ETS): w₁ softmax(z/T) + w₂ softmax(z) + w₃/k.</summary>
/// <param name="Temperature">T.</param>
/// <param name="Tempered">w₁ ≥ 0.</param>
/// <param name="Raw">w₂ ≥ 0.</param>
/// <param name="Uniform">w₃ ≥ 0; it is spread over the classes that are not ruled out. The three sum to 1.</param>
/// <param name="Classes">The number of classes it was fitted on; 0 for any.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Keeps every ranking. T is temperature scaling's; the weights minimise the NLL, which is convex in them, and never raise it.
/// Source: Zhang, Kailkhura, Han, Mix-n-Match: Ensemble and Compositional Methods for Uncertainty Calibration in Deep Learning (2020).
/// </remarks>
public sealed record EnsembleTemperature(double Temperature, double Tempered, double Raw, double Uniform, int Classes = 0, FitFacts? Facts = null) : RowCalibrator(Classes, Facts)
{
    /// <inheritdoc/>
    public override string Method => "ets";

    /// <inheritdoc/>
    public override bool PreservesArgMax => true;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "temperature", Temperature }, { "tempered", Tempered }, { "raw", Raw }, { "uniform", Uniform } };

    /// <summary>The temperature and then the weights that minimise the mean NLL.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static EnsembleTemperature Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), stopping);

    internal static EnsembleTemperature Fit(HeldOut data, Stopping? stopping = null)
    {
        var scaling = TemperatureScaling.Fit(data.Logits, data.Labels);
        var tempered = scaling.Apply(data.Logits).LogSoftmax();
        var chosen = new double[3 * data.Rows];   // the label's log-probability under each member
        for (int row = 0; row < data.Rows; row++)
        {
            chosen[3 * row] = tempered[row][data.Labels[row]];
            chosen[3 * row + 1] = data.LogProbabilities[row * data.Classes + data.Labels[row]];
            chosen[3 * row + 2] = -LogMath.Log(data.Classes - data[row].Count(double.NegativeInfinity));
        }
        var minimum = ProximalNewton.Minimize(new Mixture(chosen), [1.0 / 3, 1.0 / 3, 1.0 / 3], [], [0, 0, 0], stopping);
        double sum = minimum.Point.Sum();
        var fitted = new EnsembleTemperature(scaling.Temperature, minimum.Point[0] / sum, minimum.Point[1] / sum, minimum.Point[2] / sum, data.Classes);
        return fitted with { Facts = data.Judge(fitted, minimum.Converged, minimum.Iterations) };
    }

    internal static EnsembleTemperature Read(ParameterSet parameters, int classes, FitFacts? facts) =>
        new(parameters.Number("temperature"), parameters.Number("tempered"), parameters.Number("raw"), parameters.Number("uniform"), classes, facts);

    private protected override void Map(Span<double> z)
    {
        Span<double> tempered = z.Length <= 256 ? stackalloc double[z.Length] : new double[z.Length];
        new TemperatureScaling(Temperature).Apply(new Logits<double>(z, z.Length), tempered).LogSoftmax(tempered);
        ScoreFrame.LogProbabilities.Center(z);
        double uniform = LogMath.Log(Uniform) - LogMath.Log(z.Length - z.Count(double.NegativeInfinity)), first = LogMath.Log(Tempered), second = LogMath.Log(Raw);
        for (int k = 0; k < z.Length; k++)
        {
            if (z[k] == double.NegativeInfinity) continue;
            double a = first + tempered[k], b = second + z[k], max = Math.Max(Math.Max(a, b), uniform);
            z[k] = max == double.NegativeInfinity ? max : max + LogMath.Log(LogMath.Exp(a - max) + LogMath.Exp(b - max) + LogMath.Exp(uniform - max));
        }
    }

    /// <summary>−mean log Σ wⱼ pᵢⱼ + Σ wⱼ over w ≥ 0. The added Σ w replaces the constraint Σ w = 1: at the minimum it holds by itself.</summary>
    sealed class Mixture(double[] logs) : IHessianObjective
    {
        readonly double[] _hessian = new double[9];

        public int Dimension => 3;

        public double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient)
        {
            int rows = logs.Length / 3;
            double value = 0;
            gradient.Clear();
            _hessian.AsSpan().Clear();
            Span<double> ratio = stackalloc double[3];
            for (int row = 0; row < rows; row++)
            {
                var log = logs.AsSpan(3 * row, 3);
                double max = Kernels.Kernel<double>.Max(log), mixed = 0;
                for (int j = 0; j < 3; j++) mixed += point[j] * (ratio[j] = LogMath.Exp(log[j] - max));
                value -= max + LogMath.Log(mixed);
                for (int j = 0; j < 3; j++)
                {
                    gradient[j] -= ratio[j] / mixed / rows;
                    for (int k = 0; k < 3; k++) _hessian[3 * j + k] += ratio[j] / mixed * (ratio[k] / mixed) / rows;
                }
            }
            for (int j = 0; j < 3; j++) gradient[j] += 1;
            return value / rows + point[0] + point[1] + point[2];
        }

        public void Hessian(Span<double> hessian) => _hessian.CopyTo(hessian);
    }
}
