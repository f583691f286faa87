using System.ComponentModel;
using System.Numerics;

namespace Logits.Losses;

/// <summary>A distance between the distribution of the scores and that of other scores, such as a teacher's.</summary>
/// <remarks>Gradients are with respect to the first argument; the target is a constant.</remarks>
public abstract record DivergenceLoss : Loss
{
    private protected DivergenceLoss() { }

    /// <summary>The mean over the batch.</summary>
    /// <param name="logits">n rows × k classes: the distribution that is learned.</param>
    /// <param name="target">n rows × k classes: the scores of the distribution to reach.</param>
    /// <returns>Nats per row, at least 0; +∞ where the divergence's first distribution allows a class that its second rules out. NaN for a batch without rows, and where a row rules out every class.</returns>
    /// <exception cref="ArgumentException">The shapes disagree.</exception>
    public double Mean<T>(Logits<T> logits, Logits<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, target), mean: true);

    /// <summary>The sum over the batch; 0 for a batch without rows.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Logits{T})"/>
    public double Sum<T>(Logits<T> logits, Logits<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, target), mean: false);

    /// <summary>The loss of each row.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Logits{T})"/>
    /// <param name="logits">n rows × k classes: the distribution that is learned.</param>
    /// <param name="target">n rows × k classes: the scores of the distribution to reach.</param>
    /// <param name="destination">One element for each row.</param>
    public void PerRow<T>(Logits<T> logits, Logits<T> target, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(destination.Length, logits.Rows, 1);
        Evaluate(Ready(logits, target), mean: false, perRow: destination[..logits.Rows]);
    }

    /// <summary>The mean and its gradient with respect to the scores, in one pass.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Logits{T})"/>
    /// <param name="logits">n rows × k classes: the distribution that is learned.</param>
    /// <param name="target">n rows × k classes: the scores of the distribution to reach.</param>
    /// <param name="gradient">Takes one derivative for each score; may be the scores' own memory.</param>
    public double MeanAndGradient<T>(Logits<T> logits, Logits<T> target, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, target), mean: true, gradient: Room(logits, gradient));

    /// <summary>The sum and its gradient with respect to the scores, in one pass: each row of it is the gradient of that row's own loss.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(Logits{T}, Logits{T}, Span{T})"/>
    public double SumAndGradient<T>(Logits<T> logits, Logits<T> target, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, target), mean: false, gradient: Room(logits, gradient));

    /// <summary>The gradient of the mean with respect to the scores.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(Logits{T}, Logits{T}, Span{T})"/>
    public void Gradient<T>(Logits<T> logits, Logits<T> target, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => MeanAndGradient(logits, target, gradient);

    /// <summary>The Hessian of the mean times <paramref name="direction"/>: the change of the gradient along it.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Logits{T})"/>
    /// <param name="logits">n rows × k classes: the distribution that is learned.</param>
    /// <param name="target">n rows × k classes: the scores of the distribution to reach.</param>
    /// <param name="direction">One component for each score.</param>
    /// <param name="destination">Takes one component for each score.</param>
    public void HessianProduct<T>(Logits<T> logits, Logits<T> target, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAsMany(direction.Length, logits.Rows, logits.Classes, nameof(direction));
        HessianProduct(Ready(logits, target), direction, Room(logits, destination));
    }

    /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
    [Obsolete("A divergence is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the Logits<T> you gave to Softmax.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public double Mean<T>(Probabilities<T> probabilities, Probabilities<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

    /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
    [Obsolete("A divergence is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the Logits<T> you gave to Softmax.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public double MeanAndGradient<T>(Probabilities<T> probabilities, Probabilities<T> target, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

    static Batch<T> Ready<T>(Logits<T> logits, Logits<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfOtherShape(logits.Rows, logits.Classes, target.Rows, target.Classes, nameof(target));
        return new(logits.Values, logits.Rows, logits.Classes, targets: target.Values);
    }

    private protected static Span<T> Room<T>(Logits<T> logits, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(gradient.Length, logits.Rows, logits.Classes, nameof(gradient));
        gradient = gradient[..logits.Values.Length];
        Throw.IfPartlyOverlapping(logits.Values, gradient);
        return gradient;
    }
}

/// <summary>The losses of this family with their default options, without naming an instance: <c>Mean</c> of the type is <c>Mean</c> of a new one.</summary>
public static class DivergenceLossShorthands
{
    extension<TLoss>(TLoss) where TLoss : DivergenceLoss, new()
    {
        /// <inheritdoc cref="DivergenceLoss.Mean{T}(Logits{T}, Logits{T})"/>
        public static double Mean<T>(Logits<T> logits, Logits<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Mean(logits, target);

        /// <inheritdoc cref="DivergenceLoss.Sum{T}(Logits{T}, Logits{T})"/>
        public static double Sum<T>(Logits<T> logits, Logits<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Sum(logits, target);

        /// <inheritdoc cref="DivergenceLoss.PerRow{T}(Logits{T}, Logits{T}, Span{double})"/>
        public static void PerRow<T>(Logits<T> logits, Logits<T> target, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.PerRow(logits, target, destination);

        /// <inheritdoc cref="DivergenceLoss.MeanAndGradient{T}(Logits{T}, Logits{T}, Span{T})"/>
        public static double MeanAndGradient<T>(Logits<T> logits, Logits<T> target, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.MeanAndGradient(logits, target, gradient);

        /// <inheritdoc cref="DivergenceLoss.SumAndGradient{T}(Logits{T}, Logits{T}, Span{T})"/>
        public static double SumAndGradient<T>(Logits<T> logits, Logits<T> target, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.SumAndGradient(logits, target, gradient);

        /// <inheritdoc cref="DivergenceLoss.Gradient{T}(Logits{T}, Logits{T}, Span{T})"/>
        public static void Gradient<T>(Logits<T> logits, Logits<T> target, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.Gradient(logits, target, gradient);

        /// <inheritdoc cref="DivergenceLoss.HessianProduct{T}(Logits{T}, Logits{T}, ReadOnlySpan{T}, Span{T})"/>
        public static void HessianProduct<T>(Logits<T> logits, Logits<T> target, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Default<TLoss>.Loss.HessianProduct(logits, target, direction, destination);

        /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
        [Obsolete("A divergence is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the Logits<T> you gave to Softmax.", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public static double Mean<T>(Probabilities<T> probabilities, Probabilities<T> target) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();

        /// <summary>Does not compile: a loss starts from the scores, where nothing has been rounded to 0 or 1 yet.</summary>
        [Obsolete("A divergence is computed from logits, where nothing has been rounded to 0 or 1 yet: pass the Logits<T> you gave to Softmax.", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public static double MeanAndGradient<T>(Probabilities<T> probabilities, Probabilities<T> target, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => throw new NotSupportedException();
    }
}
