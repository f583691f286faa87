using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Multi-class hinge: the mean over the k classes of max(0, Margin − z_y + z_c)^Power for c ≠ y.</summary>
/// <remarks>
/// PyTorch's <c>MultiMarginLoss</c>, with the same division by k (the right class counts as a 0). Not differentiable where a margin is met
/// exactly; the slope there is that of the flat side. Source: Crammer and Singer (2001); Weston and Watkins (1999).
/// </remarks>
public sealed record MultiMargin(double Margin = 1, int Power = 1) : LabelLoss
{
    /// <summary>By how much the right class must lead, above 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and finite.</exception>
    public double Margin { get; init => field = Throw.IfNotPositive(value, nameof(Margin)); } = Throw.IfNotPositive(Margin);

    /// <summary>1 for the hinge, 2 for the squared hinge.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither 1 nor 2.</exception>
    public int Power { get; init => field = Throw.IfNotHingePower(value); } = Throw.IfNotHingePower(Power);

    /// <summary>The plain hinge with margin 1.</summary>
    public MultiMargin() : this(1) { }

    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        A share = A.From(1) / A.From(gradient.Length), loss = A.From(0), atLabel = A.From(0), right = example.Scores[example.Label];
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = A.From(0);
            if (i == example.Label) continue;
            A shortfall = A.From(Margin) - (right - example.Scores[i]);
            if (shortfall.Value <= 0) continue;
            loss += Power == 1 ? shortfall : shortfall * shortfall;
            gradient[i] = Power == 1 ? share : (shortfall + shortfall) * share;
            atLabel -= gradient[i];
        }
        gradient[example.Label] = atLabel;
        return loss * share;
    }
}
