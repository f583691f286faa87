using Logits.Calibration;
using Logits.Cli.Inputs;

namespace Logits.Cli;

/// <summary>The temperature of a file that is larger than one wants in memory: one pass over its rows, a second one if the answer lies far out.</summary>
static class StreamedTemperature
{
    /// <summary>Files of more scores than this (256 MiB of doubles) are streamed.</summary>
    public const long MostScores = 1 << 25;

    /// <summary>Passes at most; each reaches 25 times as far as the one before.</summary>
    const int MostPasses = 6;

    /// <summary>Fits the temperature.</summary>
    public static TemperatureScaling Fit(Terminal terminal, ScoreInput input)
    {
        var accumulator = new TemperatureAccumulator(input.Classes);
        for (int pass = 1; ; pass++)
        {
            foreach (var block in input.Blocks())
            {
                terminal.Interrupted.ThrowIfCancellationRequested();
                input.RequireLabels();
                accumulator.Add(block.Logits, block.Labels.Span);
            }
            var estimate = accumulator.Estimate();
            if (estimate.Range is TemperatureRange.Inside or TemperatureRange.Limit || pass == MostPasses)
                return estimate.Scaling;
            accumulator = accumulator.Wider();
        }
    }

    /// <summary>(1/n) Σ logsumexp(z/T) − z[y]/T at several temperatures, in one read.</summary>
    public static double[] MeanNll(ScoreInput input, ReadOnlySpan<double> temperatures)
    {
        var sums = new double[temperatures.Length];
        long rows = 0;
        foreach (var block in input.Blocks())
        {
            rows += block.Rows;
            for (int row = 0; row < block.Rows; row++)
            {
                var z = block.Values.Span.Slice(row * block.Classes, block.Classes);
                double max = double.NegativeInfinity, labelled = z[block.Labels.Span[row]];
                foreach (double score in z)
                    max = Math.Max(max, score);
                for (int t = 0; t < sums.Length; t++)
                {
                    double total = 0;
                    foreach (double score in z)
                        total += Math.Exp((score - max) / temperatures[t]);
                    sums[t] += Math.Log(total) - (labelled - max) / temperatures[t];
                }
            }
        }
        for (int t = 0; t < sums.Length; t++)
            sums[t] /= rows;
        return sums;
    }
}
