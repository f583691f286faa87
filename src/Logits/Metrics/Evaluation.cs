using System.Collections.Immutable;
using System.Numerics;

namespace Logits.Metrics;

/// <summary>Everything one reads off a classifier's scores and the truth, in one immutable result.</summary>
/// <remarks>
/// Computed in double, sums compensated; the same rows give the same bits however they were cut into blocks.
/// All but <see cref="NegativeLogLikelihood"/>, <see cref="Brier"/> and <see cref="ClasswiseCalibrationError"/> look at the predicted class alone
/// (its confidence, and whether it was right); these three look at all classes.
/// </remarks>
public sealed record Evaluation
{
    internal Evaluation() { }

    /// <summary>The number of rows n.</summary>
    public required long Rows { get; init; }

    /// <summary>The number of classes k; 2 for yes/no scores.</summary>
    public required int Classes { get; init; }

    /// <summary>The share of rows whose largest score (the first of equals) is at the label.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The mean probability of the predicted class.</summary>
    public required double MeanConfidence { get; init; }

    /// <summary>Mean −log p[label], in nats; +∞ when a label was ruled out.</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>Mean Σₖ (pₖ − [k = label])², 0 to 2; for yes/no scores mean (p − y)², 0 to 1.</summary>
    public required double Brier { get; init; }

    /// <summary>Σ_b n_b/n |accuracy_b − confidence_b| over equal-width bins. See <see cref="CalibrationError.Expected(Forecasts, int)"/>.</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>The largest gap of a bin. See <see cref="CalibrationError.Maximum(Forecasts, int)"/>.</summary>
    public required double MaximumCalibrationError { get; init; }

    /// <summary>The mean gap of the bins that are not empty. See <see cref="CalibrationError.Average(Forecasts, int)"/>.</summary>
    public required double AverageCalibrationError { get; init; }

    /// <summary>The expected calibration error over equal-mass bins. See <see cref="CalibrationError.ExpectedEqualMass(Forecasts, int)"/>.</summary>
    public required double EqualMassCalibrationError { get; init; }

    /// <summary>The expected calibration error of each class's probability against "is it this class", averaged over the classes.</summary>
    public required double ClasswiseCalibrationError { get; init; }

    /// <summary>The calibration error without bins, with the bandwidth it was measured at. See <see cref="Metrics.SmoothCalibrationError"/>.</summary>
    public required SmoothCalibrationError SmoothCalibrationError { get; init; }

    /// <summary>The largest cumulative gap. See <see cref="Metrics.KolmogorovSmirnov.Error(Forecasts)"/>.</summary>
    public required double KolmogorovSmirnovError { get; init; }

    /// <summary>Maximum mean calibration error, Laplace kernel of width 0.4. See <see cref="KernelCalibrationError.Mmce(Forecasts, double)"/>.</summary>
    public required double Mmce { get; init; }

    /// <summary>Spiegelhalter's test of the confidences. See <see cref="Metrics.Spiegelhalter.Test(Forecasts)"/>.</summary>
    public required CalibrationTest Spiegelhalter { get; init; }

    /// <summary>Area under the risk–coverage curve. See <see cref="RiskCoverage.Area(Forecasts)"/>.</summary>
    public required double RiskCoverageArea { get; init; }

    /// <summary>The Brier score of the confidences, taken apart. See <see cref="ScoreDecomposition.Brier(Forecasts)"/>.</summary>
    public required ScoreDecomposition BrierDecomposition { get; init; }

    /// <summary>The bars of the reliability diagram, one for each equal-width bin, empty ones included.</summary>
    public required ImmutableArray<ReliabilityBin> Reliability { get; init; }

    /// <summary>Confidence and correctness of each row, sorted: for diagrams and for metrics not listed here.</summary>
    public required Forecasts Forecasts { get; init; }

    /// <summary>Bootstrap intervals by the metric's short name (<c>ece</c>, <c>nll</c>, …); empty when none were asked for.</summary>
    public ImmutableSortedDictionary<string, Interval> Intervals { get; init; } = ImmutableSortedDictionary<string, Interval>.Empty;

    /// <summary>The number of bins.</summary>
    public int Bins => Reliability.Length;

    /// <summary>The single numbers by their short names, in the order people read them: what the command line prints.</summary>
    public ImmutableArray<KeyValuePair<string, double>> Values =>
    [
        new("accuracy", Accuracy),
        new("mean_confidence", MeanConfidence),
        new("nll", NegativeLogLikelihood),
        new("brier", Brier),
        new("ece", ExpectedCalibrationError),
        new("mce", MaximumCalibrationError),
        new("ace", AverageCalibrationError),
        new("ece_equal_mass", EqualMassCalibrationError),
        new("classwise_ece", ClasswiseCalibrationError),
        new("smooth_ece", SmoothCalibrationError.Value),
        new("ks_error", KolmogorovSmirnovError),
        new("mmce", Mmce),
        new("spiegelhalter_z", Spiegelhalter.Statistic),
        new("spiegelhalter_p", Spiegelhalter.PValue),
        new("aurc", RiskCoverageArea),
    ];

    /// <summary>Evaluates scores over classes that exclude each other.</summary>
    /// <param name="logits">n rows × k classes, n at least 1. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <param name="options">Bins and the like; the defaults when null.</param>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax (NaN, +∞, all −∞); the message gives the index.</exception>
    /// <remarks>One read of the scores; memory as <see cref="EvaluationAccumulator"/>, which takes them in blocks.</remarks>
    public static Evaluation Of<T>(Logits<T> logits, ReadOnlySpan<int> labels, EvaluationOptions? options = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        var accumulator = new EvaluationAccumulator(logits.Classes, options);
        accumulator.Add(logits, labels);
        return accumulator.Finish();
    }

    /// <summary>Evaluates yes/no scores: overall, with all labels pooled, and label by label.</summary>
    /// <param name="logits">n rows × m labels, n at least 1.</param>
    /// <param name="labels">n × m answers, 0 or 1, row after row.</param>
    /// <param name="options">Bins and the like; the defaults when null.</param>
    /// <exception cref="ArgumentException">No rows, an answer that is not 0 or 1, or a NaN score; the message gives the index.</exception>
    /// <remarks>
    /// Calibration is that of the probability of yes; the answer is yes where z is above 0, and <see cref="Accuracy"/>, <see cref="MeanConfidence"/> and
    /// <see cref="RiskCoverageArea"/> are those of the answer. 29 bytes a score.
    /// </remarks>
    public static MultiLabelEvaluation Of<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, EvaluationOptions? options = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotAnswers(labels, logits.Rows, logits.Labels);
        Throw.IfNaN(logits);
        options ??= new();
        var perLabel = ImmutableArray.CreateBuilder<Evaluation>(logits.Labels);
        for (int label = 0; label < logits.Labels; label++) perLabel.Add(Binary(logits.Values, labels, label, logits.Labels, options));
        var overall = logits.Labels == 1 ? perLabel[0] : Binary(logits.Values, labels, 0, 1, options);

        int whole = 0;
        for (int row = 0; row < logits.Rows; row++)
        {
            bool right = true;
            for (int label = 0; label < logits.Labels; label++)
                right &= logits[row][label] > T.Zero == (labels[row * logits.Labels + label] == 1);
            if (right) whole++;
        }
        return new(overall, perLabel.MoveToImmutable(), (double)whole / logits.Rows);
    }

    /// <summary>Every <paramref name="stride"/>-th score from <paramref name="first"/> on.</summary>
    static Evaluation Binary<T>(ReadOnlySpan<T> scores, ReadOnlySpan<int> labels, int first, int stride, EvaluationOptions options) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = scores.Length / stride;
        double[] yes = new double[n], confidences = new double[n], logLosses = new double[n], briers = new double[n];
        bool[] happened = new bool[n], right = new bool[n];
        for (int i = 0; i < n; i++)
        {
            double z = double.CreateTruncating(scores[first + i * stride]);
            happened[i] = labels[first + i * stride] == 1;
            right[i] = z > 0 == happened[i];
            yes[i] = LogMath.Sigmoid(z);
            confidences[i] = LogMath.Sigmoid(Math.Abs(z));
            // What the truth is missing: sigmoid(−z) where it was yes. Taken from the score, it is exact also next to 0.
            double wrong = happened[i] ? -z : z, missing = LogMath.Sigmoid(wrong);
            logLosses[i] = Math.Max(wrong, 0) + LogMath.Log1P(Math.Exp(-Math.Abs(wrong)));
            briers[i] = missing * missing;
        }
        var forecasts = Forecasts.Of(yes, happened);
        return Of(forecasts, Forecasts.Of(confidences, right), logLosses, briers, classes: 2, CalibrationError.Expected(forecasts, options.Bins), options);
    }

    /// <param name="forecasts">What calibration is measured on.</param>
    /// <param name="answers">The answer of each row: its confidence, and whether it was right. For classes it is the forecast.</param>
    /// <param name="logLosses">By row.</param>
    /// <param name="briers">By row.</param>
    /// <param name="classes">k.</param>
    /// <param name="classwise">The classwise error.</param>
    /// <param name="options">Bins, resamples.</param>
    /// <param name="classwiseInterval">The interval of the classwise error, or null where it is that of the expected error.</param>
    internal static Evaluation Of(
        Forecasts forecasts, Forecasts answers, ReadOnlySpan<double> logLosses, ReadOnlySpan<double> briers, int classes, double classwise, EvaluationOptions options,
        Func<EvaluationOptions, Interval?>? classwiseInterval = null)
    {
        int rows = forecasts.Count;
        var bins = CalibrationError.EqualWidthBins(forecasts, options.Bins);
        return new()
        {
            Rows = rows,
            Classes = classes,
            Accuracy = answers.BaseRate,
            MeanConfidence = Sum.Of(answers.Probabilities) / rows,
            NegativeLogLikelihood = Sum.Of(logLosses) / rows,
            Brier = Sum.Of(briers) / rows,
            ExpectedCalibrationError = CalibrationError.Expected(bins, rows),
            MaximumCalibrationError = CalibrationError.Maximum(bins),
            AverageCalibrationError = CalibrationError.Average(bins),
            EqualMassCalibrationError = CalibrationError.ExpectedEqualMass(forecasts, options.Bins),
            ClasswiseCalibrationError = classwise,
            SmoothCalibrationError = SmoothCalibrationError.Of(forecasts),
            KolmogorovSmirnovError = KolmogorovSmirnov.Error(forecasts),
            Mmce = KernelCalibrationError.Mmce(forecasts),
            Spiegelhalter = Metrics.Spiegelhalter.Test(forecasts),
            RiskCoverageArea = RiskCoverage.Area(answers),
            BrierDecomposition = ScoreDecomposition.Brier(forecasts),
            Reliability = [.. bins],
            Forecasts = forecasts,
            Intervals = Resampled(forecasts, answers, logLosses, briers, options, classwiseInterval),
        };
    }

    static ImmutableSortedDictionary<string, Interval> Resampled(
        Forecasts forecasts, Forecasts answers, ReadOnlySpan<double> logLosses, ReadOnlySpan<double> briers, EvaluationOptions options,
        Func<EvaluationOptions, Interval?>? classwiseInterval)
    {
        if (options.Resamples == 0) return ImmutableSortedDictionary<string, Interval>.Empty;
        var resampled = new ResampledEvaluation(forecasts, answers, logLosses, briers, options.Bins);
        var intervals = Bootstrap.Run(forecasts.Count, ResampledEvaluation.Keys.Length, resampled.Start, options);
        var named = ResampledEvaluation.Keys.Zip(intervals).ToImmutableSortedDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        return (classwiseInterval is null ? named["ece"] : classwiseInterval(options)) is { } classwise ? named.Add("classwise_ece", classwise) : named;
    }
}
