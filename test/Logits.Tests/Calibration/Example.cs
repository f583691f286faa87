namespace Logits.Tests.Calibration;

/// <summary>Made-up held-out scores: right more often than not, overconfident by the factor <c>scale</c>.</summary>
static class Example
{
    public static (double[] Scores, int[] Labels) Logits(int rows, int classes, double scale = 2, int seed = 1)
    {
        var random = new Random(seed);
        var scores = new double[rows * classes];
        var labels = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            var z = scores.AsSpan(row * classes, classes);
            foreach (ref double score in z) score = Gauss(random) * 1.5;
            double pick = random.NextDouble() * Sum(z);
            int label = 0;
            while (label < classes - 1 && (pick -= Math.Exp(z[label])) > 0) label++;
            labels[row] = label;
            // A little structure that a temperature alone cannot mend.
            for (int k = 0; k < classes; k++) z[k] = scale * (z[k] * (1 + 0.1 * k / classes) + 0.3 * Math.Sin(k));
        }
        return (scores, labels);
    }

    public static double Gauss(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    static double Sum(ReadOnlySpan<double> z)
    {
        double sum = 0;
        foreach (double score in z) sum += Math.Exp(score);
        return sum;
    }
}
