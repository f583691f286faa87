using System.Numerics;

namespace Logits.Metrics;

/// <summary>One exact definition of "calibration error", under the name of the paper or library whose number it reproduces.</summary>
/// <remarks>
/// The same predictions score anything between 0.3 % and 18 % depending on the definition; a number means something with its convention only.
/// Computed in double, where some of the libraries compute in float. The catalogue is <see cref="CalibrationConventions.All"/>. Immutable; thread-safe.
/// </remarks>
public sealed record CalibrationConvention
{
    internal CalibrationConvention(string name, string source, string definition)
    {
        (Name, Source, Definition) = (name, source, definition);
    }

    /// <summary>The short name, as on the command line.</summary>
    public string Name { get; }

    /// <summary>The paper or library it comes from.</summary>
    public string Source { get; }

    /// <summary>Bins, edges, norm and weighting in one sentence.</summary>
    public string Definition { get; }

    /// <summary>Whether it looks at the probabilities of all classes, and not at the predicted class alone.</summary>
    public bool NeedsAllClasses => OfAllClasses is not null;

    internal Func<SortedResiduals, double>? OfTopLabel { get; init; }

    internal Func<ClassProbabilities, double>? OfAllClasses { get; init; }

    /// <summary>The error of top-label or yes/no forecasts.</summary>
    /// <exception cref="ArgumentException">The convention needs all classes, or the predicted classes, which these forecasts do not carry.</exception>
    public double Of(Forecasts forecasts)
    {
        if (OfTopLabel is null)
            throw new ArgumentException($"convention {Name} looks at all classes; call Of with the logits.", nameof(forecasts));
        using var residuals = new SortedResiduals(forecasts);
        return OfTopLabel(residuals);
    }

    /// <summary>The error of a classifier.</summary>
    /// <param name="logits">n rows × k classes, n at least 1. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax; the message gives the index.</exception>
    public double Of<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (OfAllClasses is null) return Of(Forecasts.Of(logits, labels));
        using var probabilities = ClassProbabilities.Of(logits, labels);
        return OfAllClasses(probabilities);
    }

    /// <summary>The bootstrap interval of the error of top-label or yes/no forecasts.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="options">Resamples (0 means 1,000), seed, level, threads.</param>
    /// <exception cref="ArgumentException">As <see cref="Of(Forecasts)"/>.</exception>
    public Interval Interval(Forecasts forecasts, EvaluationOptions? options = null) => Bootstrap.Of(forecasts, Of, options);

    /// <summary>The bootstrap interval of the error of a classifier.</summary>
    /// <inheritdoc cref="Of{T}"/>
    /// <param name="logits">n rows × k classes, n at least 1. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <param name="options">Resamples (0 means 1,000), seed, level, threads.</param>
    /// <remarks>Conventions that look at all classes copy n × k probabilities for each resample.</remarks>
    public Interval Interval<T>(Logits<T> logits, ReadOnlySpan<int> labels, EvaluationOptions? options = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (OfAllClasses is null) return Interval(Forecasts.Of(logits, labels), options);
        using var probabilities = ClassProbabilities.Of(logits, labels);
        return Bootstrap.Of(probabilities.Rows, weights =>
        {
            using var drawn = probabilities.Drawn(weights);
            return OfAllClasses(drawn);
        }, options);
    }

    /// <summary>The test of "these forecasts are calibrated": how often the error would be as large if each came true with its own probability.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="options">Resamples (0 means 1,000), seed, threads.</param>
    /// <exception cref="ArgumentException">As <see cref="Of(Forecasts)"/>.</exception>
    public CalibrationTest Test(Forecasts forecasts, EvaluationOptions? options = null) => Consistency.Test(forecasts, Of, options);

    /// <summary>The test of "this classifier is calibrated": how often the error would be as large if each label were drawn from its row's softmax.</summary>
    /// <inheritdoc cref="Of{T}"/>
    /// <param name="logits">n rows × k classes, n at least 1. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <param name="options">Resamples (0 means 1,000), seed, threads.</param>
    public CalibrationTest Test<T>(Logits<T> logits, ReadOnlySpan<int> labels, EvaluationOptions? options = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (OfAllClasses is null) return Test(Forecasts.Of(logits, labels), options);
        using var probabilities = ClassProbabilities.Of(logits, labels);
        double observed = OfAllClasses(probabilities);
        return Consistency.Test(observed, Consistency.Ready(options), resample =>
        {
            using var simulated = probabilities.WithLabels((options ?? new()).Seed, resample);
            return OfAllClasses(simulated);
        });
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
