namespace Logits.Metrics;

/// <summary>What refusing to answer buys: the error rate among the k most confident rows, for every k.</summary>
/// <remarks>Source: El-Yaniv and Wiener, JMLR 2010; Geifman et al., ICLR 2019 (area under the curve).</remarks>
public static partial class RiskCoverage
{
    /// <summary>Area under the risk–coverage curve: the mean over k = 1…n of the error rate among the k most confident.</summary>
    /// <param name="forecasts">The confidence of each answer and whether it was right; equal confidences are taken in row order.</param>
    /// <returns>0 to 1; lower is better.</returns>
    public static double Area(Forecasts forecasts)
    {
        var sum = new Sum();
        int k = 0, errors = 0;
        var right = forecasts.Happened;
        foreach (int i in MostConfidentFirst(forecasts))
        {
            if (!right[i]) errors++;
            sum.Add((double)errors / ++k);
        }
        return sum.Value / forecasts.Count;
    }

    /// <summary>Indices into the sorted forecasts, the most confident first; equal confidences in row order.</summary>
    internal static int[] MostConfidentFirst(Forecasts forecasts)
    {
        var order = new int[forecasts.Count];
        int to = order.Length;
        for (int start = 0; start < order.Length;)
        {
            int end = forecasts.EndOfTies(start);
            to -= end - start;
            for (int i = start; i < end; i++) order[to + i - start] = i;
            start = end;
        }
        return order;
    }
}
