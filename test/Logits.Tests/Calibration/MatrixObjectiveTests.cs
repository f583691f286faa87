using Logits.Calibration;

namespace Logits.Tests.Calibration;

public class MatrixObjectiveTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(7, 3)]
    [InlineData(30, 8)]
    [InlineData(70, 11)]
    [InlineData(600, 17)]
    public void EqualsThePlainSums(int rows, int classes)
    {
        var (scores, labels) = Example.Logits(rows, classes);
        var objective = new MatrixObjective(scores, labels, classes, new(0.1, 0.2, 0.3));
        var random = new Random(1);
        double[] point = [.. Enumerable.Range(0, objective.Dimension).Select(_ => 0.2 * random.NextDouble() - 0.1)], gradient = new double[point.Length];
        double value = objective.ValueAndGradient(point, gradient);
        Assert.Equal(Plain(point), value, 1e-12);
        foreach (int at in Enumerable.Range(0, point.Length).Where(i => i % 7 == 0))
            Assert.Equal((Plain(Moved(at, 1e-5)) - Plain(Moved(at, -1e-5))) / 2e-5, gradient[at], 1e-8);

        // The Hessian is the gradient's derivative.
        double[] direction = [.. Enumerable.Range(0, point.Length).Select(_ => random.NextDouble() - 0.5)], product = new double[point.Length], diagonal = new double[point.Length];
        objective.HessianTimes(direction, product);
        objective.HessianDiagonal(diagonal);
        double[] unit = new double[point.Length], column = new double[point.Length];
        unit[point.Length / 2] = 1;
        objective.HessianTimes(unit, column);
        Assert.Equal(column[point.Length / 2], diagonal[point.Length / 2], 1e-12);
        double[] ahead = new double[point.Length], behind = new double[point.Length];
        objective.ValueAndGradient([.. point.Zip(direction, (x, d) => x + 1e-5 * d)], ahead);
        objective.ValueAndGradient([.. point.Zip(direction, (x, d) => x - 1e-5 * d)], behind);
        for (int i = 0; i < point.Length; i++) Assert.Equal((ahead[i] - behind[i]) / 2e-5, product[i], 1e-7);

        double[] Moved(int at, double by) => [.. point.Select((x, i) => i == at ? x + by : x)];

        double Plain(double[] x)
        {
            double nll = 0;
            for (int row = 0; row < rows; row++)
            {
                var s = new double[classes];
                for (int k = 0; k < classes; k++)
                {
                    s[k] = scores[row * classes + k] + x[classes * classes + k];
                    for (int j = 0; j < classes; j++) s[k] += x[j * classes + k] * scores[row * classes + j];
                }
                double max = s.Max();
                nll += max + Math.Log(s.Sum(v => Math.Exp(v - max))) - s[labels[row]];
            }
            double penalty = 0;
            for (int i = 0; i < x.Length; i++)
                penalty += (i >= classes * classes ? 0.3 : i / classes == i % classes ? 0.1 : 0.2) * x[i] * x[i];
            return nll / rows + penalty;
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void HasAClasswiseSisterThatEqualsItsDerivatives(int classes)
    {
        var (scores, labels) = Example.Logits(90, classes);
        foreach (int weights in (int[])[0, 1, classes])
        {
            var objective = new ClasswiseObjective(scores, labels, classes, weights, fixedWeight: 0.7);
            var random = new Random(2);
            double[] point = [.. Enumerable.Range(0, objective.Dimension).Select(_ => random.NextDouble())], direction = [.. point.Select(_ => random.NextDouble() - 0.5)];
            double[] gradient = new double[point.Length], product = new double[point.Length], ahead = new double[point.Length], behind = new double[point.Length];
            double up = objective.ValueAndGradient([.. point.Zip(direction, (x, d) => x + 1e-5 * d)], ahead), down = objective.ValueAndGradient([.. point.Zip(direction, (x, d) => x - 1e-5 * d)], behind);
            objective.ValueAndGradient(point, gradient);
            objective.HessianTimes(direction, product);
            Assert.Equal((up - down) / 2e-5, gradient.Zip(direction, (g, d) => g * d).Sum(), 1e-8);
            for (int i = 0; i < point.Length; i++) Assert.Equal((ahead[i] - behind[i]) / 2e-5, product[i], 1e-7);
        }
    }
}
