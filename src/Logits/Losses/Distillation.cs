using System.Numerics;
using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Knowledge distillation: (1 − Alpha) · CE(student, label) + Alpha · T² · KL(softmax(teacher / T) ‖ softmax(student / T)).</summary>
/// <remarks>
/// The factor T² keeps the soft part's gradients at the size of the hard part's whatever the temperature. Both parts are means over rows.
/// Gradients are with respect to the student. Source: Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (2015).
/// </remarks>
public sealed record Distillation(double Temperature, double Alpha) : Loss
{
    /// <summary>T, what both models' scores are divided by in the soft part, above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and finite.</exception>
    public double Temperature { get; init => field = Throw.IfNotPositive(value, nameof(Temperature)); } = Throw.IfNotPositive(Temperature);

    /// <summary>The share of the soft part, 0 to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 0 to 1.</exception>
    public double Alpha { get; init => field = Throw.IfNotFraction(value, nameof(Alpha)); } = Throw.IfNotFraction(Alpha);

    /// <summary>At temperature 4, with nine tenths of the weight on the teacher.</summary>
    public Distillation() : this(4, 0.9) { }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        A alpha = A.From(Alpha), rest = A.From(1) - alpha, temperature = A.From(Temperature), loss = A.From(0);
        gradient.Fill(loss);
        if (Alpha < 1)
        {
            var softmax = new SoftmaxRow<A>(example.Scores, gradient);
            loss = rest * softmax.MinusLogP(example.Label);
            softmax.WriteGradient(example.Label, rest, gradient);
        }
        if (Alpha == 0) return loss;
        for (int i = 0; i < gradient.Length; i++)
        {
            example.Scores[i] /= temperature;
            example.Target[i] /= temperature;
        }
        var q = new SoftmaxRow<A>(example.Scores, example.Scratch);
        var p = new SoftmaxRow<A>(example.Target, example.MoreScratch);
        A slopeScale = alpha * temperature, soft = Divergence.Kl(p, q, slopeScale, example.Scratch);
        for (int i = 0; i < gradient.Length; i++) gradient[i] += example.Scratch[i];
        return loss + slopeScale * temperature * soft;
    }

    /// <summary>The mean over the batch.</summary>
    /// <param name="student">n rows × k classes: the scores that are learned.</param>
    /// <param name="teacher">n rows × k classes: the scores to learn from.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <returns>Nats per row; NaN for a batch without rows.</returns>
    /// <exception cref="ArgumentException">The shapes disagree, or a label is out of range; the message gives the index.</exception>
    public double Mean<T>(Logits<T> student, Logits<T> teacher, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(student, teacher, labels), mean: true);

    /// <summary>The sum over the batch; 0 for a batch without rows.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Logits{T}, ReadOnlySpan{int})"/>
    public double Sum<T>(Logits<T> student, Logits<T> teacher, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Evaluate(Ready(student, teacher, labels), mean: false);

    /// <summary>The loss of each row.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Logits{T}, ReadOnlySpan{int})"/>
    /// <param name="student">n rows × k classes: the scores that are learned.</param>
    /// <param name="teacher">n rows × k classes: the scores to learn from.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <param name="destination">One element for each row.</param>
    public void PerRow<T>(Logits<T> student, Logits<T> teacher, ReadOnlySpan<int> labels, Span<double> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(destination.Length, student.Rows, 1);
        Evaluate(Ready(student, teacher, labels), mean: false, perRow: destination[..student.Rows]);
    }

    /// <summary>The mean and its gradient with respect to the student's scores, in one pass.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Logits{T}, ReadOnlySpan{int})"/>
    /// <param name="student">n rows × k classes: the scores that are learned.</param>
    /// <param name="teacher">n rows × k classes: the scores to learn from.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <param name="gradient">Takes one derivative for each score; may be the student's own memory.</param>
    public double MeanAndGradient<T>(Logits<T> student, Logits<T> teacher, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(student, teacher, labels), mean: true, gradient: LabelLoss.Room(student, gradient));

    /// <summary>The sum and its gradient with respect to the student's scores, in one pass.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(Logits{T}, Logits{T}, ReadOnlySpan{int}, Span{T})"/>
    public double SumAndGradient<T>(Logits<T> student, Logits<T> teacher, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Evaluate(Ready(student, teacher, labels), mean: false, gradient: LabelLoss.Room(student, gradient));

    /// <summary>The gradient of the mean with respect to the student's scores.</summary>
    /// <inheritdoc cref="MeanAndGradient{T}(Logits{T}, Logits{T}, ReadOnlySpan{int}, Span{T})"/>
    public void Gradient<T>(Logits<T> student, Logits<T> teacher, ReadOnlySpan<int> labels, Span<T> gradient) where T : unmanaged, IBinaryFloatingPointIeee754<T> => MeanAndGradient(student, teacher, labels, gradient);

    /// <summary>The Hessian of the mean times <paramref name="direction"/>.</summary>
    /// <inheritdoc cref="Mean{T}(Logits{T}, Logits{T}, ReadOnlySpan{int})"/>
    /// <param name="student">n rows × k classes: the scores that are learned.</param>
    /// <param name="teacher">n rows × k classes: the scores to learn from.</param>
    /// <param name="labels">n class indices, each 0 to k − 1.</param>
    /// <param name="direction">One component for each of the student's scores.</param>
    /// <param name="destination">Takes one component for each of the student's scores.</param>
    public void HessianProduct<T>(Logits<T> student, Logits<T> teacher, ReadOnlySpan<int> labels, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAsMany(direction.Length, student.Rows, student.Classes, nameof(direction));
        HessianProduct(Ready(student, teacher, labels), direction, LabelLoss.Room(student, destination));
    }

    static Batch<T> Ready<T>(Logits<T> student, Logits<T> teacher, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfOtherShape(student.Rows, student.Classes, teacher.Rows, teacher.Classes, nameof(teacher));
        Throw.IfNotLabels(labels, student.Rows, student.Classes);
        return new(student.Values, student.Rows, student.Classes, labels, teacher.Values);
    }
}
