using System.ComponentModel;
using System.Numerics;

namespace Logits.Losses;

/// <summary>A loss of cumulative yes/no scores (is the level above 0, above 1, …?) against the right level.</summary>
/// <remarks>m scores a row stand for m + 1 ordered levels.</remarks>
public abstract record OrdinalLoss : Loss
{
    private protected OrdinalLoss() { }

    /// <summary>The mean over the batch.</summary>
    /// <param name="logits">n rows × m cumulative scores: the j-th is the logit of P(level &gt; j).</param>
    /// <param name="labels">n levels, each 0 to m.</param>
    /// <returns>Nats per row, at least 0. NaN for a batch without rows.</returns>
    /// <exception cref="ArgumentException">Lengths disagree, or a level is out of range; the message gives the index.</exception>
    public double Mean<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, labels), mean: true);

    /// <summary>The sum over the batch; 0 for a batch without rows.</summary>
    /// <inheritdoc cref="Mean{T}(BinaryLogits{T}, ReadOnlySpan{int})"/>
    public double Sum<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, labels), mean: false);

    /// <summary>The loss of each row.</summary>
    /// <inheritdoc cref="Mean{T}(BinaryLogits{T}, ReadOnlySpan{int})"/>
    /// <param name="logits">n rows × m cumulative scores: the j-th is the logit of P(level &gt; j).</param>
    /// <param name="labels">n levels, each 0 to m.</param>
    /// <param name="destination">One element for each row.</param>
    public void PerRow<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(destination.Length, logits.Rows, 1);
        Evaluate(Ready(logits, labels), mean: false, perRow: destination[..logits.Rows]);
    }

    /// <summary>The mean and its gradient with respect to the scores, in one pass.</summary>
    /// <inheritdoc cref="Mean{T}(BinaryLogits{T}, ReadOnlySpan{int})"/>
    /// <param name="logits">n rows × m cumulative scores: the j-th is the logit of P(level &gt; j).</param>
    /// <param name="labels">n levels, each 0 to m.</param>
    /// <param name="gradient">Takes one derivative for each score; may be the scores' own memory.</param>
    public double MeanAndGradient<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, labels), mean: true, gradient: Room(logits, gradient));

    /// <summary>The sum and its gradient with respect to the scores, in one pass: each row of it is the gradient of that row's own loss.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(BinaryLogits{T}, ReadOnlySpan{int}, Span{T})"/>
    public double SumAndGradient<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, labels), mean: false, gradient: Room(logits, gradient));

    /// <summary>The gradient of the mean with respect to the scores.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(BinaryLogits{T}, ReadOnlySpan{int}, Span{T})"/>
    public void Gradient<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => MeanAndGradient(logits, labels, gradient);

    /// <summary>The Hessian of the mean times <paramref name="direction"/>: the change of the gradient along it.</summary>
    /// <inheritdoc cref="Mean{T}(BinaryLogits{T}, ReadOnlySpan{int})"/>
    /// <param name="logits">n rows × m cumulative scores: the j-th is the logit of P(level &gt; j).</param>
    /// <param name="labels">n levels, each 0 to m.</param>
    /// <param name="direction">One component for each score.</param>
    /// <param name="destination">Takes one component for each score.</param>
    public void HessianProduct<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAsMany(direction.Length, logits.Rows, logits.Labels, nameof(direction));
        HessianProduct(Ready(logits, labels), direction, Room(logits, destination));
    }

    /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
    [Obsolete("An ordinal loss is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the BinaryLogits<T> you gave to Sigmoid.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public double Mean<T>(BinaryProbabilities<T> probabilities, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

    /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
    [Obsolete("An ordinal loss is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the BinaryLogits<T> you gave to Sigmoid.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public double MeanAndGradient<T>(BinaryProbabilities<T> probabilities, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

    static Batch<T> Ready<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotLabels(labels, logits.Rows, logits.Labels + 1);
        return new(logits.Values, logits.Rows, logits.Labels, labels);
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
public static class OrdinalLossShorthands
{
    extension<TLoss>(TLoss) where TLoss : OrdinalLoss, new()
    {
        /// <inheritdoc cref="OrdinalLoss.Mean{T}(BinaryLogits{T}, ReadOnlySpan{int})"/>
        public static double Mean<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Mean(logits, labels);

        /// <inheritdoc cref="OrdinalLoss.Sum{T}(BinaryLogits{T}, ReadOnlySpan{int})"/>
        public static double Sum<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Sum(logits, labels);

        /// <inheritdoc cref="OrdinalLoss.PerRow{T}(BinaryLogits{T}, ReadOnlySpan{int}, Span{double})"/>
        public static void PerRow<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.PerRow(logits, labels, destination);

        /// <inheritdoc cref="OrdinalLoss.MeanAndGradient{T}(BinaryLogits{T}, ReadOnlySpan{int}, Span{T})"/>
        public static double MeanAndGradient<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.MeanAndGradient(logits, labels, gradient);

        /// <inheritdoc cref="OrdinalLoss.SumAndGradient{T}(BinaryLogits{T}, ReadOnlySpan{int}, Span{T})"/>
        public static double SumAndGradient<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.SumAndGradient(logits, labels, gradient);

        /// <inheritdoc cref="OrdinalLoss.Gradient{T}(BinaryLogits{T}, ReadOnlySpan{int}, Span{T})"/>
        public static void Gradient<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Gradient(logits, labels, gradient);

        /// <inheritdoc cref="OrdinalLoss.HessianProduct{T}(BinaryLogits{T}, ReadOnlySpan{int}, ReadOnlySpan{T}, Span{T})"/>
        public static void HessianProduct<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.HessianProduct(logits, labels, direction, destination);

        /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
        [Obsolete("An ordinal loss is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the BinaryLogits<T> you gave to Sigmoid.", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public static double Mean<T>(BinaryProbabilities<T> probabilities, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

        /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
        [Obsolete("An ordinal loss is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the BinaryLogits<T> you gave to Sigmoid.", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public static double MeanAndGradient<T>(BinaryProbabilities<T> probabilities, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();
    }
}
