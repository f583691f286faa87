using System.ComponentModel;
using System.Numerics;

namespace Logits.Losses;

/// <summary>A loss of scores over classes that exclude each other, against the index of the right class.</summary>
/// <remarks>Formula, options and source stand with each loss. Rows in, one label for each.</remarks>
public abstract record LabelLoss : Loss
{
    private protected LabelLoss() { }

    /// <summary>The mean over the batch.</summary>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <returns>Nats, for the losses made of logarithms; +∞ when the labelled class is ruled out; NaN when a row holds NaN or +∞, or rules all classes out. NaN for a batch without rows.</returns>
    /// <exception cref="ArgumentException">Lengths disagree, or a label is out of range; the message gives the index.</exception>
    public double Mean<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, labels), mean: true);

    /// <summary>The sum over the batch; 0 for a batch without rows.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, ReadOnlySpan{int})"/>
    public double Sum<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, labels), mean: false);

    /// <summary>The loss of each row.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, ReadOnlySpan{int})"/>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <param name="destination">One element for each row.</param>
    public void PerRow<T>(Logits<T> logits, ReadOnlySpan<int> labels, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(destination.Length, logits.Rows, 1);
        Evaluate(Ready(logits, labels), mean: false, perRow: destination[..logits.Rows]);
    }

    /// <summary>The mean and its gradient with respect to the scores, in one pass.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, ReadOnlySpan{int})"/>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <param name="gradient">Takes one derivative for each score; may be the scores' own memory.</param>
    public double MeanAndGradient<T>(Logits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, labels), mean: true, gradient: Room(logits, gradient));

    /// <summary>The sum and its gradient with respect to the scores, in one pass: each row of it is the gradient of that row's own loss.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(Logits{T}, ReadOnlySpan{int}, Span{T})"/>
    public double SumAndGradient<T>(Logits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, labels), mean: false, gradient: Room(logits, gradient));

    /// <summary>The gradient of the mean with respect to the scores.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(Logits{T}, ReadOnlySpan{int}, Span{T})"/>
    public void Gradient<T>(Logits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => MeanAndGradient(logits, labels, gradient);

    /// <summary>The Hessian of the mean times <paramref name="direction"/>: the change of the gradient along it.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, ReadOnlySpan{int})"/>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <param name="direction">One component for each score.</param>
    /// <param name="destination">Takes one component for each score.</param>
    public void HessianProduct<T>(Logits<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAsMany(direction.Length, logits.Rows, logits.Classes, nameof(direction));
        HessianProduct(Ready(logits, labels), direction, Room(logits, destination));
    }

    /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
    [Obsolete("Cross-entropy (and every loss of its family) is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the Logits<T> you gave to Softmax.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public double Mean<T>(Probabilities<T> probabilities, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

    /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
    [Obsolete("Cross-entropy (and every loss of its family) is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the Logits<T> you gave to Softmax.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public double MeanAndGradient<T>(Probabilities<T> probabilities, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

    /// <summary>The label of rows that are left out, where a loss has one.</summary>
    internal virtual int? Ignored => null;

    Batch<T> Ready<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Ignored is { } ignored) Throw.IfNotLabels(labels, logits.Rows, logits.Classes, ignored);
        else Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        return new(logits.Values, logits.Rows, logits.Classes, labels);
    }

    internal static Span<T> Room<T>(Logits<T> logits, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(gradient.Length, logits.Rows, logits.Classes, nameof(gradient));
        gradient = gradient[..logits.Values.Length];
        Throw.IfPartlyOverlapping(logits.Values, gradient);
        return gradient;
    }
}

/// <summary>The losses of this family with their default options, without naming an instance: <c>Mean</c> of the type is <c>Mean</c> of a new one.</summary>
public static class LabelLossShorthands
{
    extension<TLoss>(TLoss) where TLoss : LabelLoss, new()
    {
        /// <inheritdoc cref="LabelLoss.Mean{T}(Logits{T}, ReadOnlySpan{int})"/>
        public static double Mean<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Mean(logits, labels);

        /// <inheritdoc cref="LabelLoss.Sum{T}(Logits{T}, ReadOnlySpan{int})"/>
        public static double Sum<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Sum(logits, labels);

        /// <inheritdoc cref="LabelLoss.PerRow{T}(Logits{T}, ReadOnlySpan{int}, Span{double})"/>
        public static void PerRow<T>(Logits<T> logits, ReadOnlySpan<int> labels, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.PerRow(logits, labels, destination);

        /// <inheritdoc cref="LabelLoss.MeanAndGradient{T}(Logits{T}, ReadOnlySpan{int}, Span{T})"/>
        public static double MeanAndGradient<T>(Logits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.MeanAndGradient(logits, labels, gradient);

        /// <inheritdoc cref="LabelLoss.SumAndGradient{T}(Logits{T}, ReadOnlySpan{int}, Span{T})"/>
        public static double SumAndGradient<T>(Logits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.SumAndGradient(logits, labels, gradient);

        /// <inheritdoc cref="LabelLoss.Gradient{T}(Logits{T}, ReadOnlySpan{int}, Span{T})"/>
        public static void Gradient<T>(Logits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Gradient(logits, labels, gradient);

        /// <inheritdoc cref="LabelLoss.HessianProduct{T}(Logits{T}, ReadOnlySpan{int}, ReadOnlySpan{T}, Span{T})"/>
        public static void HessianProduct<T>(Logits<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.HessianProduct(logits, labels, direction, destination);

        /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
        [Obsolete("Cross-entropy (and every loss of its family) is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the Logits<T> you gave to Softmax.", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public static double Mean<T>(Probabilities<T> probabilities, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

        /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
        [Obsolete("Cross-entropy (and every loss of its family) is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the Logits<T> you gave to Softmax.", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public static double MeanAndGradient<T>(Probabilities<T> probabilities, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();
    }
}
