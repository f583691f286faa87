using System.Collections.Immutable;

namespace Logits.Metrics;

/// <summary>What refusing to answer buys: the error rate among the k most confident rows, for every k.</summary>
/// <remarks>Source: El-Yaniv and Wiener, JMLR 2010; Geifman et al., ICLR 2019 (area under the curve).</remarks>
public static class RiskCoverage
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

    /// <summary>Generalized risk: the mean over k of the errors among the k most confident as a share of all rows, so that a wrong answer counts once however few answers there are.</summary>
    /// <param name="forecasts">The confidence of each answer and whether it was right; equal confidences are taken in row order.</param>
    /// <returns>0 to ½; lower is better.</returns>
    /// <remarks>Source: Traub et al., Overcoming Common Flaws in the Evaluation of Selective Classification, NeurIPS 2024 (AUGRC).</remarks>
    public static double GeneralizedArea(Forecasts forecasts)
    {
        int errors = 0;
        Int128 total = 0;
        foreach (int i in MostConfidentFirst(forecasts))
        {
            if (!forecasts.Happened[i]) errors++;
            total += errors;
        }
        return (double)total / forecasts.Count / forecasts.Count;
    }

    /// <summary>The curve: for each threshold that occurs, the share of rows at least as confident and their error rate.</summary>
    /// <param name="forecasts">The confidence of each answer and whether it was right.</param>
    /// <returns>From the highest threshold to full coverage; equal confidences are one point.</returns>
    public static ImmutableArray<RiskCoveragePoint> Curve(Forecasts forecasts)
    {
        var points = ImmutableArray.CreateBuilder<RiskCoveragePoint>();
        int errors = 0, n = forecasts.Count;
        for (int end = n; end > 0;)
        {
            int start = end;
            double confidence = forecasts.Probabilities[end - 1];
            while (start > 0 && forecasts.Probabilities[start - 1] == confidence)
                if (!forecasts.Happened[--start]) errors++;
            points.Add(new(confidence, (double)(n - start) / n, (double)errors / (n - start)));
            end = start;
        }
        return points.ToImmutable();
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

/// <summary>A point of the risk–coverage curve.</summary>
/// <param name="Confidence">The threshold: rows at least this confident are answered.</param>
/// <param name="Coverage">The share of rows answered.</param>
/// <param name="Risk">The error rate of the answers.</param>
public readonly record struct RiskCoveragePoint(double Confidence, double Coverage, double Risk);
