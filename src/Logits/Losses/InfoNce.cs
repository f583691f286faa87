using System.Numerics;
using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Contrastive loss: cross-entropy of similarities divided by a temperature against the index of the positive.</summary>
/// <remarks>
/// With a square batch of similarities (query i, key j) the positive of row i is column i: <see cref="Mean{T}(Logits{T})"/>. CLIP averages this
/// and the loss of the transposed batch. Source: van den Oord et al., Contrastive Predictive Coding (2018).
/// </remarks>
public sealed record InfoNce(double Temperature) : LabelLoss
{
    /// <summary>What similarities are divided by, above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and finite.</exception>
    public double Temperature { get; init => field = Throw.IfNotPositive(value, nameof(Temperature)); } = Throw.IfNotPositive(Temperature);

    /// <summary>With the temperature most published models start from, 0.07.</summary>
    public InfoNce() : this(0.07) { }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        A temperature = A.From(Temperature);
        foreach (ref A score in example.Scores) score /= temperature;
        var softmax = new SoftmaxRow<A>(example.Scores, gradient);
        A loss = softmax.MinusLogP(example.Label);
        softmax.WriteGradient(example.Label, A.From(1) / temperature, gradient);
        return loss;
    }

    /// <summary>The mean where row i's positive is column i.</summary>
    /// <param name="similarities">n rows × at least n columns; further columns are negatives for all.</param>
    /// <exception cref="ArgumentException">There are fewer columns than rows.</exception>
    public double Mean<T>(Logits<T> similarities) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Mean(similarities, Diagonal(similarities.Rows));

    /// <summary>The mean where row i's positive is column i, and its gradient.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T})"/>
    /// <param name="similarities">n rows × at least n columns; further columns are negatives for all.</param>
    /// <param name="gradient">Takes one derivative for each similarity.</param>
    public double MeanAndGradient<T>(Logits<T> similarities, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        MeanAndGradient(similarities, Diagonal(similarities.Rows), gradient);

    static int[] Diagonal(int rows) => [.. Enumerable.Range(0, rows)];
}
