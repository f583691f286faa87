using System.ComponentModel;
using System.Numerics;

namespace Logits.Losses;

/// <summary>A loss of a row of yes/no scores against the set of labels that are true of it.</summary>
/// <remarks>The mean is over rows. A target of 1 puts the label into the row's set, 0 leaves it out.</remarks>
public abstract record MultiLabelLoss : Loss
{
    private protected MultiLabelLoss() { }

    /// <summary>The mean over the batch.</summary>
    /// <param name="logits">n rows × m yes/no scores.</param>
    /// <param name="targets">n × m targets, 0 to 1; the losses that rank labels read 1/2 and more as yes.</param>
    /// <returns>At least 0. NaN for a batch without rows.</returns>
    /// <exception cref="ArgumentException">Lengths disagree, or a target is outside 0 to 1; the message gives the index.</exception>
    public double Mean<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, targets), mean: true);

    /// <summary>The sum over the batch; 0 for a batch without rows.</summary>
    /// <inheritdoc cref="Mean{T}(BinaryLogits{T}, ReadOnlySpan{T})"/>
    public double Sum<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, targets), mean: false);

    /// <summary>The loss of each row.</summary>
    /// <inheritdoc cref="Mean{T}(BinaryLogits{T}, ReadOnlySpan{T})"/>
    /// <param name="logits">n rows × m yes/no scores.</param>
    /// <param name="targets">n × m targets, 0 to 1; the losses that rank labels read 1/2 and more as yes.</param>
    /// <param name="destination">One element for each row.</param>
    public void PerRow<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(destination.Length, logits.Rows, 1);
        Evaluate(Ready(logits, targets), mean: false, perRow: destination[..logits.Rows]);
    }

    /// <summary>The mean and its gradient with respect to the scores, in one pass.</summary>
    /// <inheritdoc cref="Mean{T}(BinaryLogits{T}, ReadOnlySpan{T})"/>
    /// <param name="logits">n rows × m yes/no scores.</param>
    /// <param name="targets">n × m targets, 0 to 1; the losses that rank labels read 1/2 and more as yes.</param>
    /// <param name="gradient">Takes one derivative for each score; may be the scores' own memory.</param>
    public double MeanAndGradient<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, targets), mean: true, gradient: Room(logits, gradient));

    /// <summary>The sum and its gradient with respect to the scores, in one pass: each row of it is the gradient of that row's own loss.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(BinaryLogits{T}, ReadOnlySpan{T}, Span{T})"/>
    public double SumAndGradient<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, targets), mean: false, gradient: Room(logits, gradient));

    /// <summary>The gradient of the mean with respect to the scores.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(BinaryLogits{T}, ReadOnlySpan{T}, Span{T})"/>
    public void Gradient<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => MeanAndGradient(logits, targets, gradient);

    /// <summary>The Hessian of the mean times <paramref name="direction"/>: the change of the gradient along it.</summary>
    /// <inheritdoc cref="Mean{T}(BinaryLogits{T}, ReadOnlySpan{T})"/>
    /// <param name="logits">n rows × m yes/no scores.</param>
    /// <param name="targets">n × m targets, 0 to 1; the losses that rank labels read 1/2 and more as yes.</param>
    /// <param name="direction">One component for each score.</param>
    /// <param name="destination">Takes one component for each score.</param>
    public void HessianProduct<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAsMany(direction.Length, logits.Rows, logits.Labels, nameof(direction));
        HessianProduct(Ready(logits, targets), direction, Room(logits, destination));
    }

    /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
    [Obsolete("A multi-label loss is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the BinaryLogits<T> you gave to Sigmoid.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public double Mean<T>(BinaryProbabilities<T> probabilities, ReadOnlySpan<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

    /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
    [Obsolete("A multi-label loss is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the BinaryLogits<T> you gave to Sigmoid.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public double MeanAndGradient<T>(BinaryProbabilities<T> probabilities, ReadOnlySpan<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

    static Batch<T> Ready<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotTargets(targets, logits.Rows, logits.Labels, upToOne: true);
        return new(logits.Values, logits.Rows, logits.Labels, targets: targets);
    }

    private protected static Span<T> Room<T>(BinaryLogits<T> logits, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(gradient.Length, logits.Rows, logits.Labels, nameof(gradient));
        gradient = gradient[..logits.Values.Length];
        Throw.IfPartlyOverlapping(logits.Values, gradient);
        return gradient;
    }
}

/// <summary>The losses of this family with their default options, without naming an instance: <c>Mean</c> of the type is <c>Mean</c> of a new one.</summary>
public static class MultiLabelLossShorthands
{
    extension<TLoss>(TLoss) where TLoss : MultiLabelLoss, new()
    {
        /// <inheritdoc cref="MultiLabelLoss.Mean{T}(BinaryLogits{T}, ReadOnlySpan{T})"/>
        public static double Mean<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Mean(logits, targets);

        /// <inheritdoc cref="MultiLabelLoss.Sum{T}(BinaryLogits{T}, ReadOnlySpan{T})"/>
        public static double Sum<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Sum(logits, targets);

        /// <inheritdoc cref="MultiLabelLoss.PerRow{T}(BinaryLogits{T}, ReadOnlySpan{T}, Span{double})"/>
        public static void PerRow<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.PerRow(logits, targets, destination);

        /// <inheritdoc cref="MultiLabelLoss.MeanAndGradient{T}(BinaryLogits{T}, ReadOnlySpan{T}, Span{T})"/>
        public static double MeanAndGradient<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.MeanAndGradient(logits, targets, gradient);

        /// <inheritdoc cref="MultiLabelLoss.SumAndGradient{T}(BinaryLogits{T}, ReadOnlySpan{T}, Span{T})"/>
        public static double SumAndGradient<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.SumAndGradient(logits, targets, gradient);

        /// <inheritdoc cref="MultiLabelLoss.Gradient{T}(BinaryLogits{T}, ReadOnlySpan{T}, Span{T})"/>
        public static void Gradient<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Gradient(logits, targets, gradient);

        /// <inheritdoc cref="MultiLabelLoss.HessianProduct{T}(BinaryLogits{T}, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
        public static void HessianProduct<T>(BinaryLogits<T> logits, ReadOnlySpan<T> targets, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.HessianProduct(logits, targets, direction, destination);

        /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
        [Obsolete("A multi-label loss is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the BinaryLogits<T> you gave to Sigmoid.", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public static double Mean<T>(BinaryProbabilities<T> probabilities, ReadOnlySpan<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

        /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
        [Obsolete("A multi-label loss is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the BinaryLogits<T> you gave to Sigmoid.", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public static double MeanAndGradient<T>(BinaryProbabilities<T> probabilities, ReadOnlySpan<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();
    }
}
