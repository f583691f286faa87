using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Ordinal loss of the proportional-odds model: −log(σ(z_{y−1}) − σ(z_y)), with σ(z_{−1}) = 1 and σ(z_m) = 0.</summary>
/// <remarks>
/// The j-th score is η − θ_j for a row's position η and ascending thresholds θ, so the scores of a row descend; where they do not, a level
/// between them is impossible and costs +∞. Written as softplus(−a) + softplus(b) − log(1 − e^(b−a)), which has no difference of
/// probabilities in it. Source: McCullagh, Regression Models for Ordinal Data (1980).
/// </remarks>
public sealed record CumulativeLogit : OrdinalLoss
{
    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        int y = example.Label;
        A loss = A.From(0);
        gradient.Fill(loss);
        if (y > 0)
        {
            loss += Real.Softplus(-example.Scores[y - 1]);
            gradient[y - 1] = -Real.Sigmoid(-example.Scores[y - 1]);
        }
        if (y < gradient.Length)
        {
            loss += Real.Softplus(example.Scores[y]);
            gradient[y] = Real.Sigmoid(example.Scores[y]);
        }
        if (y > 0 && y < gradient.Length)
        {
            A gap = example.Scores[y - 1] - example.Scores[y];
            if (gap.Value <= 0) return A.From(double.PositiveInfinity);
            A inside = -A.ExpM1(-gap), push = A.Exp(-gap) / inside; // 1 − e^−gap, 1 / (e^gap − 1)
            loss -= gap.Value < 0.69 ? A.Log(inside) : A.Log1P(-A.Exp(-gap));
            gradient[y - 1] -= push;
            gradient[y] += push;
        }
        return loss;
    }
}
