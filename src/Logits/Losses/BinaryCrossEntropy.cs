using System.Collections.Immutable;
using Logits.Kernels;
using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Cross-entropy of yes/no scores: w · (v · t · softplus(−z) + (1 − t) · softplus(z)), with element weight w and weight v of yes.</summary>
/// <remarks>
/// Exact where the sigmoid is within 1e−300 of 0 or 1. PyTorch's <c>BCEWithLogitsLoss</c> (weight, pos_weight), TensorFlow's
/// <c>sigmoid_cross_entropy_with_logits</c> and <c>weighted_cross_entropy_with_logits</c> (PerElement), optax's <c>sigmoid_binary_cross_entropy</c>.
/// The mean divides by the number of scores, whatever the weights.
/// </remarks>
public sealed record BinaryCrossEntropy : BinaryLoss
{
    /// <summary>Weights: none, one for all, one for each label, or one for each score of the batch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN.</exception>
    public ImmutableArray<double> Weights
    {
        get;
        init
        {
            Throw.IfNegativeWeight(value.AsSpan(), nameof(Weights));
            field = value;
        }
    } = [];

    /// <summary>Weights of the yes side: none, one for all, or one for each label. Above 1 trades precision for recall.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN.</exception>
    public ImmutableArray<double> PositiveWeights
    {
        get;
        init
        {
            Throw.IfNegativeWeight(value.AsSpan(), nameof(PositiveWeights));
            field = value;
        }
    } = [];

    internal override void Check(int rows, int width)
    {
        if (Weights.Length != 1 && Weights.Length != (long)rows * width) Throw.IfOtherCount(Weights.Length, width, nameof(Weights), "labels");
        if (PositiveWeights.Length != 1) Throw.IfOtherCount(PositiveWeights.Length, width, nameof(PositiveWeights), "labels");
    }

    /// <summary>Without weights the whole batch goes through the vector loops at once, whatever its rows.</summary>
    internal override A Rows<T, A>(in Batch<T> batch, A scale, Span<double> perRow, Span<double> perElement, Span<T> gradient)
    {
        if (Weights.IsEmpty && PositiveWeights.IsEmpty && perRow.IsEmpty && LossRows<T>.BinaryCrossEntropy(batch.Scores, batch.Targets, gradient, perElement, scale.Value, out double sum))
            return A.From(sum);
        return base.Rows(batch, scale, perRow, perElement, gradient);
    }

    internal override A Element<A>(A score, A target, int row, int label, int labels, out A slope)
    {
        A one = A.From(1);
        A yes = PositiveWeights.Length switch { 0 => target, 1 => target * A.From(PositiveWeights[0]), _ => target * A.From(PositiveWeights[label]) };
        A no = one - target;
        if (Weights.Length > 0)
        {
            A weight = A.From(Weights[Weights.Length == 1 ? 0 : Weights.Length == labels ? label : row * labels + label]);
            yes *= weight;
            no *= weight;
        }
        // A side that the target gives nothing costs nothing, even at ±∞.
        A loss = A.From(0);
        slope = loss;
        if (yes.Value != 0)
        {
            loss = yes * Real.Softplus(-score);
            slope = -(yes * Real.Sigmoid(-score));
        }
        if (no.Value != 0)
        {
            loss += no * Real.Softplus(score);
            slope += no * Real.Sigmoid(score);
        }
        return loss;
    }
}
