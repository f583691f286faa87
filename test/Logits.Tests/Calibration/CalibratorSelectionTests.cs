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
    [InlineData(3)]
    [InlineData(7)]
    public void AnswersForAHandfulOfRows(int rows)
    {
        var (scores, labels) = Example.Logits(rows, 3);
        Assert.NotNull(CalibratorSelection.Fit(scores.AsLogits(3), labels).Calibrator);
    }

    [Fact]
    public void NeedsAPartToJudgeOnOneToChooseByAndOneToLearnFrom()
    {
        var (scores, labels) = Example.Logits(20, 3);
        Assert.Contains("at least 3", Assert.Throws<ArgumentException>(() => CalibratorSelection.Fit(scores.AsLogits(3).Slice(0, 2), labels.AsSpan(0, 2))).Message);
        Assert.Contains("at least 3", Assert.ThrowsAny<ArgumentException>(() => CalibratorSelection.Fit(scores.AsLogits(3), labels, new() { Folds = 2 })).Message);
    }

    /// <summary>The nested loss by its definition: on each part, what a whole selection on the other parts gives.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(400)]
    public void IsNested(int rows)
    {
        string[] methods = ["temperature", "bcts"];
        var (scores, labels) = Example.Logits(rows, 3, seed: rows);
        var data = HeldOut.From(scores.AsLogits(3), labels);
        var selection = CalibratorSelection.Fit(scores.AsLogits(3), labels, new() { Methods = methods, Folds = 4 });
        int[] fold = CalibratorSelection.Folds(data, 4, seed: 1);

        double sum = 0;
        for (int part = 0; part < 4; part++)
        {
            int[] own = Rows(row => fold[row] == part), others = Rows(row => fold[row] != part);
            double[][] losses = [.. methods.Prepend("none").Select(_ => new double[rows])];
            for (int inner = 0; inner < 4; inner++)
            {
                if (inner == part) continue;
                var training = data.Take(Rows(row => fold[row] != part && fold[row] != inner));
                int[] judged = Rows(row => fold[row] == inner);
                for (int m = 0; m < losses.Length; m++)
                {
                    double[] nll = data.Take(judged).NllPerRow(Calibrators.Find(m == 0 ? "none" : methods[m - 1]).Learn(training, null));
                    for (int i = 0; i < judged.Length; i++) losses[m][judged[i]] = nll[i];
                }
            }
            int best = Enumerable.Range(0, 3).MinBy(m => others.Average(row => losses[m][row]));
            int chosen = Enumerable.Range(0, best + 1).First(m => m == best || !SignificantlyWorse([.. others.Select(row => losses[m][row] - losses[best][row])]));
            sum += data.Take(own).NllPerRow(Calibrators.Find(chosen == 0 ? "none" : methods[chosen - 1]).Learn(data.Take(others), null)).Sum();
        }
        Assert.Equal(sum / rows, selection.Nll, 1e-7);

        int[] Rows(Func<int, bool> which) => [.. Enumerable.Range(0, rows).Where(which)];

        static bool SignificantlyWorse(double[] excess)
        {
            double mean = excess.Average(), error = Math.Sqrt(excess.Sum(x => (x - mean) * (x - mean)) / (excess.Length - 1) / excess.Length);
            return mean / error > 1.6448536269514722;
        }
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
