using Logits.Conformal;
using Logits.Metrics;
using Logits.Tests.Metrics;

namespace Logits.Tests.Conformal;

public class SelectiveClassifierTests
{
    /// <summary>The bound by its definition: Σ_{i≤e} C(n,i) rⁱ (1−r)ⁿ⁻ⁱ = δ.</summary>
    [Theory]
    [InlineData(0, 10, 0.05), InlineData(3, 20, 0.1), InlineData(19, 20, 0.01), InlineData(50, 400, 0.001)]
    public void BoundsAsClopperAndPearson(int errors, int trials, double delta)
    {
        double r = SelectiveClassifier.UpperBound(errors, trials, delta), tail = 0, term = Math.Pow(1 - r, trials);
        for (int i = 0; i <= errors; i++)
        {
            tail += term;
            term *= (double)(trials - i) / (i + 1) * r / (1 - r);
        }
        Assert.Equal(delta, tail, delta * 1e-9);
    }

    [Fact]
    public void BoundsNothingWhereAllWereWrong() => Assert.Equal(1, SelectiveClassifier.UpperBound(5, 5, 0.05));

    /// <summary>Confidence c is right with probability c: the true risk above a threshold is known, and exceeds the target less often than δ.</summary>
    [Fact]
    public void KeepsThePromise()
    {
        int broken = 0, found = 0;
        for (int trial = 0; trial < 300; trial++)
        {
            var random = new Random(trial);
            double[] c = [.. Enumerable.Range(0, 300).Select(_ => 0.5 + random.NextDouble() / 2)];
            bool[] right = [.. c.Select(p => random.NextDouble() < p)];
            var selective = SelectiveClassifier.Fit(Forecasts.Of(c, right), targetRisk: 0.15, delta: 0.1);
            if (double.IsInfinity(selective.Threshold)) continue;
            found++;
            Assert.InRange(selective.RiskBound, selective.Risk, 0.15);
            double risk = 1 - (selective.Threshold + 1) / 2;   // confidences above the threshold are uniform
            if (risk > 0.15) broken++;
        }
        Assert.True(found > 150, $"{found} thresholds");
        Assert.True(broken < 30, $"{broken} of {found} above the target");
    }

    [Fact]
    public void AnswersNothingWhereNothingCanBeGuaranteed()
    {
        var selective = SelectiveClassifier.Fit(Forecasts.Of([0.9, 0.8], [true, true]), targetRisk: 0.1);
        Assert.Equal(double.PositiveInfinity, selective.Threshold);
        Assert.Equal(0, selective.Coverage);
        Assert.Equal([false], selective.Apply(((double[])[50, 0]).AsLogits(2)));
    }

    [Fact]
    public void AnswersAllWhereAllIsWell()
    {
        double[] scores = [.. Enumerable.Range(0, 1000).SelectMany(i => new[] { 3.0 + i % 7, 0 })];
        var selective = SelectiveClassifier.Fit(scores.AsLogits(2), new int[1000], targetRisk: 0.05);
        Assert.Equal(1, selective.Coverage);
        Assert.Equal(0, selective.Risk);
        Assert.All(selective.Apply(scores.AsLogits(2)), Assert.True);
    }

    /// <summary>Rows of equal confidence are answered all or none.</summary>
    [Fact]
    public void DoesNotSplitTies()
    {
        double[] c = [.. Enumerable.Repeat(0.9, 500), .. Enumerable.Repeat(0.6, 500)];
        bool[] right = [.. Enumerable.Range(0, 1000).Select(i => i < 500 ? i % 50 != 0 : i % 2 == 0)];
        var selective = SelectiveClassifier.Fit(Forecasts.Of(c, right), targetRisk: 0.1);
        Assert.Equal(0.9, selective.Threshold);
        Assert.Equal(0.5, selective.Coverage);
        Assert.Equal(0.02, selective.Risk, 1e-15);
    }

    [Fact]
    public void RefusesATargetThatIsNotARate() =>
        Assert.StartsWith("targetRisk is 1; a level is above 0 and below 1.", Assert.Throws<ArgumentOutOfRangeException>(() => SelectiveClassifier.Fit(Forecasts.Of([0.9], [true]), 1)).Message);

    [Fact]
    public void RanksByTheSameConfidenceInFittingAndUse()
    {
        double[] scores = Given.Scores(300, 4, seed: 1, scale: 6);
        int[] labels = Given.Labels(scores, 4, seed: 2);
        var selective = SelectiveClassifier.Fit(scores.AsLogits(4), labels, targetRisk: 0.2);
        Assert.Equal(selective.Coverage, selective.Apply(scores.AsLogits(4)).Average(answer => answer ? 1.0 : 0), 1e-15);
    }
}
