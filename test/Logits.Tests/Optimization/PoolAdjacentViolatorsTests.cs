using Logits.Optimization;

namespace Logits.Tests.Optimization;

public class PoolAdjacentViolatorsTests
{
    [Theory]
    [InlineData(new double[0], new double[0])]
    [InlineData(new double[] { 3 }, new double[] { 3 })]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 1, 2, 3 })]
    [InlineData(new double[] { 3, 2, 1 }, new double[] { 2, 2, 2 })]
    [InlineData(new double[] { 1, 3, 2, 4, 3.5 }, new double[] { 1, 2.5, 2.5, 3.75, 3.75 })]
    public void PoolsNeighboursThatFall(double[] values, double[] fitted) => Assert.Equal(fitted, PoolAdjacentViolators.Fit(values));

    [Fact]
    public void EqualsTheMinMaxFormula()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 100; trial++)
        {
            int n = random.Next(1, 20);
            double[] values = [.. Enumerable.Range(0, n).Select(_ => (double)random.Next(0, 5))], weights = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() + 0.1)];
            double[] fitted = PoolAdjacentViolators.Fit(values, weights);
            for (int i = 0; i < n; i++)
            {
                // fitted(i) = max over a ≤ i of min over b ≥ i of the mean of a..b
                double best = Enumerable.Range(0, i + 1).Max(a => Enumerable.Range(i, n - i).Min(b => Mean(a, b)));
                Assert.Equal(best, fitted[i], 1e-12);
            }

            double Mean(int a, int b) => Enumerable.Range(a, b - a + 1).Sum(j => weights[j] * values[j]) / Enumerable.Range(a, b - a + 1).Sum(j => weights[j]);
        }
    }
}
