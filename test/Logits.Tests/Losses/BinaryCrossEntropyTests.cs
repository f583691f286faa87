using System.Numerics;
using Logits.Losses;

namespace Logits.Tests.Losses;

public class BinaryCrossEntropyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AgreesWithThePlainFormula(bool soft)
    {
        foreach (int length in (int[])[1, 2, 7, 8, 9, 15, 16, 17, 31, 40, 1001])
        {
            Judge<float>(length, soft, 4);
            Judge<double>(length, soft, 8);
        }
    }

    /// <summary>A weight of 1 keeps the formula and leaves the vector loops: the judge.</summary>
    static void Judge<T>(int length, bool soft, int ulps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(length);
        double[] special = [0, 20, -20, 60, -60, 100, -100, 103, -103, 800, -800, 1e-30, double.PositiveInfinity, double.NegativeInfinity];
        T[] scores = [.. Enumerable.Range(0, length).Select(i => T.CreateTruncating(i % 3 == 1 ? special[i / 3 % special.Length] : random.NextDouble() * 40 - 20))];
        T[] targets = [.. Enumerable.Range(0, length).Select(i => T.CreateTruncating(soft && i % 5 == 2 ? random.NextDouble() : random.Next(2)))];
        T[] gradient = new T[length], expected = new T[length];
        double[] each = new double[length], expectedEach = new double[length];
        BinaryCrossEntropy fast = new(), judge = new() { Weights = [1] };
        Assert.Equal(fast.MeanAndGradient(scores.AsBinaryLogits(), targets, gradient), fast.Mean(scores.AsBinaryLogits(), targets));
        judge.MeanAndGradient(scores.AsBinaryLogits(), targets, expected);
        fast.PerElement(scores.AsBinaryLogits(), targets, each);
        judge.PerElement(scores.AsBinaryLogits(), targets, expectedEach);
        for (int i = 0; i < length; i++)
        {
            Assert.True(Distance(T.CreateTruncating(expectedEach[i]), T.CreateTruncating(each[i])) <= 4, $"loss({scores[i]}, {targets[i]}) is {each[i]:R}, expected {expectedEach[i]:R}");
            Assert.True(Distance(expected[i], gradient[i]) <= ulps, $"slope({scores[i]}, {targets[i]}) is {gradient[i]}, expected {expected[i]}");
        }
    }

    static double Distance<T>(T a, T b) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Ulps.Between(float.CreateTruncating(a), float.CreateTruncating(b)) : Ulps.Between(double.CreateTruncating(a), double.CreateTruncating(b));

    [Fact]
    public void StaysWithinFourUlpsOfSoftplusOverAMillionFloats()
    {
        const int Count = 1 << 20;
        float[] scores = [.. Enumerable.Range(0, Count).Select(i => -105 + 210 * (i / (float)Count))], targets = new float[Count];
        double[] each = new double[Count];
        BinaryCrossEntropy.PerElement(scores.AsBinaryLogits(), targets, each);
        double worst = 0;
        for (int i = 0; i < Count; i++) worst = Math.Max(worst, Ulps.Between((float)LogMath.Softplus((double)scores[i]), (float)each[i]));
        Assert.True(worst <= 3, $"{worst} ulp");
    }

    /// <summary>Blocks go a quick way that scores beyond ±44 and targets between 0 and 1 close to a whole block.</summary>
    [Theory]
    [InlineData(3, false), InlineData(3, true), InlineData(60, false)]
    public void GivesAnElementTheSameBitsWhateverItsNeighbours(double spread, bool soft)
    {
        var random = new Random(8);
        const int Count = 1000;
        float[] scores = new float[Count], targets = new float[Count], slopes = new float[Count], alone = new float[1], place = new float[Count];
        var losses = new double[Count];
        for (int i = 0; i < Count; i++)
        {
            scores[i] = (float)((random.NextDouble() - 0.5) * 2 * spread);
            targets[i] = soft && i % 300 == 7 ? 0.25f : random.Next(2);
        }
        double sum = BinaryCrossEntropy.SumAndGradient(scores.AsBinaryLogits(), targets, slopes);
        BinaryCrossEntropy.PerElement(scores.AsBinaryLogits(), targets, losses);
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(losses[i], BinaryCrossEntropy.SumAndGradient(scores.AsSpan(i, 1).AsBinaryLogits(), targets.AsSpan(i, 1), alone));
            Assert.Equal(slopes[i], alone[0]);
        }
        Assert.Equal(losses.Sum(), sum, 2e-7 * sum);
        scores.CopyTo(place);
        Assert.Equal(sum, BinaryCrossEntropy.SumAndGradient(place.AsBinaryLogits(), targets, place));
        Assert.Equal(slopes, place);
    }

    [Fact]
    public void WeighsYesAndElements()
    {
        double[] scores = [0, 0], losses = new double[2];
        new BinaryCrossEntropy { PositiveWeights = [3], Weights = [1, 10] }.PerElement(scores.AsBinaryLogits(2), [1, 0], losses);
        Assert.Equal(3 * Math.Log(2), losses[0], 1e-15);
        Assert.Equal(10 * Math.Log(2), losses[1], 1e-15);
    }
}
