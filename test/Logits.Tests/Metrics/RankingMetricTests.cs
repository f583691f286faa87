using Logits.Metrics;

namespace Logits.Tests.Metrics;

/// <summary>Metrics of ranking and of whole rows: area under the curve, accuracy, Brier, the risk–coverage curve.</summary>
public class RankingMetricTests
{
    [Theory]
    [InlineData(2, 1), InlineData(50, 3), InlineData(200, 10), InlineData(300, 1000)]
    public void AreaCountsPairsWithTiesHalf(int n, int levels)
    {
        var random = new Random(n);
        double[] scores = [.. Enumerable.Range(0, n).Select(_ => random.Next(levels) - levels / 2.0)];
        bool[] yes = [.. Enumerable.Range(0, n).Select(i => i == 0 || (i != 1 && random.Next(2) == 0))];
        double pairs = 0, count = 0;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                if (yes[i] && !yes[j])
                {
                    count++;
                    pairs += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                }
        Assert.Equal(pairs / count, RocAuc.Of(scores, yes), 1e-15);
    }

    [Fact]
    public void AreaRanksInfiniteScores() => Assert.Equal(0.625, RocAuc.Of([double.PositiveInfinity, double.NegativeInfinity, 0, double.NegativeInfinity], [true, true, false, false]), 1e-15);

    [Fact]
    public void AreaIsNaNWithoutBothAnswers()
    {
        Assert.Equal(double.NaN, RocAuc.Of([1, 2], [true, true]));
        Assert.Equal(double.NaN, RocAuc.Of([], []));
    }

    /// <summary>Softmax probabilities saturate at 1 and tie; the log-odds behind them do not.</summary>
    [Fact]
    public void AreaOfClassesDoesNotTieWhereProbabilitiesSaturate()
    {
        double[] scores = [100, 0, 90, 0, 80, 0, 70, 0];
        Assert.Equal([1.0, 1.0], RocAuc.OneVersusRest(scores.AsLogits(2), [0, 0, 1, 1]).AsEnumerable());
    }

    [Fact]
    public void AreaOfEachLabelIsItsOwn() => Assert.Equal([1.0, 0.0], RocAuc.PerLabel(new BinaryLogits<float>([1, 1, 0, 2], 2), [1, 1, 0, 0]).AsEnumerable());

    [Theory]
    [InlineData(1, 0.25), InlineData(2, 0.5), InlineData(3, 1), InlineData(9, 1)]
    public void TopCountsTheLabelAmongTheFirst(int count, double expected)
    {
        double[] scores = [3, 2, 1, 3, 2, 1, 5, 5, 5, 0, 2, 2];
        Assert.Equal(expected, Accuracy.Top(scores.AsLogits(3), [0, 2, 2, 2], count), 1e-15);
    }

    [Fact]
    public void TopOneIsAccuracy()
    {
        double[] scores = Given.Scores(200, 4, seed: 1);
        int[] labels = Given.Labels(scores, 4, seed: 1);
        Assert.Equal(Evaluation.Of(scores.AsLogits(4), labels).Accuracy, Accuracy.Mean(scores.AsLogits(4), labels));
        Assert.Equal(Accuracy.Mean(scores.AsLogits(4), labels), Accuracy.Top(scores.AsLogits(4), labels, 1));
        Assert.Equal(Evaluation.Of(scores.AsLogits(4), labels).Brier, Brier.Mean(scores.AsLogits(4), labels));
    }

    [Fact]
    public void RiskCoverageCurveHasAPointForEachConfidence()
    {
        var curve = RiskCoverage.Curve(Forecasts.Of([0.9, 0.8, 0.8, 0.5], [true, false, true, false]));
        Assert.Equal([new(0.9, 0.25, 0), new(0.8, 0.75, 1.0 / 3), new(0.5, 1, 0.5)], curve.AsEnumerable());
    }

    [Fact]
    public void GeneralizedAreaCountsErrorsAmongAllRows() =>
        Assert.Equal((0 + 1 + 1 + 2) / 16.0, RiskCoverage.GeneralizedArea(Forecasts.Of([0.9, 0.8, 0.8, 0.5], [true, false, true, false])), 1e-15);
}
