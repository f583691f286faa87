using Logits.Calibration;
using Logits.Formats;
using Logits.Kernels;

namespace Logits.Tests.Calibration;

/// <summary>What is true of every calibrator, checked for every entry of the catalogue; a newcomer is tested before its author writes a test.</summary>
public class EveryCalibrator
{
    /// <summary>Methods whose objective is the NLL, perhaps with a penalty that the identity does not pay.</summary>
    static readonly string[] MinimiseNll = ["none", "temperature", "ets", "temperature-per-class", "bcts", "vector", "svs", "sms", "matrix", "dirichlet", "dirichlet-l2"];

    /// <summary>Those that minimise it label by label: for two classes that is the NLL of the rows.</summary>
    static readonly string[] MinimiseNllOfTwo = [.. MinimiseNll, "temperature-per-label", "platt", "beta-am", "beta-ab", "beta", "quadratic", "spline"];

    /// <summary>Methods that mix the classes of a row and say so when one is ruled out.</summary>
    static readonly string[] Mix = ["sms", "matrix", "dirichlet", "dirichlet-l2"];

    public static TheoryData<string> Methods => [.. Calibrators.All.Select(method => method.Name)];

    public static TheoryData<string, int> MethodsAndClasses
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var method in Calibrators.All)
                foreach (int classes in (int[])[1, 2, 3, 10])
                    data.Add(method.Name, classes);
            return data;
        }
    }

    [Fact]
    public void IsInTheCatalogue()
    {
        var fitted = Calibrators.All.Select(method => Fit(method.Name, 3).GetType()).Append(typeof(CalibratorChain)).ToHashSet();
        Assert.All(typeof(ICalibrator).Assembly.GetTypes().Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(ICalibrator))),
            type => Assert.Contains(type, fitted));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void CarriesTheNameItIsFoundBy(string method) => Assert.Equal(method, Fit(method, 3).Method);

    [Theory]
    [MemberData(nameof(MethodsAndClasses))]
    public void MakesRowsThatSumToOne(string method, int classes)
    {
        var calibrator = Fit(method, classes);
        var (fresh, _) = Example.Logits(50, classes, seed: 99);
        var probabilities = calibrator.Apply(fresh.AsLogits(classes)).Softmax();
        for (int row = 0; row < 50; row++) Assert.Equal(1, probabilities[row].ToArray().Sum(), 1e-12);

        float[] narrow = Array.ConvertAll(fresh, score => (float)score);
        var single = calibrator.Apply(narrow.AsLogits(classes)).Softmax();
        for (int row = 0; row < 50; row++)
            for (int k = 0; k < classes; k++)
                Assert.Equal(probabilities[row][k], single[row][k], 2e-5);
    }

    [Theory]
    [MemberData(nameof(MethodsAndClasses))]
    public void AnswersTheSameBitsAfterAFile(string method, int classes)
    {
        var calibrator = Fit(method, classes);
        var loaded = CalibratorFile.FromUtf8(CalibratorFile.ToUtf8(calibrator), "cal.json");
        Assert.Equal(calibrator.GetType(), loaded.GetType());
        Assert.Equal(calibrator.Method, loaded.Method);
        Assert.Equal(calibrator.Facts, loaded.Facts);
        var (fresh, _) = Example.Logits(100, classes, seed: 98);
        AssertSameBits(calibrator.Apply(fresh.AsLogits(classes)).Values, loaded.Apply(fresh.AsLogits(classes)).Values);
        Assert.Equal(calibrator, loaded);
    }

    [Theory]
    [MemberData(nameof(MethodsAndClasses))]
    public void NeverRaisesTheNllItMinimises(string method, int classes)
    {
        if (!(classes <= 2 ? MinimiseNllOfTwo : MinimiseNll).Contains(method)) return;
        foreach (double scale in (double[])[0.3, 1, 3])
            foreach (int rows in (int[])[5, 60, 400])
            {
                var (scores, labels) = Example.Logits(rows, classes, scale, seed: rows);
                var facts = Calibrators.Find(method).Fit(scores.AsLogits(classes), labels).Facts!;
                Assert.True(facts.Nll <= facts.NllBefore + 1e-12, $"{method}, {rows} rows, scale {scale}: {facts}");
            }
    }

    [Theory]
    [MemberData(nameof(MethodsAndClasses))]
    public void FollowsARenumberingOfTheClasses(string method, int classes)
    {
        var (scores, labels) = Example.Logits(600, classes);
        var (fresh, _) = Example.Logits(40, classes, seed: 97);
        var plain = Calibrators.Find(method).Fit(scores.AsLogits(classes), labels).Apply(fresh.AsLogits(classes)).Softmax();
        foreach (int[] to in (int[][])[[.. Enumerable.Range(0, classes).Reverse()], [.. Enumerable.Range(1, classes).Select(k => k % classes)]])
        {
            var renumbered = Calibrators.Find(method).Fit(Permuted(scores, to).AsLogits(classes), Array.ConvertAll(labels, label => to[label])).Apply(Permuted(fresh, to).AsLogits(classes)).Softmax();
            for (int row = 0; row < 40; row++)
                for (int k = 0; k < classes; k++)
                    Assert.Equal(plain[row][k], renumbered[row][to[k]], 1e-6);
        }

        double[] Permuted(double[] z, int[] to)
        {
            var permuted = new double[z.Length];
            for (int i = 0; i < z.Length; i++) permuted[i / classes * classes + to[i % classes]] = z[i];
            return permuted;
        }
    }

    [Theory]
    [MemberData(nameof(MethodsAndClasses))]
    public void IgnoresAConstantAddedToARow(string method, int classes)
    {
        var calibrator = Fit(method, classes);
        var (fresh, _) = Example.Logits(40, classes, seed: 96);
        double[] shifted = [.. fresh.Select((score, i) => score + 16 * (i / classes % 5 - 2))];
        var plain = calibrator.Apply(fresh.AsLogits(classes)).Softmax();
        var moved = calibrator.Apply(shifted.AsLogits(classes)).Softmax();
        for (int i = 0; i < fresh.Length; i++) Assert.Equal(plain.Values[i], moved.Values[i], 1e-10);

        // Nor does a fit see it.
        var (scores, labels) = Example.Logits(500, classes);
        double[] elsewhere = [.. scores.Select((score, i) => score + 16 * (i / classes % 5 - 2))];
        var fittedElsewhere = Calibrators.Find(method).Fit(elsewhere.AsLogits(classes), labels).Apply(fresh.AsLogits(classes)).Softmax();
        for (int i = 0; i < fresh.Length; i++) Assert.Equal(plain.Values[i], fittedElsewhere.Values[i], 1e-6);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void AgreesWithTheBinaryFormForTwoClasses(string method)
    {
        if (Fit(method, 2) is not IBinaryCalibrator two) return;
        var (scores, labels) = Example.Logits(500, 2);
        double[] odds = [.. Enumerable.Range(0, 500).Select(row => scores[2 * row + 1] - scores[2 * row])];
        var fit = two.GetType().GetMethods().Single(m => m.Name == "Fit" && m.GetParameters()[0].ParameterType.Name.StartsWith("BinaryLogits", StringComparison.Ordinal));
        Assert.NotNull(fit);
        var (fresh, _) = Example.Logits(40, 2, seed: 95);
        double[] freshOdds = [.. Enumerable.Range(0, 40).Select(row => fresh[2 * row + 1] - fresh[2 * row])];
        var binary = FitBinary(method, odds, labels);
        var yes = binary.Apply(new BinaryLogits<double>(freshOdds, 1)).Sigmoid();
        var softmax = ((ICalibrator)two).Apply(fresh.AsLogits(2)).Softmax();
        for (int row = 0; row < 40; row++) Assert.Equal(softmax[row][1], yes.Values[row], 1e-9);
    }

    /// <summary>Methods for classes whose two-class form has another name: with scores measured from their middle, weights and biases are an affine map of the log-odds.</summary>
    [Theory]
    [InlineData("temperature", "temperature-per-label")]
    [InlineData("bcts", "platt")]
    [InlineData("vector", "platt")]
    public void IsTheBinaryMethodForTwoClasses(string method, string binary)
    {
        var (scores, labels) = Example.Logits(500, 2);
        var (fresh, _) = Example.Logits(40, 2, seed: 95);
        var two = Calibrators.Find(method).Fit(scores.AsLogits(2), labels).Apply(fresh.AsLogits(2)).Softmax();
        double[] odds = [.. Enumerable.Range(0, 500).Select(row => scores[2 * row + 1] - scores[2 * row])], freshOdds = [.. Enumerable.Range(0, 40).Select(row => fresh[2 * row + 1] - fresh[2 * row])];
        var yes = FitBinary(binary, odds, labels).Apply(new BinaryLogits<double>(freshOdds, 1)).Sigmoid();
        for (int row = 0; row < 40; row++) Assert.Equal(yes.Values[row], two[row][1], 1e-8);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void KeepsTheLargestClassWhereItSaysSo(string method)
    {
        var calibrator = Fit(method, 10);
        if (!calibrator.PreservesArgMax) return;
        var (fresh, _) = Example.Logits(500, 10, seed: 94);
        var after = calibrator.Apply(fresh.AsLogits(10));
        for (int row = 0; row < 500; row++)
            Assert.Equal(Kernel<double>.ArgMax(fresh.AsSpan(10 * row, 10)), Kernel<double>.ArgMax(after[row]));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task GivesTheSameBitsOnAnyThread(string method)
    {
        byte[] alone = CalibratorFile.ToUtf8(Fit(method, 3));
        byte[][] together = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => CalibratorFile.ToUtf8(Fit(method, 3)))));
        Assert.All(together, bytes => Assert.Equal(alone, bytes));
    }

    /// <summary>1,200 rows of 30 classes, enough for a fit to share its work out.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public async Task GivesTheSameBitsForAnyNumberOfThreads(string method)
    {
        var (scores, labels) = Example.Logits(1200, 30);
        byte[] alone = await On(1), shared = await On(3);
        Assert.Equal(alone, shared);

        Task<byte[]> On(int threads) => Task.Factory.StartNew(
            () => CalibratorFile.ToUtf8(Calibrators.Find(method).Fit(scores.AsLogits(30), labels, new() { GradientTolerance = 1e-4 })),
            CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler);
    }

    [Theory]
    [MemberData(nameof(MethodsAndClasses))]
    public void AnswersForDegenerateRowsOrNamesTheCause(string method, int classes)
    {
        var (scores, labels) = Example.Logits(60, classes);
        int[] best = [.. Enumerable.Range(0, 60).Select(row => Kernel<double>.ArgMax(scores.AsSpan(row * classes, classes)))];
        int[] worst = [.. best.Select(top => (top + 1) % classes)];
        Check(scores, new int[60], "all of one class");
        Check(scores, best, "separable");
        Check(scores, worst, "always wrong");
        Check(scores[..classes], labels[..1], "one row");
        Check(new double[60 * classes], labels, "constant rows");
        Check([.. scores.Select(score => 1e6 * score)], labels, "huge scores");
        Check([.. scores.Select(score => 1e-6 * score)], labels, "tiny scores");

        void Check(double[] z, int[] y, string what)
        {
            var calibrator = Calibrators.Find(method).Fit(z.AsLogits(classes), y);
            Assert.NotNull(calibrator.Facts);
            var probabilities = calibrator.Apply(z.AsLogits(classes)).Softmax();
            for (int row = 0; row < y.Length; row++)
                Assert.True(Math.Abs(probabilities[row].ToArray().Sum() - 1) < 1e-9, $"{what}: row {row} is [{string.Join(", ", probabilities[row].ToArray())}]");
            var loaded = CalibratorFile.FromUtf8(CalibratorFile.ToUtf8(calibrator), "cal.json");
            AssertSameBits(calibrator.Apply(z.AsLogits(classes)).Values, loaded.Apply(z.AsLogits(classes)).Values);
        }
    }

    [Theory]
    [MemberData(nameof(MethodsAndClasses))]
    public void KeepsRuledOutClassesRuledOut(string method, int classes)
    {
        if (classes < 2) return;
        var (scores, labels) = Example.Logits(80, classes);
        for (int row = 0; row < 80; row += 3)
        {
            int mask = (labels[row] + 1) % classes;
            scores[row * classes + mask] = double.NegativeInfinity;
        }
        if (Mix.Contains(method))
        {
            var error = Assert.Throws<ArgumentException>(() => Calibrators.Find(method).Fit(scores.AsLogits(classes), labels));
            Assert.Contains($"row 0 rules out class {(labels[0] + 1) % classes} (−∞)", error.Message);
            return;
        }
        var after = Calibrators.Find(method).Fit(scores.AsLogits(classes), labels).Apply(scores.AsLogits(classes));
        var probabilities = after.Softmax();
        for (int row = 0; row < 80; row++)
        {
            Assert.Equal(1, probabilities[row].ToArray().Sum(), 1e-9);
            if (row % 3 == 0) Assert.Equal(double.NegativeInfinity, after[row][(labels[row] + 1) % classes]);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void WritesNaNForRowsWithoutAnAnswer(string method)
    {
        double[] broken = [double.NaN, 1, 2, 1, double.PositiveInfinity, 2, double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity];
        Assert.All(Fit(method, 3).Apply(broken.AsLogits(3)).Values.ToArray(), value => Assert.True(double.IsNaN(value)));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void WorksInPlace(string method)
    {
        var calibrator = Fit(method, 3);
        var (fresh, _) = Example.Logits(20, 3, seed: 93);
        double[] apart = calibrator.Apply(fresh.AsLogits(3)).Values.ToArray();
        calibrator.Apply(fresh.AsLogits(3), fresh);
        AssertSameBits(apart, fresh);
    }

    static ICalibrator Fit(string method, int classes)
    {
        var (scores, labels) = Example.Logits(500, classes);
        return Calibrators.Find(method).Fit(scores.AsLogits(classes), labels);
    }

    static IBinaryCalibrator FitBinary(string method, double[] odds, int[] labels)
    {
        var logits = new BinaryLogits<double>(odds, 1);
        return method switch
        {
            "temperature-per-label" => LabelTemperatures.Fit(logits, labels),
            "platt" => PlattScaling.Fit(logits, labels),
            "platt-smoothed" => PlattScaling.Fit(logits, labels, PlattTargets.Smoothed),
            "beta" => BetaCalibration.Fit(logits, labels),
            "beta-am" => BetaCalibration.Fit(logits, labels, BetaForm.Am),
            "beta-ab" => BetaCalibration.Fit(logits, labels, BetaForm.Ab),
            "quadratic" => QuadraticScaling.Fit(logits, labels),
            "spline" => SplineCalibration.Fit(logits, labels),
            "histogram" => HistogramBinning.Fit(logits, labels),
            "histogram-equal-mass" => HistogramBinning.Fit(logits, labels, BinCuts.EqualMass),
            "bbq" => BayesianBinning.Fit(logits, labels),
            "isotonic" => IsotonicCalibration.Fit(logits, labels),
            "isotonic-centred" => IsotonicCalibration.Fit(logits, labels, centred: true),
            "enir" => NearIsotonicEnsemble.Fit(logits, labels),
            "venn-abers" => VennAbers.Fit(logits, labels),
            "venn-abers-cross" => VennAbers.Fit(logits, labels, folds: 5),
            _ => throw new InvalidOperationException($"{method} has a binary form that this test does not know"),
        };
    }

    static void AssertSameBits(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(BitConverter.DoubleToInt64Bits(expected[i]) == BitConverter.DoubleToInt64Bits(actual[i]), $"[{i}]: {expected[i]:R} became {actual[i]:R}");
    }
}
