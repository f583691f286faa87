using Logits.Cli.Inputs;
using Logits.Metrics;

namespace Logits.Cli;

/// <summary>For each class, how often rows that gave it a probability were of it: the bins behind the small multiples of a report.</summary>
sealed class ClassReliability
{
    /// <summary>More classes than this are too many to look at one by one.</summary>
    public const int MostClasses = 20;

    const int Bins = 5, FewestRows = 5;

    readonly int classes;
    readonly double[] sums;
    readonly int[] counts, hits;

    ClassReliability(int classes) =>
        (this.classes, sums, counts, hits) = (classes, new double[classes * Bins], new int[classes * Bins], new int[classes * Bins]);

    /// <summary>A collector, where the classes can be looked at one by one and somebody wants to.</summary>
    public static ClassReliability? For(int classes, bool wanted) => wanted && classes is > 2 and <= MostClasses ? new(classes) : null;

    /// <summary>Adds rows.</summary>
    public void Add(Logits<double> logits, ReadOnlySpan<int> labels)
    {
        var probabilities = logits.Softmax();
        for (int row = 0; row < labels.Length; row++)
            for (int k = 0; k < classes; k++)
            {
                double p = probabilities[row][k];
                int bin = k * Bins + Math.Clamp((int)Math.Ceiling(p * Bins) - 1, 0, Bins - 1);
                sums[bin] += p;
                counts[bin]++;
                hits[bin] += labels[row] == k ? 1 : 0;
            }
    }

    /// <summary>The bins of a class that hold enough rows to say something.</summary>
    public List<ReliabilityBin> Of(int label)
    {
        var bins = new List<ReliabilityBin>();
        for (int i = 0; i < Bins; i++)
            if (counts[label * Bins + i] is var n and >= FewestRows)
                bins.Add(new(i / (double)Bins, (i + 1) / (double)Bins, n, sums[label * Bins + i] / n, hits[label * Bins + i] / (double)n));
        return bins;
    }
}
