using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>Label ranking by logistic pairs: the mean of softplus(−(z_yes − z_no)) over all pairs of a true and a false label of the row.</summary>
/// <remarks>
/// RankNet's loss on the labels of a row; a row without a true or without a false label costs 0. O(m²) in the number of labels at worst.
/// Source: Burges et al., Learning to Rank using Gradient Descent (2005); Zhang and Zhou, BP-MLL (2006), for the pairs.
/// </remarks>
public sealed record PairwiseRanking : MultiLabelLoss
{
    internal override A Row<A>(ref Example<A> example, Span<A> gradient)
    {
        int yesCount = 0;
        foreach (A target in example.Target) yesCount += target.Value >= 0.5 ? 1 : 0;
        double pairs = (double)yesCount * (gradient.Length - yesCount);
        A loss = A.From(0);
        gradient.Fill(loss);
        if (pairs == 0) return loss;

        A share = A.From(1) / A.From(pairs);
        for (int yes = 0; yes < gradient.Length; yes++)
        {
            if (example.Target[yes].Value < 0.5) continue;
            for (int no = 0; no < gradient.Length; no++)
            {
                if (example.Target[no].Value >= 0.5) continue;
                A behind = example.Scores[no] - example.Scores[yes], slope = share * Real.Sigmoid(behind);
                loss += Real.Softplus(behind);
                gradient[yes] -= slope;
                gradient[no] += slope;
            }
        }
        return loss * share;
    }
}
