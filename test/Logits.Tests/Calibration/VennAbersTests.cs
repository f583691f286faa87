using Logits.Calibration;
using Logits.Optimization;

namespace Logits.Tests.Calibration;

public class VennAbersTests
{
    [Fact]
    public void EqualsTwoIsotonicFitsWithTheNewRowAdded()
    {
        var random = new Random(3);
        for (int trial = 0; trial < 200; trial++)
        {
            int n = random.Next(1, 25);
            double[] scores = [.. Enumerable.Range(0, n).Select(_ => random.Next(0, 12) / 2.0)];
            int[] answers = [.. Enumerable.Range(0, n).Select(_ => random.Next(2))];
            var curve = (VennAbersCurve)VennAbers.Fit(new BinaryLogits<double>(scores, 1), answers).Curves[0];
            for (double at = -0.25; at <= 6.25; at += 0.25)
            {
                var (no, yes) = curve.Interval(at);
                Assert.Equal(WithRow(at, 0), no, 1e-12);
                Assert.Equal(WithRow(at, 1), yes, 1e-12);
            }

            double WithRow(double score, int answer)
            {
                var groups = scores.Zip(answers, (s, a) => (Score: s, Answer: (double)a)).Append((score, answer)).GroupBy(row => row.Item1).OrderBy(group => group.Key).ToArray();
                double[] fitted = PoolAdjacentViolators.Fit([.. groups.Select(group => group.Average(row => row.Item2))], [.. groups.Select(group => (double)group.Count())]);
                return fitted[Array.FindIndex(groups, group => group.Key == score)];
            }
        }
    }

    [Fact]
    public void MergesByTheLeastRegretUnderLogLoss()
    {
        var curve = new VennAbersCurve([0], [0.2], [0.5]);
        Assert.Equal(0.5 / (1 - 0.2 + 0.5), LogMath.Sigmoid(curve.Map(0)), 1e-15);
    }
}
