using System.Numerics;

namespace Logits.Calibration;

/// <summary>A calibrator made of curves on log-odds: one for two classes or a yes/no label, one for each class or label otherwise.</summary>
/// <param name="Curves">None for a single class; one for two classes or one label; else one for each class or label.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Two classes: the curve maps z₁ − z₀. More classes, one against the rest: curve k maps logit pₖ, and the k probabilities are divided by their sum;
/// when they are all 0 the row keeps the model's own. Yes/no labels (<see cref="BinaryLogits{T}"/>): curve k maps score k and nothing is divided.
/// Fitted on either, it applies to both, so a two-class calibrator serves the corresponding single yes/no score.
/// </remarks>
public abstract record CurveCalibrator(CurveList Curves, FitFacts? Facts) : RowCalibrator(Curves.Count == 0 ? 1 : Math.Max(2, Curves.Count), Facts), IBinaryCalibrator
{
    /// <summary>The number of yes/no questions in a row.</summary>
    public int Labels => Curves.Count;

    /// <inheritdoc/>
    public override bool PreservesArgMax => false;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "curves", [.. Curves.Select(curve => curve.Parameters)] } };

    /// <inheritdoc/>
    public BinaryLogits<T> Apply<T>(BinaryLogits<T> logits, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (logits.Labels != Labels)
            throw new ArgumentException($"the logits have {logits.Labels} labels; this {Method} calibrator was fitted on {Labels}.", nameof(logits));
        Throw.IfTooShort(destination.Length, logits.Rows, logits.Labels);
        destination = destination[..logits.Values.Length];
        Throw.IfPartlyOverlapping(logits.Values, destination);
        for (int i = 0; i < logits.Values.Length; i++)
        {
            T score = logits.Values[i];
            destination[i] = T.IsFinite(score) ? T.CreateTruncating(Curves[i % Labels].Map(double.CreateTruncating(score))) : score;
        }
        return new(destination, logits.Labels);
    }

    private protected override void Map(Span<double> z)
    {
        if (z.Length == 1)
        {
            z[0] = 0;
            return;
        }
        if (Curves.Count == 1)
        {
            double s = z[0] == double.NegativeInfinity ? double.PositiveInfinity : z[1] - z[0];
            if (double.IsFinite(s)) s = Curves[0].Map(s);
            (z[0], z[1]) = (LogOdds.LogSigmoid(-s), LogOdds.LogSigmoid(s));
            return;
        }
        Span<double> odds = z.Length <= 256 ? stackalloc double[z.Length] : new double[z.Length];
        z.CopyTo(odds);
        LogOdds.Of(odds);
        for (int k = 0; k < z.Length; k++)
            odds[k] = LogOdds.LogSigmoid(double.IsFinite(odds[k]) ? Curves[k].Map(odds[k]) : odds[k]);
        if (Kernels.Kernel<double>.Max(odds) > double.NegativeInfinity) odds.CopyTo(z);
        ScoreFrame.LogProbabilities.Center(z);
    }

    /// <summary>A curve for each sample; a label whose scores are all certain (±∞) leaves nothing to learn and keeps its scores.</summary>
    private protected static CurveList Learn(CurveSample[] samples, Func<CurveSample, Curve> fit)
    {
        var curves = new Curve[samples.Length];
        for (int i = 0; i < curves.Length; i++) curves[i] = fit(samples[i]);
        return new(curves);
    }

    /// <summary>Mean NLL of yes/no answers, before and after.</summary>
    private protected static FitFacts Judge(CurveSample[] samples, CurveList curves, bool converged = true, int iterations = 0)
    {
        double before = 0, after = 0;
        int count = 0, rows = 0;
        for (int label = 0; label < samples.Length; label++)
        {
            var sample = samples[label];
            count += sample.Rows;
            rows = Math.Max(rows, sample.Rows);
            for (int i = 0; i < sample.Rows; i++)
            {
                double sign = sample.Answers[i] == 1 ? 1 : -1;
                before -= LogOdds.LogSigmoid(sign * sample.Scores[i]);
                after -= LogOdds.LogSigmoid(sign * curves[label].Map(sample.Scores[i]));
            }
        }
        return new(rows, before / count, after / count, converged, iterations);
    }

    private protected static CurveList ReadCurves(ParameterSet parameters, int classes, Func<ParameterSet, Curve> read)
    {
        var curves = new CurveList(parameters.Children("curves").Select(read));
        int expected = classes == 1 ? 0 : Math.Max(2, curves.Count);
        return (curves.Count == 0 ? classes == 1 : expected == classes) ? curves
            : throw new FormatException($"\"curves\" holds {curves.Count} curves; {classes} classes need {(classes == 2 ? 1 : classes)}.");
    }
}
