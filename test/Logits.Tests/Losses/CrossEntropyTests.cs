using System.Numerics;
using Logits.Losses;

namespace Logits.Tests.Losses;

public class CrossEntropyTests
{
    [Theory]
    [InlineData("ordinary")]
    [InlineData("confident")]
    [InlineData("certain")]
    [InlineData("offset")]
    [InlineData("masked")]
    [InlineData("wide")]
    [InlineData("tied")]
    public void AgreesWithThePlainFormula(string kind)
    {
        int[] lengths = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 129, 1000, 4099];
        foreach (int length in lengths)
        {
            Judge<float>(kind, length, 4);
            Judge<double>(kind, length, 8);
        }
    }

    /// <summary>PolyLoss with weight 0 is cross-entropy, computed row by row in the wide arithmetic: the judge of the vector loops.</summary>
    static void Judge<T>(string kind, int classes, int ulps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Rows = 3;
        var random = new Random(classes);
        int[] labels = [0, classes / 2, classes - 1];
        T[] scores = [.. Enumerable.Range(0, Rows * classes).Select(i => T.CreateTruncating(Score(i)))], gradient = new T[scores.Length], expected = new T[scores.Length], inPlace = [.. scores];
        var logits = scores.AsLogits(classes);
        double[] losses = new double[Rows], expectedLosses = new double[Rows];
        double mean = CrossEntropy.MeanAndGradient(logits, labels, gradient);
        Assert.Equal(mean, CrossEntropy.MeanAndGradient(inPlace.AsLogits(classes), labels, inPlace));
        Assert.Equal(gradient, inPlace);
        CrossEntropy.PerRow(logits, labels, losses);
        new PolyLoss(0).MeanAndGradient(logits, labels, expected);
        new PolyLoss(0).PerRow(logits, labels, expectedLosses);
        for (int row = 0; row < Rows; row++) Assert.True(Distance(T.CreateTruncating(expectedLosses[row]), T.CreateTruncating(losses[row])) <= 4, $"{kind} {classes} row {row}: {losses[row]:R}, expected {expectedLosses[row]:R}");
        for (int i = 0; i < gradient.Length; i++) Assert.True(Distance(expected[i], gradient[i]) <= ulps, $"{kind} {classes} [{i}]: {gradient[i]}, expected {expected[i]}");

        double Score(int i) => kind switch
        {
            "confident" => i % classes == labels[i / classes] ? 30 : random.NextDouble() * 4 - 2,
            "certain" => i % classes == labels[i / classes] ? 0 : -80 - random.NextDouble() * 10,
            "offset" => 1e6 + Math.Round(random.NextDouble() * 64) / 8,
            "masked" => i % classes != labels[i / classes] && random.Next(3) == 0 ? double.NegativeInfinity : random.NextDouble() * 8,
            "wide" => random.NextDouble() * 200 - 100,
            "tied" => random.Next(2),
            _ => random.NextDouble() * 10 - 5,
        };
    }

    static double Distance<T>(T a, T b) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Ulps.Between(float.CreateTruncating(a), float.CreateTruncating(b)) : Ulps.Between(double.CreateTruncating(a), double.CreateTruncating(b));

    [Fact]
    public void KeepsALossOf1EMinus30()
    {
        double[] scores = [70, 0, 1], gradient = new double[3];
        double loss = CrossEntropy.MeanAndGradient(scores.AsLogits(3), [0], gradient);
        double rest = Math.Exp(-70) + Math.Exp(-69);
        Assert.Equal(1, loss / rest, 1e-14);
        Assert.Equal(-1, gradient[0] / rest, 1e-14);
    }

    [Fact]
    public void IsInfiniteForAClassThatIsRuledOut() =>
        Assert.Equal(double.PositiveInfinity, CrossEntropy.Mean(new[] { 0.0, double.NegativeInfinity }.AsLogits(2), [1]));

    [Fact]
    public void IsNaNForARowWithoutAnAnswer()
    {
        Assert.Equal(double.NaN, CrossEntropy.Mean(new[] { float.NegativeInfinity, float.NegativeInfinity }.AsLogits(2), [1]));
        Assert.Equal(double.NaN, CrossEntropy.Mean(new[] { 1, float.NaN }.AsLogits(2), [0]));
        Assert.Equal(double.NaN, CrossEntropy.Mean(new[] { 1, float.PositiveInfinity }.AsLogits(2), [0]));
    }

    [Fact]
    public void LeavesIgnoredRowsOut()
    {
        double[] scores = [1, 2, 3, 4, 5, 6], gradient = [9, 9, 9, 9, 9, 9];
        var loss = new CrossEntropy { IgnoreIndex = -100 };
        Assert.Equal(CrossEntropy.Mean(scores.AsLogits(3).Slice(1, 1), [2]), loss.MeanAndGradient(scores.AsLogits(3), [-100, 2], gradient));
        Assert.Equal([0, 0, 0], gradient[..3]);
        Assert.Equal(double.NaN, loss.Mean(scores.AsLogits(3), [-100, -100]));
    }
}
