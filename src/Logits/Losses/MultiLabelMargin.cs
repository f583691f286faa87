using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Ranking hinge: (1/m) · Σ max(0, Margin − (z_yes − z_no)) over all pairs of a true and a false label of the row.</summary>
/// <remarks>PyTorch's <c>MultiLabelMarginLoss</c> (which lists the true labels by index; Margin is 1 there). O(m²) in the number of labels at worst.</remarks>
public sealed record MultiLabelMargin(double Margin) : MultiLabelLoss
{
    /// <summary>By how much a true label must lead a false one, above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and finite.</exception>
    public double Margin { get; init => field = Throw.IfNotPositive(value, nameof(Margin)); } = Throw.IfNotPositive(Margin);

    /// <summary>With margin 1.</summary>
    public MultiLabelMargin() : this(1) { }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        A share = A.From(1) / A.From(gradient.Length), loss = A.From(0);
        gradient.Fill(loss);
        for (int yes = 0; yes < gradient.Length; yes++)
        {
            if (example.Target[yes].Value < 0.5) continue;
            for (int no = 0; no < gradient.Length; no++)
            {
                if (example.Target[no].Value >= 0.5) continue;
                A shortfall = A.From(Margin) - (example.Scores[yes] - example.Scores[no]);
                if (shortfall.Value <= 0) continue;
                loss += shortfall;
                gradient[yes] -= share;
                gradient[no] += share;
            }
        }
        return loss * share;
    }
}
