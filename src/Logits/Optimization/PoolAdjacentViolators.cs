using System.Runtime.InteropServices;

namespace Logits.Optimization;

/// <summary>The nondecreasing sequence nearest to given values in weighted squares: neighbours that fall are pooled into their mean.</summary>
/// <remarks>
/// One pass with a stack of blocks, O(n). The same sequence also maximises the likelihood of yes/no outcomes, and every other proper score.
/// Source: Ayer, Brunk, Ewing, Reid, Silverman (1955); Barlow et al., Statistical Inference under Order Restrictions (1972).
/// </remarks>
public static class PoolAdjacentViolators
{
    /// <summary>The pooled blocks, from left to right; their values increase strictly.</summary>
    /// <param name="values">The sequence.</param>
    /// <param name="weights">A weight above 0 for each value; empty for all 1.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static IReadOnlyList<Block> Pool(ReadOnlySpan<double> values, ReadOnlySpan<double> weights = default)
    {
        if (!weights.IsEmpty && weights.Length != values.Length)
            throw new ArgumentException($"weights holds {weights.Length} elements; values holds {values.Length}, one weight each.", nameof(weights));
        var blocks = new List<Block>();
        for (int i = 0; i < values.Length; i++)
        {
            double weight = weights.IsEmpty ? 1 : weights[i];
            Append(blocks, new(i, 1, weight, weight * values[i]));
        }
        return blocks;
    }

    /// <summary>Adds a block at the right of pooled ones, and pools it with those it does not rise above. Exact where weights and totals are whole numbers.</summary>
    internal static void Append(List<Block> blocks, Block block)
    {
        ReadOnlySpan<Block> pooled = CollectionsMarshal.AsSpan(blocks);
        int left = pooled.Length;
        // a/b ≥ c/d ⇔ a·d ≥ c·b
        for (; left > 0 && pooled[left - 1].Total * block.Weight >= block.Total * pooled[left - 1].Weight; left--)
        {
            ref readonly Block lower = ref pooled[left - 1];
            block = new(lower.Start, lower.Count + block.Count, lower.Weight + block.Weight, lower.Total + block.Total);
        }
        CollectionsMarshal.SetCount(blocks, left);
        blocks.Add(block);
    }

    /// <summary>The fitted value of every element.</summary>
    /// <inheritdoc cref="Pool"/>
    public static double[] Fit(ReadOnlySpan<double> values, ReadOnlySpan<double> weights = default)
    {
        var fitted = new double[values.Length];
        foreach (var block in Pool(values, weights)) fitted.AsSpan(block.Start, block.Count).Fill(block.Value);
        return fitted;
    }

    /// <summary>A run of elements with one fitted value.</summary>
    /// <param name="Start">Its first element.</param>
    /// <param name="Count">How many elements.</param>
    /// <param name="Weight">The sum of their weights.</param>
    /// <param name="Total">The sum of weight × value.</param>
    public readonly record struct Block(int Start, int Count, double Weight, double Total)
    {
        /// <summary>The weighted mean.</summary>
        public double Value => Total / Weight;
    }
}
