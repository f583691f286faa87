using Logits.Calibration;

namespace Logits.Tests.Calibration;

public class CalibratorSelectionTests
{
    [Fact]
    public void LeavesCalibratedScoresAlone()
    {
        // Scores whose softmax are the very probabilities the labels were drawn from.
        var random = new Random(11);
        var scores = new double[3 * 2000];
        var labels = new int[2000];
        for (int row = 0; row < 2000; row++)
        {
            var z = scores.AsSpan(3 * row, 3);
            foreach (ref double score in z) score = 2 * Example.Gauss(random);
            double a = Math.Exp(z[0]), b = Math.Exp(z[1]), pick = random.NextDouble() * (a + b + Math.Exp(z[2]));
            labels[row] = pick < a ? 0 : pick < a + b ? 1 : 2;
        }
        var selection = CalibratorSelection.Fit(scores.AsLogits(3), labels);
        Assert.Equal("none", selection.Calibrator.Method);
        Assert.StartsWith("none: ", selection.Reason);
    }

    [Fact]
    public void TakesTheTemperatureWhereThatIsAllThatIsWrong()
    {
        var (scores, labels) = Calibrated(2000, 3, 2.5);
        var selection = CalibratorSelection.Fit(scores.AsLogits(3), labels);
        Assert.Equal("temperature", selection.Calibrator.Method);
        Assert.Equal(2.5, ((TemperatureScaling)selection.Calibrator).Temperature, 0.3);
        Assert.InRange(selection.Nll, 0, selection.Entries[0].Nll);
    }

    [Fact]
    public void TakesMoreWhereMoreIsWrong()
    {
        var (scores, labels) = Calibrated(2000, 3, 2.5);
        for (int row = 0; row < 2000; row++) scores[3 * row] += 4;
        Assert.Equal("bcts", CalibratorSelection.Fit(scores.AsLogits(3), labels).Calibrator.Method);
    }

    [Fact]
    public void AnswersTheSameForAnyNumberOfThreads()
    {
        var (scores, labels) = Example.Logits(300, 4);
        var one = CalibratorSelection.Fit(scores.AsLogits(4), labels, new() { Threads = 1 });
        var many = CalibratorSelection.Fit(scores.AsLogits(4), labels, new() { Threads = 8 });
        Assert.Equal(one.Entries, many.Entries);
        Assert.Equal(one.Calibrator, many.Calibrator);
        Assert.Equal(one.Nll, many.Nll);
        Assert.Equal(one.Reason, many.Reason);
    }

    [Fact]
    public void ReportsMethodsThatRefuseTheData()
    {
        var (scores, labels) = Example.Logits(100, 3);
        scores[labels[0] == 0 ? 1 : 0] = double.NegativeInfinity;
        var selection = CalibratorSelection.Fit(scores.AsLogits(3), labels, new() { Methods = ["temperature", "matrix"] });
        Assert.Contains("rules out class", selection.Entries.Single(entry => entry.Method == "matrix").Refusal);
        Assert.NotEqual("matrix", selection.Calibrator.Method);
    }

    [Fact]
    public void CanBeInterruptedAndTellsHowFarItIs()
    {
        var (scores, labels) = Example.Logits(200, 3);
        double told = 0;
        CalibratorSelection.Fit(scores.AsLogits(3), labels, new() { Threads = 1, Progress = new Listener(share => told = share) });
        Assert.Equal(1, told);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => CalibratorSelection.Fit(scores.AsLogits(3), labels, new() { Cancellation = source.Token }));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void AnswersForAHandfulOfRows(int rows)
    {
        var (scores, labels) = Example.Logits(rows, 3);
        Assert.NotNull(CalibratorSelection.Fit(scores.AsLogits(3), labels).Calibrator);
    }

    static (double[] Scores, int[] Labels) Calibrated(int rows, int classes, double temperature)
    {
        var random = new Random(12);
        var scores = new double[rows * classes];
        var labels = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            var z = scores.AsSpan(row * classes, classes);
            double sum = 0;
            foreach (ref double score in z) sum += Math.Exp(score = 2 * Example.Gauss(random));
            double pick = random.NextDouble() * sum;
            while (labels[row] < classes - 1 && (pick -= Math.Exp(z[labels[row]])) > 0) labels[row]++;
            foreach (ref double score in z) score *= temperature;
        }
        return (scores, labels);
    }

    sealed class Listener(Action<double> on) : IProgress<double>
    {
        public void Report(double value) => on(value);
    }
}
