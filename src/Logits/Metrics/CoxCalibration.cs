using System.Numerics;
using Logits.Distributions;

namespace Logits.Metrics;

/// <summary>Cox's recalibration line: logit P(yes) = intercept + slope · z. Calibrated scores have intercept 0 and slope 1.</summary>
/// <param name="Intercept">Above 0: yes is more frequent than the scores say.</param>
/// <param name="Slope">Below 1: the scores are too extreme (overconfident); above 1: too timid.</param>
/// <param name="InterceptError">Standard error of the intercept.</param>
/// <param name="SlopeError">Standard error of the slope.</param>
/// <param name="InTheLarge">The intercept when the slope is held at 1: calibration-in-the-large.</param>
/// <param name="Test">The likelihood ratio test of intercept 0 and slope 1, with 2 degrees of freedom.</param>
/// <param name="Converged">Whether a finite optimum was found; not when the scores separate yes from no perfectly, or all answers are alike.</param>
/// <remarks>Source: Cox, Biometrika 45, 1958; Van Calster et al., Journal of Clinical Epidemiology 2016.</remarks>
public readonly record struct CoxCalibration(
    double Intercept, double Slope, double InterceptError, double SlopeError, double InTheLarge, CalibrationTest Test, bool Converged)
{
    /// <summary>Fits the line to yes/no scores, all labels pooled.</summary>
    /// <param name="logits">n rows × m labels, finite.</param>
    /// <param name="labels">n × m answers, 0 or 1, row after row.</param>
    /// <exception cref="ArgumentException">No rows, a score that is not finite, or an answer that is not 0 or 1; the message gives the index.</exception>
    public static CoxCalibration Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotAnswers(labels, logits.Rows, logits.Labels);
        var scores = new double[labels.Length];
        var yes = new bool[labels.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            if (!T.IsFinite(logits.Values[i]))
                throw new ArgumentException($"row {i / logits.Labels}, label {i % logits.Labels} of the logits is {logits.Values[i]}; a line is fitted to finite scores.", nameof(logits));
            (scores[i], yes[i]) = (double.CreateTruncating(logits.Values[i]), labels[i] == 1);
        }
        return Fit(scores, yes);
    }

    /// <summary>Fits the line to the log-odds of forecasts; forecasts of exactly 0 and 1 count as 2⁻⁵³ away from it.</summary>
    public static CoxCalibration Fit(Forecasts forecasts)
    {
        const double nearest = 1.0 / (1L << 53);
        var scores = new double[forecasts.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            double c = Math.Clamp(forecasts.Probabilities[i], nearest, 1 - nearest);
            scores[i] = Math.Log(c) - LogMath.Log1P(-c);
        }
        return Fit(scores, forecasts.Happened);
    }

    static CoxCalibration Fit(double[] z, ReadOnlySpan<bool> yes)
    {
        double a = 0, b = 1, loss = Loss(z, yes, a, b), atStart = loss;
        double aa = 0, ab = 0, bb = 0;
        bool converged = false;
        for (int step = 0; step < 100; step++)
        {
            // Gradient and curvature of −log likelihood.
            Sum ga = new(), gb = new(), haa = new(), hab = new(), hbb = new();
            for (int i = 0; i < z.Length; i++)
            {
                double p = LogMath.Sigmoid(a + b * z[i]), error = yes[i] ? -LogMath.Sigmoid(-(a + b * z[i])) : p, w = p * LogMath.Sigmoid(-(a + b * z[i]));
                ga.Add(error);
                gb.Add(error * z[i]);
                haa.Add(w);
                hab.Add(w * z[i]);
                hbb.Add(w * z[i] * z[i]);
            }
            (aa, ab, bb) = (haa.Value, hab.Value, hbb.Value);
            double determinant = aa * bb - ab * ab;
            if (!(determinant > 1e-14 * aa * bb)) break;   // all scores alike, or no curvature left: no finite optimum
            double da = -(bb * ga.Value - ab * gb.Value) / determinant, db = -(aa * gb.Value - ab * ga.Value) / determinant;
            double decrease = -(ga.Value * da + gb.Value * db);
            double size = 1, next = Loss(z, yes, a + da, b + db);
            while (!(next <= loss - 1e-4 * size * decrease + 1e-12 * Math.Abs(loss)) && size > 1e-10)
            {
                size /= 2;
                next = Loss(z, yes, a + size * da, b + size * db);
            }
            (a, b, loss) = (a + size * da, b + size * db, next);
            if (decrease <= 1e-22 * (1 + loss))
            {
                converged = true;
                break;
            }
        }
        if (Math.Abs(b) > 1e6 || loss < 1e-9) converged = false;
        double area = aa * bb - ab * ab, ratio = Math.Max(0, 2 * (atStart - loss));
        return new(a, b, Math.Sqrt(bb / area), Math.Sqrt(aa / area), Large(z, yes), new(ratio, ChiSquared.UpperTail(ratio, 2)), converged);
    }

    /// <summary>The shift a that makes Σ sigmoid(z + a) the number of yes; ±∞ when all answers are alike.</summary>
    static double Large(double[] z, ReadOnlySpan<bool> yes)
    {
        int count = yes.Count(true);
        if (count == 0) return double.NegativeInfinity;
        if (count == z.Length) return double.PositiveInfinity;
        double low = -800 - z.Max(), high = 800 - z.Min();
        while (true)
        {
            double middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) return middle;
            var sum = new Sum();
            foreach (double score in z) sum.Add(LogMath.Sigmoid(score + middle));
            if (sum.Value < count) low = middle;
            else high = middle;
        }
    }

    static double Loss(double[] z, ReadOnlySpan<bool> yes, double a, double b)
    {
        var sum = new Sum();
        for (int i = 0; i < z.Length; i++)
        {
            double wrong = yes[i] ? -(a + b * z[i]) : a + b * z[i];
            sum.Add(Math.Max(wrong, 0) + LogMath.Log1P(Math.Exp(-Math.Abs(wrong))));
        }
        return sum.Value;
    }
}
