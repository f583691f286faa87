using Logits.Metrics;

namespace Logits.Tests.Metrics;

public class BootstrapTests
{
    static readonly double[] Scores = Given.Scores(400, 5, seed: 8);
    static readonly int[] Labels = Given.Labels(Scores, 5, seed: 9);

    static Evaluation Evaluate(EvaluationOptions options) => Evaluation.Of(Scores.AsLogits(5), Labels, options);

    /// <summary>Every statistic on a resample equals the evaluation of a data set in which the drawn rows stand as often as drawn.</summary>
    [Fact]
    public void EvaluatesWhatWasDrawn()
    {
        var whole = Evaluate(new());
        double[] logLosses = new double[400], briers = new double[400];
        for (int i = 0; i < 400; i++)
        {
            var one = Evaluation.Of(Scores.AsLogits(5).Slice(i, 1), [Labels[i]]);
            (logLosses[i], briers[i]) = (one.NegativeLogLikelihood, one.Brier);
        }
        var work = new ResampledEvaluation(whole.Forecasts, whole.Forecasts, logLosses, briers, bins: 15).Start();
        var weights = new int[400];
        var values = new double[ResampledEvaluation.Keys.Length];
        for (ulong resample = 0; resample < 5; resample++)
        {
            Bootstrap.Draw(weights, seed: 3, resample);
            work(weights, values);

            // Drawn rows next to each other, as the weights see them.
            int[] drawn = [.. Enumerable.Range(0, 400).SelectMany(i => Enumerable.Repeat(whole.Forecasts.Rows[i], weights[i]))];
            double[] scores = [.. drawn.SelectMany(row => Scores[(row * 5)..(row * 5 + 5)])];
            var expected = Evaluation.Of(scores.AsLogits(5), [.. drawn.Select(row => Labels[row])]);
            var all = expected.Values.ToDictionary(pair => pair.Key, pair => pair.Value);
            (all["miscalibration"], all["discrimination"], all["uncertainty"]) = (expected.BrierDecomposition.Miscalibration, expected.BrierDecomposition.Discrimination, expected.BrierDecomposition.Uncertainty);
            for (int s = 0; s < values.Length; s++)
            {
                string key = ResampledEvaluation.Keys[s];
                Assert.True(Math.Abs(all[key] - values[s]) <= (key == "smooth_ece" ? 5e-4 * all[key] : 1e-11), $"{key}: {all[key]} expected, {values[s]} came");
            }
        }
    }

    [Fact]
    public void DrawsAsManyRowsAsThereAreEachEquallyOften()
    {
        var total = new long[7];
        var weights = new int[7];
        for (ulong resample = 0; resample < 7000; resample++)
        {
            Bootstrap.Draw(weights, seed: 1, resample);
            Assert.Equal(7, weights.Sum());
            for (int i = 0; i < 7; i++) total[i] += weights[i];
        }
        // Each row is expected 7,000 times with variance 7000·(1 − 1/7); chi-squared with 6 degrees stays below 22.5 with probability 0.999.
        Assert.InRange(total.Sum(t => (t - 7000.0) * (t - 7000.0) / 7000), 0, 22.5);
    }

    [Fact]
    public void GivesTheSameBitsOnAnyNumberOfThreads()
    {
        var one = Evaluate(new() { Resamples = 60, Seed = 5, Threads = 1 });
        Assert.Equal(one.Intervals.AsEnumerable(), Evaluate(new() { Resamples = 60, Seed = 5, Threads = 3 }).Intervals);
        Assert.NotEqual(one.Intervals.AsEnumerable(), Evaluate(new() { Resamples = 60, Seed = 6, Threads = 3 }).Intervals);
    }

    [Fact]
    public void SurroundsTheEstimateOfAMean()
    {
        var evaluation = Evaluate(new() { Resamples = 400, Level = 0.9 });
        foreach (string key in (string[])["accuracy", "mean_confidence", "nll", "brier"])
            Assert.True(evaluation.Intervals[key].Contains(evaluation.Values.First(pair => pair.Key == key).Value), key);
        // The normal interval of a share is near at 400 rows.
        double p = evaluation.Accuracy, half = 1.645 * Math.Sqrt(p * (1 - p) / 400);
        Assert.Equal(p - half, evaluation.Intervals["accuracy"].Low, 0.02);
        Assert.Equal(p + half, evaluation.Intervals["accuracy"].High, 0.02);
    }

    [Fact]
    public void HoldsTheTruthAboutAsOftenAsItSays()
    {
        int held = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            var random = new Random(trial);
            double[] x = [.. Enumerable.Range(0, 80).Select(_ => random.NextDouble())];
            var interval = Bootstrap.Of(80, weights => weights.Zip(x, (w, v) => w * v).Sum() / 80, new() { Resamples = 200, Seed = (ulong)trial, Level = 0.9, Threads = 1 });
            if (interval.Contains(0.5)) held++;
        }
        Assert.InRange(held, 165, 195);
    }

    [Fact]
    public void TakesAnyStatisticOfForecasts()
    {
        var whole = Evaluate(new() { Resamples = 50, Seed = 4, Level = 0.8 });
        var ece = Bootstrap.Of(whole.Forecasts, f => CalibrationError.Expected(f), new() { Resamples = 50, Seed = 4, Level = 0.8 });
        Assert.Equal(whole.Intervals["ece"].Low, ece.Low, 1e-12);
        Assert.Equal(whole.Intervals["ece"].High, ece.High, 1e-12);
        var accuracy = Bootstrap.Of(whole.Forecasts, f => f.BaseRate, new() { Resamples = 50, Seed = 4, Level = 0.8 });
        Assert.Equal(whole.Intervals["accuracy"], accuracy);
    }

    /// <summary>Up to 200 rows every row is a group of its own: the interval of the classwise error is that of the rows.</summary>
    [Theory]
    [InlineData(5), InlineData(11)]
    public void ResamplesTheClasswiseError(int classes)
    {
        double[] scores = Given.Scores(120, classes, seed: 4);
        int[] labels = Given.Labels(scores, classes, seed: 5);
        var options = new EvaluationOptions { Resamples = 60, Seed = 9, Level = 0.8 };
        var expected = CalibrationConventions.Named("classwise").Interval(scores.AsLogits(classes), labels, options);
        var slow = Bootstrap.Of(120, weights =>
        {
            int[] drawn = [.. Enumerable.Range(0, 120).SelectMany(row => Enumerable.Repeat(row, weights[row]))];
            return Evaluation.Of(((double[])[.. drawn.SelectMany(row => scores[(row * classes)..((row + 1) * classes)])]).AsLogits(classes), [.. drawn.Select(row => labels[row])]).ClasswiseCalibrationError;
        }, options);
        var actual = Evaluation.Of(scores.AsLogits(classes), labels, options).Intervals["classwise_ece"];
        Assert.Equal(slow.Low, expected.Low, 1e-12);
        Assert.Equal(slow.High, expected.High, 1e-12);
        Assert.Equal(slow.Low, actual.Low, 1e-12);
        Assert.Equal(slow.High, actual.High, 1e-12);
    }

    /// <summary>Beyond 200 rows groups of rows are drawn, which spread as much.</summary>
    [Fact]
    public void ResamplesTheClasswiseErrorOfManyRowsByGroups()
    {
        double[] scores = Given.Scores(3000, 5, seed: 6, scale: 5);
        int[] labels = Given.Labels([.. scores.Select(score => score / 2)], 5, seed: 7);
        var options = new EvaluationOptions { Resamples = 400, Seed = 2 };
        var rows = CalibrationConventions.Named("classwise").Interval(scores.AsLogits(5), labels, options);
        var groups = Evaluation.Of(scores.AsLogits(5), labels, options).Intervals["classwise_ece"];
        Assert.Equal(rows.Low, groups.Low, 0.15 * (rows.High - rows.Low));
        Assert.Equal(rows.High, groups.High, 0.15 * (rows.High - rows.Low));
    }

    [Fact]
    public void GivesEveryConventionAnInterval()
    {
        var options = new EvaluationOptions { Resamples = 30, Seed = 1, Threads = 2 };
        foreach (var convention in CalibrationConventions.All)
        {
            var interval = convention.Interval(Scores.AsLogits(5), Labels, options);
            Assert.True(interval.Low < interval.High, convention.Name);
            Assert.Equal(interval, convention.Interval(Scores.AsLogits(5), Labels, options with { Threads = 1 }));
        }
    }

    [Fact]
    public void ResamplesRanksAndTheFirstFew()
    {
        double[] scores = [.. Enumerable.Range(0, 300).Select(i => Math.Round(5 * Math.Sin(i * 1.7)) / 5)];
        bool[] yes = [.. Enumerable.Range(0, 300).Select(i => Math.Sin(i * 1.7) + Math.Sin(i * 0.9) > 0.3)];
        int[] order = [.. Enumerable.Range(0, 300)];
        double[] sorted = [.. scores];
        Array.Sort(sorted, order);   // resamples are drawn in this order
        var options = new EvaluationOptions { Resamples = 40, Seed = 3 };
        var slow = Bootstrap.Of(300, weights =>
        {
            int[] drawn = [.. Enumerable.Range(0, 300).SelectMany(i => Enumerable.Repeat(order[i], weights[i]))];
            return RocAuc.Of([.. drawn.Select(row => scores[row])], [.. drawn.Select(row => yes[row])]);
        }, options);
        Assert.Equal(slow, RocAuc.Interval(scores, yes, options));
        Assert.True(slow.Contains(RocAuc.Of(scores, yes)));

        var top = Accuracy.TopInterval(Scores.AsLogits(5), Labels, 2, options with { Resamples = 300 });
        double share = Accuracy.Top(Scores.AsLogits(5), Labels, 2), half = 1.96 * Math.Sqrt(share * (1 - share) / 400);
        Assert.Equal(share - half, top.Low, 0.02);
        Assert.Equal(share + half, top.High, 0.02);
    }

    [Fact]
    public void StopsWhenCancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Evaluate(new() { Resamples = 10, Cancellation = source.Token }));
    }

    [Fact]
    public void ReportsProgressToTheEnd()
    {
        var seen = new List<double>();
        Evaluate(new() { Resamples = 10, Threads = 1, Progress = new Recorder(seen) });
        Assert.Equal(10, seen.Count);
        Assert.Equal(1, seen[^1]);
    }

    sealed class Recorder(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(14)]
    public void AnswersFewRows(int rows)
    {
        var evaluation = Evaluation.Of(Scores.AsLogits(5).Slice(0, rows), Labels.AsSpan(0, rows), new() { Resamples = 20 });
        Assert.True(evaluation.Intervals["ece"].Low <= evaluation.Intervals["ece"].High);
    }
}
