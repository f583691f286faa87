using System.Numerics;

namespace Logits.Calibration;

/// <summary>A temperature for each predicted class: rows whose largest score is class c are divided by T_c.</summary>
/// <param name="InverseTemperatures">1/T_c, one for each class.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Keeps the largest class and every ranking within a row. Each class minimises the NLL of the rows predicted as it plus a pull towards the common
/// temperature, λ (1/T_c − 1/T)² /2 with λ of <see cref="Pull"/> rows' worth of curvature; a class that is never predicted takes the common T.
/// The first of equal largest scores counts. Never a worse training NLL than temperature scaling's.
/// Source: Frenkel, Goldberger, Network Calibration by Class-Based Temperature Scaling (2021).
/// </remarks>
public sealed record PerClassTemperature(Numbers InverseTemperatures, FitFacts? Facts = null) : RowCalibrator(InverseTemperatures.Count, Facts)
{
    /// <summary>How many rows the common temperature counts as, for each class: 20.</summary>
    public const double Pull = 20;

    /// <inheritdoc/>
    public override string Method => "temperature-per-class";

    /// <inheritdoc/>
    public override bool PreservesArgMax => true;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "inverse_temperatures", InverseTemperatures } };

    /// <summary>The temperature of each predicted class.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static PerClassTemperature Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Fit(HeldOut.From(logits, labels));

    internal static PerClassTemperature Fit(HeldOut data)
    {
        // A separated set has 1/T = ∞; 1e6 writes the same probabilities in all but exact ties.
        double common = Math.Min(1 / TemperatureScaling.Fit(data.Logits, data.Labels).Temperature, 1e6);
        var predicted = new List<int>[data.Classes];
        for (int row = 0; row < data.Rows; row++) (predicted[Kernels.Kernel<double>.ArgMax(data[row])] ??= []).Add(row);

        bool converged = true;
        int sweeps = 0;
        var inverse = new double[data.Classes];
        for (int c = 0; c < inverse.Length; c++)
        {
            inverse[c] = common;
            if (predicted[c] is null) continue;
            var rows = predicted[c].ToArray();
            var at = Moments(data, rows, common);
            double pull = Pull * at.Curvature;
            // The penalised derivative n g(β) + λ (β − β₀) rises in β: bisection between where it changes sign, polished by Newton.
            double low = 0, high = double.PositiveInfinity, beta = common;
            bool found = false;
            for (int sweep = 0; sweep < 100 && !found; sweep++, sweeps++)
            {
                double slope = rows.Length * at.Gradient + pull * (beta - common), curvature = rows.Length * at.Curvature + pull;
                if (slope == 0 || curvature <= 0) { found = true; break; }
                if (slope < 0) low = beta; else high = beta;
                double next = beta - slope / curvature;
                if (next <= 0 && low == 0)
                {
                    double atZero = rows.Length * Moments(data, rows, 0).Gradient - pull * common;
                    if (atZero >= 0) { beta = 0; found = true; break; }
                }
                if (!(next > low && next < high)) next = double.IsFinite(high) ? (low + high) / 2 : 2 * beta;
                found = Math.Abs(next - beta) <= 1e-12 * beta;
                beta = next;
                at = Moments(data, rows, beta);
            }
            converged &= found;
            inverse[c] = beta;
        }
        var fitted = new PerClassTemperature(Numbers.Own(inverse));
        return fitted with { Facts = data.Judge(fitted, converged, sweeps) };
    }

    internal static PerClassTemperature Read(ParameterSet parameters, int classes, FitFacts? facts) => new(parameters.List("inverse_temperatures", classes), facts);

    static NllMoments Moments(HeldOut data, int[] rows, double beta)
    {
        var total = new MomentSum();
        foreach (int row in rows)
        {
            double max = Kernels.Kernel<double>.Max(data[row]);
            total.AddInDouble<double>(data[row], data.Classes, [max], [data[row][data.Labels[row]] - max], beta);
        }
        return total.Mean(beta);
    }

    private protected override void Map(Span<double> z)
    {
        double beta = InverseTemperatures[Kernels.Kernel<double>.ArgMax(z)];
        foreach (ref double score in z)
            if (score > double.NegativeInfinity) score *= beta;
    }
}
