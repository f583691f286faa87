namespace Logits.Cli.Reports;

/// <summary>Where the share of successes falls 95 % of the time when each trial succeeds with a known probability.</summary>
static class BinomialRange
{
    /// <summary>The 2.5 % and 97.5 % quantiles of X/n for X ~ Binomial(<paramref name="trials"/>, <paramref name="probability"/>).</summary>
    /// <remarks>Walks outwards from the mode, where the weights are largest; √n steps reach everything that counts.</remarks>
    public static (double Low, double High) Of(int trials, double probability)
    {
        if (probability is <= 0 or >= 1)
            return (probability, probability);
        double odds = probability / (1 - probability);
        int mode = Math.Clamp((int)((trials + 1) * probability), 0, trials);

        var below = new List<double>();         // weights of mode−1, mode−2, … relative to the mode's
        for ((int k, double w) = (mode, 1); k > 0 && w > 1e-12; k--)
            below.Add(w *= k / ((trials - k + 1) * odds));
        var above = new List<double>();
        for ((int k, double w) = (mode, 1); k < trials && w > 1e-12; k++)
            above.Add(w *= (trials - k) * odds / (k + 1));

        double tail = 0.025 * (1 + below.Sum() + above.Sum());
        return ((mode - Reach(below, tail)) / (double)trials, (mode + Reach(above, tail)) / (double)trials);
    }

    /// <summary>How far from the mode the outermost weights sum to <paramref name="tail"/>.</summary>
    static int Reach(List<double> weights, double tail)
    {
        int reach = weights.Count;
        for (double sum = 0; reach > 0 && (sum += weights[reach - 1]) <= tail;)
            reach--;
        return reach;
    }
}
