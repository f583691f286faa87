using Logits.Metrics;

namespace Logits.Tests.Metrics;

/// <summary>Forecasts for tests: drawn from a seed, and the awkward ones.</summary>
static class Given
{
    /// <summary>n forecasts that are somewhat overconfident, without ties.</summary>
    public static (double[] Probabilities, bool[] Happened) Forecasts(int n, int seed)
    {
        var random = new Random(seed);
        var c = new double[n];
        var y = new bool[n];
        for (int i = 0; i < n; i++)
        {
            c[i] = 1 - Math.Pow(random.NextDouble(), 2);
            y[i] = random.NextDouble() < c[i] * c[i];
        }
        return (c, y);
    }

    /// <summary>Forecasts that break careless code: ties, exactly 0 and 1, all alike, one alone, on the edges of bins.</summary>
    public static TheoryData<double[], bool[]> Awkward()
    {
        var random = new Random(5);
        bool[] Coins(int n) => [.. Enumerable.Range(0, n).Select(_ => random.Next(2) == 1)];
        double[] coarse = [.. Enumerable.Range(0, 200).Select(_ => random.Next(0, 11) / 10.0)];
        double[] edges = [.. Enumerable.Range(0, 46).Select(i => i % 16 / 15.0)];
        double[] near = [.. edges.Select(Math.BitIncrement).Where(p => p <= 1), .. edges.Select(p => Math.Max(0, Math.BitDecrement(p)))];
        double[] saturated = [.. Enumerable.Range(0, 100).Select(i => i % 3 == 0 ? 1 : i % 3 == 1 ? 0 : 0.5)];
        return new()
        {
            { [0.7], [true] }, { [0.7], [false] }, { [1], [true] }, { [1], [false] }, { [0], [true] }, { [0], [false] },
            { [.5, .5, .5], [true, false, true] },
            { coarse, Coins(200) }, { edges, Coins(46) }, { near, Coins(near.Length) }, { saturated, Coins(100) },
            { [1e-300, 1e-17, 5e-324, 0.25, 1 - 1e-16], [false, true, false, false, true] },
        };
    }

    public static double[] Scores(int rows, int classes, int seed, double scale = 3)
    {
        var random = new Random(seed);
        var scores = new double[rows * classes];
        for (int i = 0; i < scores.Length; i++) scores[i] = scale * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
        return scores;
    }

    /// <summary>Labels that follow the scores more often than chance.</summary>
    public static int[] Labels(double[] scores, int classes, int seed)
    {
        var random = new Random(seed);
        var labels = new int[scores.Length / classes];
        for (int i = 0; i < labels.Length; i++)
        {
            double[] p = Slow.Softmax(scores.AsSpan(i * classes, classes));
            double u = random.NextDouble();
            for (int k = 0; k < classes - 1 && (u -= p[k]) > 0; k++) labels[i] = k + 1;
        }
        return labels;
    }
}
