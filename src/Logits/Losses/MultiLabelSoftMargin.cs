using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Binary cross-entropy averaged over the labels of a row: (1/m) · Σ_c (t_c · softplus(−z_c) + (1 − t_c) · softplus(z_c)).</summary>
/// <remarks>PyTorch's <c>MultiLabelSoftMarginLoss</c>.</remarks>
public sealed record MultiLabelSoftMargin : MultiLabelLoss
{
    static readonly BinaryCrossEntropy Elements = new();

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        A share = A.From(1) / A.From(gradient.Length), sum = Elements.Row(ref example, gradient);
        foreach (ref A slope in gradient) slope *= share;
        return sum * share;
    }
}
