using System.Numerics;
using Logits.Distributions;

namespace Logits.Calibration;

/// <summary>Bayesian binning into quantiles (BBQ): an average of equal-mass binnings of many sizes, each counting by its posterior probability.</summary>
/// <param name="Curves">The averaged step curve of each label; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Numbers of bins from n^⅓/10 to 10 n^⅓. Each bin has a Beta prior worth 2/b rows centred at the bin's own probability, so no bin says exactly 0 or 1.
/// Source: Naeini, Cooper, Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning (2015).
/// </remarks>
public sealed record BayesianBinning(CurveList Curves, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => "bbq";

    /// <summary>The averaged binnings.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static BayesianBinning Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Fit(HeldOut.From(logits, labels));

    /// <summary>The averaged binnings of each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    public static BayesianBinning Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = CurveSample.From(logits, labels);
        var curves = Learn(samples, Learn);
        return new(curves, Judge(samples, curves));
    }

    internal static BayesianBinning Fit(HeldOut data)
    {
        var fitted = new BayesianBinning(Learn(CurveSample.From(data), Learn));
        return fitted with { Facts = data.Judge(fitted) };
    }

    internal static BayesianBinning Read(ParameterSet parameters, int classes, FitFacts? facts) => new(ReadCurves(parameters, classes, StepCurve.Read), facts);

    static StepCurve Learn(CurveSample sample)
    {
        if (sample.Rows == 0) return new([], [double.NaN]);
        double root = Math.Cbrt(sample.Rows);
        int least = Math.Max(1, (int)Math.Floor(root / 10)), most = Math.Max(least, (int)Math.Min(Math.Ceiling(10 * root), sample.Sorted.Scores.Length));
        var models = new List<(double[] Edges, double[] Values, double Score)>();
        for (int bins = least; bins <= most; bins++)
        {
            double[] edges = Bins.EqualMass(sample.Sorted, bins);
            if (models.Count > 0 && models[^1].Edges.AsSpan().SequenceEqual(edges)) continue;
            models.Add(Weigh(sample.Sorted, edges));
        }
        double best = models.Max(model => model.Score);
        models.RemoveAll(model => model.Score < best - 40);   // e⁻⁴⁰ of the best weight changes no digit
        double total = models.Sum(model => LogMath.Exp(model.Score - best));

        double[] union = [.. models.SelectMany(model => model.Edges).Distinct().Order()];
        var values = new double[union.Length + 1];
        foreach (var (edges, inside, score) in models)
        {
            double weight = LogMath.Exp(score - best) / total;
            for (int i = 0, bin = 0; i < values.Length; i++)
            {
                values[i] += weight * inside[bin];
                if (i < union.Length && bin < edges.Length && union[i] == edges[bin]) bin++;
            }
        }
        return new(Numbers.Own(union), Numbers.Own(values));
    }

    /// <summary>A binning with its posterior means and the logarithm of its marginal likelihood.</summary>
    static (double[] Edges, double[] Values, double Score) Weigh(CurveSample.Ties ties, double[] edges)
    {
        int bins = edges.Length + 1;
        double[] rows = new double[bins], yes = new double[bins], values = new double[bins];
        Bins.Count(ties, edges, rows, yes);
        double score = 0, prior = 2.0 / bins;
        for (int bin = 0; bin < bins; bin++)
        {
            double low = bin == 0 ? 0 : LogMath.Sigmoid(edges[bin - 1]), high = bin == bins - 1 ? 1 : LogMath.Sigmoid(edges[bin]);
            double middle = Math.Clamp((low + high) / 2, 1e-3, 1 - 1e-3), a = prior * middle, b = prior * (1 - middle);
            score += SpecialFunctions.LogGamma(prior) - SpecialFunctions.LogGamma(rows[bin] + prior)
                   + SpecialFunctions.LogGamma(yes[bin] + a) - SpecialFunctions.LogGamma(a) + SpecialFunctions.LogGamma(rows[bin] - yes[bin] + b) - SpecialFunctions.LogGamma(b);
            values[bin] = (yes[bin] + a) / (rows[bin] + prior);
        }
        return (edges, values, score);
    }
}
