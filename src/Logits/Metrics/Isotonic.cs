using System.Runtime.InteropServices;

namespace Logits.Metrics;

/// <summary>Isotonic regression of what happened on the forecasts, by pooling adjacent violators: the calibrated forecasts nearest in every proper score.</summary>
/// <remarks>Counts are integers, so comparing levels is exact. Equal forecasts share a level. Linear in n.</remarks>
internal static class Isotonic
{
    /// <summary>A level of the fit: the forecasts from <paramref name="Start"/> on, in sorted order.</summary>
    public readonly record struct Level(int Start, int Count, int Happened)
    {
        public double Value => (double)Happened / Count;
    }

    public static ReadOnlySpan<Level> Fit(Forecasts forecasts) => Fit(forecasts, forecasts.Happened);

    /// <summary>The fit to other outcomes of the same forecasts.</summary>
    public static ReadOnlySpan<Level> Fit(Forecasts forecasts, ReadOnlySpan<bool> happened)
    {
        var levels = new List<Level>();
        for (int start = 0; start < forecasts.Count;)
        {
            int end = forecasts.EndOfTies(start);
            var level = new Level(start, end - start, happened[start..end].Count(true));
            // A level that is not below its successor is pooled with it: a/b ≥ c/d ⇔ a·d ≥ c·b, in whole numbers.
            while (levels.Count > 0 && (long)levels[^1].Happened * level.Count >= (long)level.Happened * levels[^1].Count)
            {
                level = new(levels[^1].Start, levels[^1].Count + level.Count, levels[^1].Happened + level.Happened);
                levels.RemoveAt(levels.Count - 1);
            }
            levels.Add(level);
            start = end;
        }
        return CollectionsMarshal.AsSpan(levels);
    }
}
