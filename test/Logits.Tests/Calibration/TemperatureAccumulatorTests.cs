using Logits.Calibration;

namespace Logits.Tests.Calibration;

public class TemperatureAccumulatorTests
{
    public static TheoryData<string> Sets => [.. SharedSet.Names];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Sets))]
    public void ReachesTheExactTemperatureInOnePass(string name)
    {
        var set = SharedSet.Load(name);
        var pass = new TemperatureAccumulator(set.Classes);
        pass.Add(set.ValidationLogits, set.ValidationLabels);
        var estimate = pass.Estimate();
        double golden = set.GoldenNumber("temperature", "T");
        Assert.Equal(0, estimate.Temperature / golden - 1, 1e-8);
        Assert.True(Math.Abs(estimate.Temperature - golden) <= estimate.TemperatureError, estimate.ToString());
        Assert.InRange(estimate.TemperatureError, 0, 1e-5);
        Assert.InRange(estimate.NllGap, 0, 1e-10);
        Assert.Equal(set.GoldenNumber("temperature", "val_nll"), estimate.Nll, 1e-10);
        Assert.Equal(set.GoldenNumber("val_before", "nll"), estimate.NllBefore, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void StaysWithinItsBounds(int seed)
    {
        foreach (int nodes in (int[])[8, 16, 32, 48])
        {
            var (scores, labels) = Example.Logits(400, 5, scale: 0.7 + 0.5 * seed, seed);
            double exact = TemperatureScaling.Fit(scores.AsLogits(5), labels).Temperature;
            var pass = new TemperatureAccumulator(5, nodes: nodes);
            pass.Add(scores.AsLogits(5), labels);
            var estimate = pass.Estimate();
            Assert.Equal(TemperatureRange.Inside, estimate.Range);
            Assert.True(Math.Abs(estimate.Temperature - exact) <= estimate.TemperatureError, $"{nodes} nodes: {Math.Abs(estimate.Temperature - exact)} above {estimate.TemperatureError}");
        }
    }

    [Fact]
    public void AddsUpInAnyPieces()
    {
        var (scores, labels) = Example.Logits(300, 4);
        var whole = new TemperatureAccumulator(4);
        whole.Add(scores.AsLogits(4), labels);
        TemperatureAccumulator first = new(4), second = new(4);
        first.Add(scores.AsLogits(4).Slice(0, 100), labels.AsSpan(0, 100));
        second.Add(scores.AsLogits(4).Slice(100, 1), labels.AsSpan(100, 1));
        second.Add(scores.AsLogits(4).Slice(101, 199), labels.AsSpan(101));
        var sum = first + second;
        Assert.Equal(300, sum.Rows);
        Assert.Equal(whole.Estimate().Temperature, sum.Estimate().Temperature, 1e-12);
    }

    [Theory]
    [InlineData(30, TemperatureRange.Above)]
    [InlineData(0.02, TemperatureRange.Below)]
    public void SaysWhereElseToLookAndFindsItThere(double scale, TemperatureRange range)
    {
        var (scores, labels) = Example.Logits(400, 3, scale);
        var pass = new TemperatureAccumulator(3);
        pass.Add(scores.AsLogits(3), labels);
        var estimate = pass.Estimate();
        Assert.Equal(range, estimate.Range);
        Assert.Equal(double.PositiveInfinity, estimate.TemperatureError);
        Assert.False(estimate.Scaling.Facts!.Converged);

        var second = pass.Wider();
        second.Add(scores.AsLogits(3), labels);
        Assert.Equal(TemperatureRange.Inside, second.Estimate().Range);
        Assert.Equal(0, second.Estimate().Temperature / TemperatureScaling.Fit(scores.AsLogits(3), labels).Temperature - 1, 1e-7);
    }

    [Theory]
    [InlineData(new[] { 3.0, 1, 0, 5 }, new[] { 0, 1 }, 0)]
    [InlineData(new[] { 3.0, 1, 0, 5 }, new[] { 1, 0 }, double.PositiveInfinity)]
    [InlineData(new[] { 3.0, 3, 5, 5 }, new[] { 1, 0 }, 1)]
    public void KnowsTheLimitsExactly(double[] scores, int[] labels, double temperature)
    {
        var pass = new TemperatureAccumulator(2);
        pass.Add(scores.AsLogits(2), labels);
        Assert.Equal(temperature, pass.Estimate().Temperature);
        Assert.Equal(TemperatureRange.Limit, pass.Estimate().Range);
        Assert.Equal(TemperatureScaling.Fit(scores.AsLogits(2), labels).Facts!.Nll, pass.Estimate().Nll, 1e-14);
    }

    [Fact]
    public void TakesNothingInFromACallThatFails()
    {
        var pass = new TemperatureAccumulator(2);
        Assert.Throws<ArgumentException>(() => pass.Add(new[] { 1.0, 2, double.NaN, 1 }.AsLogits(2), [0, 1]));
        Assert.Equal(0, pass.Rows);
        Assert.Contains("has seen no rows", Assert.Throws<InvalidOperationException>(pass.Estimate).Message);
    }

    [Fact]
    public void RefusesToAddDifferentRanges() =>
        Assert.Contains("only equal ones add", Assert.Throws<ArgumentException>(() => new TemperatureAccumulator(2) + new TemperatureAccumulator(2, highest: 6)).Message);
}
