using System.Runtime.InteropServices;
using Logits.Optimization;

namespace Logits.Metrics;

/// <summary>Isotonic regression of what happened on the forecasts: the calibrated forecasts nearest in every proper score.</summary>
/// <remarks>A level's weight and total are whole numbers, so comparing levels is exact. Equal forecasts share a level. Linear in n.</remarks>
internal static class Isotonic
{
    /// <summary>The levels, rising; their starts are places among the sorted forecasts.</summary>
    public static ReadOnlySpan<PoolAdjacentViolators.Block> Fit(Forecasts forecasts) => Fit(forecasts, forecasts.Happened);

    /// <summary>The fit to other outcomes of the same forecasts.</summary>
    public static ReadOnlySpan<PoolAdjacentViolators.Block> Fit(Forecasts forecasts, ReadOnlySpan<bool> happened)
    {
        var levels = new List<PoolAdjacentViolators.Block>();
        for (int start = 0; start < forecasts.Count;)
        {
            int end = forecasts.EndOfTies(start);
            PoolAdjacentViolators.Append(levels, new(start, end - start, end - start, happened[start..end].Count(true)));
            start = end;
        }
        return CollectionsMarshal.AsSpan(levels);
    }
}
