using System.Buffers;

namespace Logits.Metrics;

/// <summary>Where a probability that equals an edge goes.</summary>
enum Edge { InLowerBin, InUpperBin }

/// <summary>The edges of bins, each rounded once.</summary>
static class Edges
{
    /// <summary><paramref name="count"/> edges from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public static double[] Linear(double low, double high, int count)
    {
        var edges = new double[count];
        for (int i = 0; i < count; i++) edges[i] = low == 0 && high == 1 ? (double)i / (count - 1) : low + i * ((high - low) / (count - 1));
        edges[^1] = high;
        return edges;
    }

    /// <summary>The edges between equal-width bins of [0, 1], without 0 and 1: the outer bins take what lies beyond.</summary>
    public static double[] Inner(int bins) => Linear(0, 1, bins + 1)[1..^1];
}

/// <summary>Sorted forecasts with running totals of what was forecast and what happened, so that any bin is two subtractions.</summary>
/// <remarks>Totals are compensated; over a million rows a bin's gap is exact to 1e-16 of n. They stand in rented memory.</remarks>
sealed class SortedResiduals : IDisposable
{
    readonly double[] _forecast;   // _forecast[i] = Σ of the first i forecasts
    readonly int[] _happened;      // how many of the first i happened

    public SortedResiduals(Forecasts forecasts)
    {
        Forecasts = forecasts;
        _forecast = ArrayPool<double>.Shared.Rent(forecasts.Count + 1);
        _happened = ArrayPool<int>.Shared.Rent(forecasts.Count + 1);
        ReadOnlySpan<double> c = forecasts.Probabilities;
        ReadOnlySpan<bool> y = forecasts.Happened;
        var sum = new Sum();
        int happened = 0;
        (_forecast[0], _happened[0]) = (0, 0);
        for (int i = 0; i < c.Length; i++)
        {
            sum.Add(c[i]);
            if (y[i]) happened++;
            (_forecast[i + 1], _happened[i + 1]) = (sum.Value, happened);
        }
    }

    public void Dispose()
    {
        ArrayPool<double>.Shared.Return(_forecast);
        ArrayPool<int>.Shared.Return(_happened);
    }

    public Forecasts Forecasts { get; }

    public int Count => Forecasts.Count;

    /// <summary>Σ forecasts and how many happened, of the sorted rows from <paramref name="start"/> to before <paramref name="end"/>.</summary>
    public (double Forecast, int Happened) Between(int start, int end) => (_forecast[end] - _forecast[start], _happened[end] - _happened[start]);

    /// <summary>The first sorted row above the edge (or at it, if those go to the upper bin).</summary>
    public int Place(double edge, Edge rule)
    {
        ReadOnlySpan<double> c = Forecasts.Probabilities;
        int low = 0, high = c.Length;
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            if (rule == Edge.InLowerBin ? c[middle] <= edge : c[middle] < edge) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Σ n_b/n |gap_b| over the bins between the edges; what lies outside them is in a bin below and one above.</summary>
    /// <param name="edges">Ascending.</param>
    /// <param name="rule">Where a probability on an edge goes.</param>
    /// <param name="below">Whether rows below the first edge count.</param>
    /// <param name="ofBinned">Divide by the rows that count instead of all.</param>
    /// <param name="clip">Move 0 and 1 inside by 2⁻⁵² first.</param>
    public double Expected(double[] edges, Edge rule, bool below = true, bool ofBinned = false, bool clip = false)
    {
        var sum = new Sum();
        int start = below ? 0 : Place(edges[0], rule), counted = Count - start;
        foreach (double edge in edges.AsSpan(below ? 0 : 1))
        {
            int end = Math.Max(start, Place(edge, rule));
            sum.Add(Gap(start, end));
            start = end;
        }
        sum.Add(Gap(start, Count));
        return counted == 0 && ofBinned ? 0 : sum.Value / (ofBinned ? counted : Count);

        double Gap(int from, int to)
        {
            var (forecast, happened) = Between(from, to);
            if (clip)
            {
                const double epsilon = 1.0 / (1L << 52);
                forecast += epsilon * Math.Max(0, Math.Min(to, Place(0, Edge.InLowerBin)) - from);
                forecast -= epsilon * Math.Max(0, to - Math.Max(from, Place(1, Edge.InUpperBin)));
            }
            return Math.Abs(forecast - happened);
        }
    }

    /// <summary>|gap_b| of the bins between the edges that are not empty.</summary>
    public IEnumerable<double> Gaps(double[] edges, Edge rule)
    {
        int start = 0;
        foreach (int end in (int[])[.. edges.Select(edge => Place(edge, rule)), Count])
        {
            if (end == start) continue;
            var (forecast, happened) = Between(start, end);
            yield return Math.Abs(forecast - happened) / (end - start);
            start = end;
        }
    }

    /// <summary>Σ n_b/n |gap_b| over bins of n/b sorted rows each, the first n mod b one more.</summary>
    public double EqualMass(int bins)
    {
        var sum = new Sum();
        for (int bin = 0, start = 0; bin < bins; bin++)
        {
            int end = start + Count / bins + (bin < Count % bins ? 1 : 0);
            var (forecast, happened) = Between(start, end);
            sum.Add(Math.Abs(forecast - happened));
            start = end;
        }
        return sum.Value / Count;
    }

    /// <summary>The unweighted mean, over the classes that are predicted at all, of the expected error of their rows.</summary>
    public double MeanOverPredictedClasses(double[] edges)
    {
        ReadOnlySpan<int> predicted = Predicted();
        ReadOnlySpan<double> c = Forecasts.Probabilities;
        ReadOnlySpan<bool> y = Forecasts.Happened;
        int classes = Most(predicted) + 1, bins = edges.Length + 1;
        var gaps = new double[classes * bins];
        var counts = new int[classes];
        for (int bin = 0, i = 0; bin < bins; bin++)
            for (int end = bin < edges.Length ? Place(edges[bin], Edge.InLowerBin) : c.Length; i < end; i++)
            {
                int k = predicted[i];
                gaps[k * bins + bin] += y[i] ? c[i] - 1 : c[i];
                counts[k]++;
            }
        var mean = new Sum();
        int seen = 0;
        for (int k = 0; k < classes; k++)
        {
            if (counts[k] == 0) continue;
            double total = 0;
            foreach (double gap in gaps.AsSpan(k * bins, bins)) total += Math.Abs(gap);
            mean.Add(total / counts[k]);
            seen++;
        }
        return mean.Value / seen;
    }

    /// <summary>Σ n_b/n |gap_b| over equal-mass bins made within each predicted class.</summary>
    public double EqualMassByPredictedClass(int bins)
    {
        ReadOnlySpan<int> predicted = Predicted();
        ReadOnlySpan<double> c = Forecasts.Probabilities;
        ReadOnlySpan<bool> y = Forecasts.Happened;
        int classes = Most(predicted) + 1;
        var left = new int[classes];       // rows until the class's present bin is full
        var bin = new int[classes];
        var gap = new double[classes];
        var counts = new int[classes];
        foreach (int k in predicted) counts[k]++;
        for (int k = 0; k < classes; k++) left[k] = Size(k, 0);

        var sum = new Sum();
        for (int i = 0; i < predicted.Length; i++)
        {
            int k = predicted[i];
            gap[k] += y[i] ? c[i] - 1 : c[i];
            if (--left[k] > 0) continue;
            sum.Add(Math.Abs(gap[k]));
            gap[k] = 0;
            left[k] = Size(k, ++bin[k]);
        }
        return sum.Value / Count;

        int Size(int k, int b) => counts[k] / bins + (b < counts[k] % bins ? 1 : 0);
    }

    ReadOnlySpan<int> Predicted()
    {
        if (Forecasts.Classes.IsEmpty)
            throw new ArgumentException("this convention groups rows by predicted class, which these forecasts do not carry; make them with Forecasts.Of(logits, labels) or Forecasts.Of(confidences, predicted, labels).", "forecasts");
        return Forecasts.Classes;
    }

    static int Most(ReadOnlySpan<int> classes)
    {
        int most = 0;
        foreach (int k in classes) most = Math.Max(most, k);
        return most;
    }
}
