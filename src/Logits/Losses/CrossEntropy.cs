using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Logits.Kernels;
using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Cross-entropy of a softmax: −log p of the labelled class, (logsumexp(z) − z_y), or Σ t_c · (−log p_c) against target shares.</summary>
/// <remarks>
/// With class weights w and label smoothing ε a row's loss is (1 − ε) · w_y · (−log p_y) + (ε/k) · Σ_c w_c · (−log p_c), and the mean divides by
/// the sum of the labels' weights; against target shares it is Σ_c w_c · ((1 − ε) · t_c + ε/k) · (−log p_c), and the mean divides by the rows.
/// A class that is ruled out (−∞) costs nothing where its coefficient is 0. Exact where p is within 1e−300 of 1: the loss comes from
/// log1p of the rest, its slope p − 1 from the rest itself. This is PyTorch's <c>CrossEntropyLoss</c>, TensorFlow's sparse and dense
/// <c>softmax_cross_entropy_with_logits</c>, optax's <c>softmax_cross_entropy</c>. Source: Goodfellow et al., Deep Learning, §6.2.2.3;
/// Szegedy et al., Rethinking the Inception Architecture (2016), for smoothing.
/// </remarks>
public sealed record CrossEntropy : LabelLoss
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

    /// <summary>The share ε of the target that is spread over all classes, 0 to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 0 to 1.</exception>
    public double LabelSmoothing { get; init => field = Throw.IfNotFraction(value, nameof(LabelSmoothing)); }

    /// <summary>The label of rows that take no part: loss 0, gradient 0, not counted. None by default; PyTorch's default is −100.</summary>
    public int? IgnoreIndex { get; init; }

    internal override int? Ignored => IgnoreIndex;

    internal override bool Skips(int label) => label == IgnoreIndex;

    internal override void Check(int rows, int width) => Throw.IfOtherCount(ClassWeights.Length, width, nameof(ClassWeights), "classes");

    internal override A Denominator<A>(ReadOnlySpan<int> labels, int rows, int width)
    {
        if (labels.IsEmpty) return A.From(rows);
        A sum = A.From(0);
        foreach (int label in labels)
            if (!Skips(label)) sum += A.From(Weight(label));
        return sum;
    }

    double Weight(int c) => ClassWeights.IsEmpty ? 1 : ClassWeights[c];

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        var softmax = new SoftmaxRow<A>(example.Scores, gradient);
        if (example.Target.IsEmpty && LabelSmoothing == 0)
        {
            A weight = A.From(Weight(example.Label));
            A loss = softmax.MinusLogP(example.Label);
            softmax.WriteGradient(example.Label, weight, gradient);
            return Weight(example.Label) == 0 ? weight : weight * loss;
        }
        return Spread(ref example, softmax, gradient);
    }

    /// <summary>Labels without smoothing go through the vector loops; rows they do not hold for go one by one.</summary>
    internal override A Rows<T, A>(in Batch<T> batch, A scale, Span<double> perRow, Span<double> perElement, Span<T> gradient)
    {
        if (!batch.Targets.IsEmpty || LabelSmoothing != 0) return base.Rows(batch, scale, perRow, perElement, gradient);
        int width = batch.Width;
        double unit = scale.Value;
        if (typeof(T) == typeof(float) && width <= ShortRows.Longest && ClassWeights.IsEmpty && unit <= 1) return Short(batch, scale, perRow, gradient);
        A total = A.From(0);
        for (int row = 0; row < batch.Rows; row++)
        {
            int label = batch.Labels[row];
            Span<T> slope = gradient.IsEmpty ? default : gradient.Slice(row * width, width);
            double loss = 0;
            if (Skips(label)) slope.Clear();
            else
            {
                double weight = Weight(label);
                if (weight > 0 && LossRows<T>.CrossEntropy(batch.Scores.Slice(row * width, width), label, slope, weight * unit, out loss))
                {
                    loss *= weight;
                    total += A.From(loss);
                }
                else
                {
                    A alone = base.Rows(batch.RowAlone(row), scale, default, default, slope);
                    loss = alone.Value;
                    total += alone;
                }
            }
            if (!perRow.IsEmpty) perRow[row] = loss;
        }
        return total;
    }

    /// <summary>Short rows of floats go 16 at a time, one in each element of a register; the few that need more care go one by one.</summary>
    A Short<T, A>(in Batch<T> batch, A scale, Span<double> perRow, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> where A : struct, IReal<A>
    {
        int width = batch.Width;
        Span<double> losses = stackalloc double[ShortRows.Together];
        A total = A.From(0);
        for (int row = 0; row < batch.Rows; row += ShortRows.Together)
        {
            int count = Math.Min(ShortRows.Together, batch.Rows - row);
            Span<T> slopes = gradient.IsEmpty ? default : gradient.Slice(row * width, count * width);
            int odd = ShortRows.CrossEntropy(MemoryMarshal.Cast<T, float>(batch.Scores.Slice(row * width, count * width)), width, batch.Labels.Slice(row, count), MemoryMarshal.Cast<T, float>(slopes), scale.Value, losses);
            for (int i = 0; i < count; i++)
            {
                if (Skips(batch.Labels[row + i]))
                {
                    losses[i] = 0;
                    if (!slopes.IsEmpty) slopes.Slice(i * width, width).Clear();
                }
                else if ((odd >> i & 1) != 0)
                {
                    Span<T> slope = slopes.IsEmpty ? default : slopes.Slice(i * width, width);
                    if (!LossRows<T>.CrossEntropy(batch.Scores.Slice((row + i) * width, width), batch.Labels[row + i], slope, scale.Value, out losses[i]))
                        losses[i] = base.Rows(batch.RowAlone(row + i), scale, default, default, slope).Value;
                }
                total += A.From(losses[i]);
                if (!perRow.IsEmpty) perRow[row + i] = losses[i];
            }
        }
        return total;
    }

    /// <summary>The loss with a coefficient on every class: Σ_c coefficient_c · (−log p_c), with slope Σ coefficient · p_j − coefficient_j.</summary>
    A Spread<A>(ref Example<A> example, SoftmaxRow<A> softmax, Span<A> gradient) where A : struct, IReal<A>
    {
        Span<A> coefficients = example.Scratch;
        A kept = A.From(1) - A.From(LabelSmoothing), spread = A.From(LabelSmoothing) / A.From(gradient.Length);
        A loss = A.From(0), others = A.From(0);
        for (int c = 0; c < coefficients.Length; c++)
        {
            A share = example.Target.IsEmpty ? (c == example.Label ? kept + spread : spread) : example.Target[c] * kept + spread;
            coefficients[c] = share * A.From(Weight(c));
            if (coefficients[c].Value == 0) continue;
            loss += coefficients[c] * softmax.MinusLogP(c);
            if (c != softmax.Top) others += coefficients[c];
        }
        A sum = others + coefficients[softmax.Top];
        // Where p is near 1 the slope is (what the other classes claim) − sum · (1 − p): nothing cancels when they claim nothing.
        A atTop = others - sum * softmax.NotP(softmax.Top);
        for (int c = 0; c < gradient.Length; c++)
            gradient[c] = c == softmax.Top ? atTop : sum * softmax.P(c) - coefficients[c];
        return loss;
    }

    /// <summary>The mean cross-entropy against target shares.</summary>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="targets">n rows × k shares of the classes, at least 0. They need not sum to 1 exactly.</param>
    /// <returns>Nats per row; NaN for a batch without rows.</returns>
    /// <exception cref="ArgumentException">The shapes disagree, or a target is negative or infinite; the message gives the index.</exception>
    public double Mean<T>(Logits<T> logits, Probabilities<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, targets), mean: true);

    /// <summary>The summed cross-entropy against target shares.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Probabilities{T})"/>
    public double Sum<T>(Logits<T> logits, Probabilities<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(logits, targets), mean: false);

    /// <summary>The cross-entropy of each row against target shares.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Probabilities{T})"/>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="targets">n rows × k shares of the classes, at least 0. They need not sum to 1 exactly.</param>
    /// <param name="destination">One element for each row.</param>
    public void PerRow<T>(Logits<T> logits, Probabilities<T> targets, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(destination.Length, logits.Rows, 1);
        Evaluate(Ready(logits, targets), mean: false, perRow: destination[..logits.Rows]);
    }

    /// <summary>The mean against target shares and its gradient with respect to the scores, in one pass.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Probabilities{T})"/>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="targets">n rows × k shares of the classes, at least 0. They need not sum to 1 exactly.</param>
    /// <param name="gradient">Takes one derivative for each score; may be the scores' own memory.</param>
    public double MeanAndGradient<T>(Logits<T> logits, Probabilities<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, targets), mean: true, gradient: Room(logits, gradient));

    /// <summary>The sum against target shares and its gradient with respect to the scores, in one pass.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(Logits{T}, Probabilities{T}, Span{T})"/>
    public double SumAndGradient<T>(Logits<T> logits, Probabilities<T> targets, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(logits, targets), mean: false, gradient: Room(logits, gradient));

    /// <summary>The Hessian of the mean against target shares times <paramref name="direction"/>.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Probabilities{T})"/>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="targets">n rows × k shares of the classes, at least 0. They need not sum to 1 exactly.</param>
    /// <param name="direction">One component for each score.</param>
    /// <param name="destination">Takes one component for each score.</param>
    public void HessianProduct<T>(Logits<T> logits, Probabilities<T> targets, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAsMany(direction.Length, logits.Rows, logits.Classes, nameof(direction));
        HessianProduct(Ready(logits, targets), direction, Room(logits, destination));
    }

    static Batch<T> Ready<T>(Logits<T> logits, Probabilities<T> targets) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfOtherShape(logits.Rows, logits.Classes, targets.Rows, targets.Classes, nameof(targets));
        Throw.IfNotTargets(targets.Values, logits.Rows, logits.Classes, upToOne: false);
        return new(logits.Values, logits.Rows, logits.Classes, targets: targets.Values);
    }
}
