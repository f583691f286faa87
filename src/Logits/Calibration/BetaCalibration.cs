using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>Which of beta calibration's parameters are free.</summary>
public enum BetaForm
{
    /// <summary>a, b and m: all three.</summary>
    Abm,

    /// <summary>a = b, and m: Platt scaling on log-odds that may not turn around.</summary>
    Am,

    /// <summary>a and b, with c = 0: the curve keeps even odds at even odds when a = b.</summary>
    Ab,
}

/// <summary>a ln p − b ln(1 − p) + c, with p = sigmoid(s).</summary>
/// <param name="A">a ≥ 0: how yes-probabilities near 0 are stretched.</param>
/// <param name="B">b ≥ 0: the same near 1.</param>
/// <param name="C">c.</param>
public sealed record BetaCurve(double A, double B, double C) : Curve
{
    /// <summary>m, the probability that stays or becomes even odds: c = b ln(1 − m) − a ln m.</summary>
    public double Midpoint
    {
        get
        {
            if (A + B == 0) return double.NaN;
            double low = -800, high = 800;   // the curve rises with s
            for (int i = 0; i < 200 && low < high; i++)
            {
                double middle = (low + high) / 2;
                if (Map(middle) < 0) low = middle; else high = middle;
            }
            return LogMath.Sigmoid(low);
        }
    }

    /// <inheritdoc/>
    public override double Map(double logOdds) => A * LogOdds.LogSigmoid(logOdds) - B * LogOdds.LogSigmoid(-logOdds) + C;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "a", A }, { "b", B }, { "c", C } };

    internal static BetaCurve Read(ParameterSet parameters) => new(parameters.Number("a"), parameters.Number("b"), parameters.Number("c"));
}

/// <summary>Beta calibration: log-odds a ln p − b ln(1 − p) + c, exact when the probabilities of both kinds are beta distributed; monotone.</summary>
/// <param name="Curves">A beta curve for each label; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Form">Which parameters were free.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// a = b = 1, c = 0 is the identity, so for two classes the training NLL never rises; a and b are held at 0 or above, so the order of scores is kept.
/// Source: Kull, Silva Filho, Flach, Beta Calibration (2017); the two-parameter forms are theirs.
/// </remarks>
public sealed record BetaCalibration(CurveList Curves, BetaForm Form = BetaForm.Abm, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => Form switch { BetaForm.Am => "beta-am", BetaForm.Ab => "beta-ab", _ => "beta" };

    /// <summary>The curves of minimal NLL.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static BetaCalibration Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, BetaForm form = BetaForm.Abm) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), form);

    /// <summary>The curves of minimal NLL, one for each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    /// <param name="form">Which parameters are free.</param>
    public static BetaCalibration Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, BetaForm form = BetaForm.Abm) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = CurveSample.From(logits, labels);
        var (curves, converged, iterations) = Learn(samples, form);
        return new(curves, form, Judge(samples, curves, converged, iterations));
    }

    internal static BetaCalibration Fit(HeldOut data, BetaForm form = BetaForm.Abm)
    {
        var (curves, converged, iterations) = Learn(CurveSample.From(data), form);
        var fitted = new BetaCalibration(curves, form);
        return fitted with { Facts = data.Judge(fitted, converged, iterations) };
    }

    internal static BetaCalibration Read(ParameterSet parameters, int classes, FitFacts? facts, BetaForm form) =>
        new(ReadCurves(parameters, classes, BetaCurve.Read), form, facts);

    static (CurveList Curves, bool Converged, int Iterations) Learn(CurveSample[] samples, BetaForm form)
    {
        bool converged = true;
        int iterations = 0;
        var curves = Learn(samples, sample =>
        {
            if (sample.Rows == 0) return new BetaCurve(1, 1, 0);
            int width = form == BetaForm.Abm ? 3 : 2;
            var features = new double[width * sample.Rows];
            for (int i = 0; i < sample.Rows; i++)
            {
                double s = sample.Scores[i], a = LogOdds.LogSigmoid(s), b = -LogOdds.LogSigmoid(-s);
                var x = features.AsSpan(width * i, width);
                if (form == BetaForm.Am) (x[0], x[1]) = (s, 1);
                else (x[0], x[1]) = (a, b);
                if (form == BetaForm.Abm) x[2] = 1;
            }
            double none = double.NegativeInfinity;
            var (start, lower) = form switch
            {
                BetaForm.Am => ((double[])[1, 0], (double[])[0, none]),
                BetaForm.Ab => ([1, 1], [0, 0]),
                _ => ([1, 1, 0], [0, 0, none]),
            };
            var minimum = ProximalNewton.Minimize(new AnswersObjective(features, sample.Answers, width), start, [], lower);
            converged &= minimum.Converged;
            iterations += minimum.Iterations;
            var x0 = minimum.Point;
            return form switch
            {
                BetaForm.Am => new BetaCurve(x0[0], x0[0], x0[1]),
                BetaForm.Ab => new BetaCurve(x0[0], x0[1], 0),
                _ => new BetaCurve(x0[0], x0[1], x0[2]),
            };
        });
        return (curves, converged, iterations);
    }
}
