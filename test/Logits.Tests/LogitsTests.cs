namespace Logits.Tests;

public class LogitsTests
{
    [Fact]
    public void SoftmaxStaysFiniteAtScoresOf1000() =>
        Assert.Equal([0.5, 0.5, 0.0], new[] { 1000.0, 1000.0, -1000.0 }.AsLogits(3).Softmax().Values.ToArray());

    [Fact]
    public void NamesTheLengthThatIsNotAWholeNumberOfRows() =>
        Assert.Contains("scores holds 10 elements, which is not a whole number of rows of 3 classes.",
            Assert.Throws<ArgumentException>(() => { new float[10].AsLogits(3); }).Message);

    [Fact]
    public void CarriesTwoClassesToOneScoreAndBack()
    {
        double[] z = [0.3, -1.2, 5, 5, double.NegativeInfinity, 2];
        var binary = z.AsLogits(2).ToBinary();
        double[] yes = binary.Sigmoid().Values.ToArray(), softmax = z.AsLogits(2).Softmax().Values.ToArray(), back = binary.ToLogits().Softmax().Values.ToArray();
        for (int row = 0; row < 3; row++)
        {
            Assert.True(Ulps.Between(softmax[2 * row + 1], yes[row]) <= 4);
            if (row < 2) Assert.True(Ulps.Between(softmax[2 * row + 1], back[2 * row + 1]) <= 4);
        }
        Assert.StartsWith("the logits have 3 classes; only a softmax over 2 is a sigmoid", Assert.Throws<InvalidOperationException>(() => { new double[3].AsLogits(3).ToBinary(); }).Message);
    }

    [Fact]
    public void RanksAsASortWould()
    {
        var random = new Random(8);
        for (int n = 1; n < 60; n++)
        {
            float[] x = [.. Enumerable.Range(0, 3 * n).Select(_ => random.Next(20) == 0 ? float.NaN : random.Next(9) == 0 ? float.NegativeInfinity : (float)random.Next(12))];
            for (int k = 1; k <= n; k += 1 + n / 7)
            {
                var classes = new int[3 * k];
                var scores = new float[3 * k];
                x.AsLogits(n).TopK(k, classes, scores);
                for (int row = 0; row < 3; row++)
                {
                    int[] expected = [.. Enumerable.Range(0, n).OrderByDescending(i => float.IsNaN(x[row * n + i])).ThenByDescending(i => x[row * n + i]).ThenBy(i => i).Take(k)];
                    Assert.Equal(expected, classes[(row * k)..((row + 1) * k)]);
                    Assert.Equal(expected.Select(i => x[row * n + i]), scores[(row * k)..((row + 1) * k)]);
                }
            }
        }
        Assert.StartsWith("k is 4; the logits have 3 classes, so it is 1 to 3.", Assert.Throws<ArgumentOutOfRangeException>(() => { new float[3].AsLogits(3).TopK(4); }).Message);
    }

    [Fact]
    public void GivesProbabilitiesTheirScoresBack()
    {
        double[] p = [0.2, 0.8, 0, 1];
        var scores = p.AsProbabilities(2).ToLogits();
        Assert.Equal(double.NegativeInfinity, scores.Values[2]);
        Assert.All(p.Zip(scores.Softmax().Values.ToArray()), pair => Assert.True(Ulps.Between(pair.First, pair.Second) <= 2));
        Assert.All(p.Zip(scores.LogSoftmax().Exp().Values.ToArray()), pair => Assert.True(Ulps.Between(pair.First, pair.Second) <= 4));
        Assert.Equal([0.25, 1, double.PositiveInfinity], new[] { 0.2, 0.5, 1 }.AsBinaryProbabilities().Odds());
        Assert.Equal([0, double.PositiveInfinity], new[] { 0.5, 1 }.AsBinaryProbabilities().Logit().Values.ToArray());
        Assert.Equal([-0.6931471805599453], new double[1].AsBinaryLogits().LogSigmoid());
        Assert.Equal([0.6931471805599453], new double[1].AsBinaryLogits().Softplus());
    }
}
