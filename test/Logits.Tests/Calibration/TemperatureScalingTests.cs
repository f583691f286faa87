using Logits.Calibration;
using Logits.Randomness;

namespace Logits.Tests.Calibration;

public class TemperatureScalingTests
{
    public static TheoryData<string> Sets => [.. SharedSet.Names];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Sets))]
    public void ReachesTheTrueOptimumOnRealNetworks(string name)
    {
        var set = SharedSet.Load(name);
        var fit = TemperatureScaling.Fit(set.ValidationLogits, set.ValidationLabels);

        double golden = set.GoldenNumber("temperature", "T");
        Assert.Equal(0, fit.Temperature / golden - 1, 1e-9);
        Assert.Equal(set.GoldenNumber("temperature", "val_nll"), fit.Facts!.Nll, 1e-12);
        Assert.Equal(set.GoldenNumber("val_before", "nll"), fit.Facts.NllBefore, 1e-8);   // the first sweep over float scores is in float
        Assert.InRange(Math.Abs(Slope(set.Validation, set.Classes, set.ValidationLabels, 1 / fit.Temperature)), 0, 1e-12);
        Assert.True(fit.Facts.Converged);
    }

    [Theory]
    [InlineData(1, 3, 2)]
    [InlineData(50, 2, 1)]
    [InlineData(200, 7, 3)]
    [InlineData(3000, 10, 0.05)]
    [InlineData(300, 33, 1e3)]
    [InlineData(300, 5, 1e-6)]
    public void HasNoSlopeAtTheAnswer(int rows, int classes, double scale)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var (scores, labels) = Example.Logits(rows, classes, scale, seed);
            var fit = TemperatureScaling.Fit(scores.AsLogits(classes), labels);
            Assert.True(fit.Facts!.Converged);
            if (fit.Temperature > 0 && double.IsFinite(fit.Temperature))
                Assert.InRange(Math.Abs(Slope(scores, classes, labels, 1 / fit.Temperature)), 0, 1e-12 * Math.Max(1, scale));
        }
    }

    [Fact]
    public void IsZeroForSeparatedData()
    {
        var fit = TemperatureScaling.Fit(new[] { 3.0, 1, 0, 5 }.AsLogits(2), [0, 1]);
        Assert.Equal(0, fit.Temperature);
        Assert.Equal(0, fit.Facts!.Nll);
        Assert.Equal([0, double.NegativeInfinity], fit.Apply(new[] { 2.0, 1 }.AsLogits(2)).Values.ToArray());
    }

    [Fact]
    public void CountsTiesAtZero() =>
        Assert.Equal(Math.Log(2) / 2, TemperatureScaling.Fit(new[] { 3.0, 3, 0, 5 }.AsLogits(2), [0, 1]).Facts!.Nll, 1e-15);

    [Fact]
    public void IsInfiniteForAModelWorseThanChance()
    {
        var fit = TemperatureScaling.Fit(new[] { 3f, 1, 0, 5 }.AsLogits(2), [1, 0]);
        Assert.Equal(double.PositiveInfinity, fit.Temperature);
        Assert.Equal(Math.Log(2), fit.Facts!.Nll, 1e-15);
        Assert.Equal([0, 0], fit.Apply(new[] { 2.0, 1 }.AsLogits(2)).Values.ToArray());
    }

    [Fact]
    public void IsOneForConstantRows() => Assert.Equal(1, TemperatureScaling.Fit(new[] { 3f, 3, -5, -5 }.AsLogits(2), [1, 0]).Temperature);

    [Fact]
    public void IsOneForASingleClass() => Assert.Equal(1, TemperatureScaling.Fit(new[] { 3f, -5 }.AsLogits(1), [0, 0]).Temperature);

    [Fact]
    public void LeavesRuledOutClassesAside()
    {
        double no = double.NegativeInfinity;
        var masked = TemperatureScaling.Fit(new[] { 2, 1, no, no, 0.5, 2, 3, no, 1, 1, 0, 2 }.AsLogits(3), [0, 2, 0, 0]);
        Assert.InRange(masked.Temperature, 1e-3, 1e3);
        Assert.True(masked.Facts!.Converged);
        Assert.Equal(no, masked.Apply(new[] { 1, no, 0 }.AsLogits(3)).Values[1]);
    }

    [Theory]
    [InlineData(new[] { 1f, float.NaN, 2, 3 }, "row 0 holds NaN")]
    [InlineData(new[] { 1f, 2, float.PositiveInfinity, 3 }, "row 1 holds +∞")]
    [InlineData(new[] { 1f, float.NegativeInfinity, 2, 3 }, "labels[0] is 1, a class that row 0 rules out")]
    [InlineData(new[] { float.NegativeInfinity, float.NegativeInfinity, 2, 3 }, "row 0 rules out every class")]
    public void NamesTheRowItCannotLearnFrom(float[] scores, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit(scores.AsLogits(2), [1, 0])).Message);

    [Fact]
    public void RefusesAnotherNumberOfClasses() =>
        Assert.Contains("the logits have 3 classes; this temperature calibrator was fitted on 2.",
            Assert.Throws<ArgumentException>(() => new TemperatureScaling(2, 2).Apply(new float[3].AsLogits(3))).Message);

    /// <summary>d mean NLL / dβ, the plain way.</summary>
    static double Slope<T>(T[] scores, int classes, int[] labels, double beta) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            var z = Array.ConvertAll(scores[(row * classes)..((row + 1) * classes)], double.CreateTruncating);
            double max = z.Max(), norm = z.Sum(v => Math.Exp(beta * (v - max)));
            sum += z.Sum(v => Math.Exp(beta * (v - max)) / norm * (v - max)) - (z[labels[row]] - max);
        }
        return sum / labels.Length;
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(33)]
    [InlineData(100)]
    public void IgnoresClassesThatAreRuledOutHoweverWideTheRows(int classes)
    {
        // The same rows, once with every third class from the third on ruled out, once without those classes.
        const int rows = 60;
        float[] masked = new float[rows * classes], left = new float[rows * classes];
        var labels = new int[rows];
        int kept = 0;
        for (int i = 0; i < masked.Length; i++)
        {
            int row = i / classes, k = i % classes;
            bool ruledOut = k % 3 == 2;
            masked[i] = ruledOut ? float.NegativeInfinity : (float)(4 * Philox.Uniform(3, (ulong)i)) + (k == row % 2 && row % 5 != 0 ? 3 : 0);
            if (!ruledOut) left[kept++] = masked[i];
            labels[row] = row % 2;
        }
        int narrow = kept / rows;
        var expected = TemperatureScaling.Fit(left.AsSpan(0, kept).ToArray().AsLogits(narrow), labels);
        Assert.Equal(expected.Temperature, TemperatureScaling.Fit(masked.AsLogits(classes), labels).Temperature, 1e-9);
        Assert.Equal(expected.Temperature, TemperatureScaling.Fit(Array.ConvertAll(masked, z => (double)z).AsLogits(classes), labels).Temperature, 1e-9);

        var pass = new TemperatureAccumulator(classes);
        pass.Add(masked.AsLogits(classes), labels);
        Assert.Equal(expected.Temperature, pass.Estimate().Temperature, 1e-6);
    }
}
