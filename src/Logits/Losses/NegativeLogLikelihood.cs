using System.Collections.Immutable;
using System.Numerics;
using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Negative log-likelihood of labels under log-probabilities that are already computed: −w_y · log p_y.</summary>
/// <remarks>
/// PyTorch's <c>NLLLoss</c>. Where the scores are at hand, <see cref="CrossEntropy"/> does the same in one pass. The gradient is with respect to
/// the log-probabilities, −w_y at the label and 0 elsewhere; the Hessian is 0.
/// </remarks>
public sealed record NegativeLogLikelihood : Loss
{
    /// <summary>One weight for each class; none weigh all classes 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN.</exception>
    public ImmutableArray<double> ClassWeights
    {
        get;
        init
        {
            Throw.IfNegativeWeight(value.AsSpan(), nameof(ClassWeights));
            field = value;
        }
    } = [];

    /// <summary>The label of rows that take no part. None by default; PyTorch's default is −100.</summary>
    public int? IgnoreIndex { get; init; }

    internal override bool Skips(int label) => label == IgnoreIndex;

    internal override void Check(int rows, int width) => Throw.IfOtherCount(ClassWeights.Length, width, nameof(ClassWeights), "classes");

    double Weight(int c) => ClassWeights.IsEmpty ? 1 : ClassWeights[c];

    internal override A Denominator<A>(ReadOnlySpan<int> labels, int rows, int width)
    {
        A sum = A.From(0);
        foreach (int label in labels)
            if (!Skips(label)) sum += A.From(Weight(label));
        return sum;
    }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        gradient.Fill(A.From(0));
        A weight = A.From(Weight(example.Label));
        if (weight.Value == 0) return weight;
        gradient[example.Label] = -weight;
        return -(weight * example.Scores[example.Label]);
    }

    /// <summary>The mean, divided by the sum of the labels' weights.</summary>
    /// <param name="logProbabilities">n rows × k classes.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <returns>Nats per row; +∞ when a labelled class has probability 0; NaN for a batch without rows.</returns>
    /// <exception cref="ArgumentException">Lengths disagree, or a label is out of range; the message gives the index.</exception>
    public double Mean<T>(LogProbabilities<T> logProbabilities, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logProbabilities, labels), mean: true);

    /// <summary>The sum; 0 for a batch without rows.</summary>
    /// <inheritdoc cref="Mean{T}(LogProbabilities{T}, ReadOnlySpan{int})"/>
    public double Sum<T>(LogProbabilities<T> logProbabilities, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logProbabilities, labels), mean: false);

    /// <summary>The loss of each row.</summary>
    /// <inheritdoc cref="Mean{T}(LogProbabilities{T}, ReadOnlySpan{int})"/>
    /// <param name="logProbabilities">n rows × k classes.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <param name="destination">One element for each row.</param>
    public void PerRow<T>(LogProbabilities<T> logProbabilities, ReadOnlySpan<int> labels, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(destination.Length, logProbabilities.Rows, 1);
        Evaluate(Ready(logProbabilities, labels), mean: false, perRow: destination[..logProbabilities.Rows]);
    }

    /// <summary>The mean and its gradient with respect to the log-probabilities.</summary>
    /// <inheritdoc cref="Mean{T}(LogProbabilities{T}, ReadOnlySpan{int})"/>
    /// <param name="logProbabilities">n rows × k classes.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <param name="gradient">Takes one derivative for each log-probability.</param>
    public double MeanAndGradient<T>(LogProbabilities<T> logProbabilities, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(gradient.Length, logProbabilities.Rows, logProbabilities.Classes, nameof(gradient));
        return Evaluate(Ready(logProbabilities, labels), mean: true, gradient: gradient[..logProbabilities.Values.Length]);
    }

    Batch<T> Ready<T>(LogProbabilities<T> values, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (IgnoreIndex is { } ignored) Throw.IfNotLabels(labels, values.Rows, values.Classes, ignored);
        else Throw.IfNotLabels(labels, values.Rows, values.Classes);
        return new(values.Values, values.Rows, values.Classes, labels);
    }
}
