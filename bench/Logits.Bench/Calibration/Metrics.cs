using System.Runtime.InteropServices;
using Logits.Metrics;

namespace Logits.Bench.Calibration;

/// <summary>The metrics: every calibration error beside one sort of the confidences, resampling, and a whole evaluation.</summary>
sealed class Metrics : IArea
{
    public string Name => "calibration";

    public void Run()
    {
        string folder = Directory.CreateTempSubdirectory("logits-bench").FullName;
        try
        {
            using var peers = PythonPeers.Start("metrics");
            Conventions(peers, folder);
            Resampling(peers, folder);
            WholeEvaluation(peers, folder);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>Ours: softmax, sort and all conventions. The floor is what any of them needs: one sort of the confidences.</summary>
    static void Conventions(PythonPeers peers, string folder)
    {
        const int rows = 1_000_000, classes = 10;
        var (scores, labels) = MadeUp(rows, classes);
        double[] confidences = Forecasts.Of(scores.AsLogits(classes), labels).Rows.ToArray().Select(row => Confidence(scores.AsSpan(row * classes, classes))).ToArray();
        new Random(1).Shuffle(confidences);
        var sorted = new double[rows];
        var data = Written(folder, scores, labels, classes);

        // A call lasts longer than the harness's warm-up: a few of them take the loops past the just-in-time compiler's first tiers.
        for (int i = 0; i < 4; i++) CalibrationConventions.OfAll(scores.AsLogits(classes), labels);
        new Figure($"calibration/all_{CalibrationConventions.All.Length}_conventions_1000000x10_float32", "ms") { Rounds = 7 }
            .Ours(() => CalibrationConventions.OfAll(scores.AsLogits(classes), labels))
            .Floor(() =>
            {
                confidences.CopyTo(sorted, 0);
                Array.Sort(sorted);
            })
            .Peer(peers, "numpy", "five_conventions", data)
            .Print();
        var guo = CalibrationConventions.Named("guo2017");
        new Figure("calibration/guo2017_1000000x10_float32", "ms") { Rounds = 7 }
            .Ours(() => guo.Of(scores.AsLogits(classes), labels))
            .Peer(peers, "numpy", "guo2017", data)
            .Print();
    }

    /// <summary>1,000 resamples of the expected calibration error of 10,000 rows, on two threads.</summary>
    static void Resampling(PythonPeers peers, string folder)
    {
        const int rows = 10_000, classes = 10;
        var (scores, labels) = MadeUp(rows, classes);
        var forecasts = Forecasts.Of(scores.AsLogits(classes), labels);
        var data = Written(folder, scores, labels, classes);
        new Figure("calibration/bootstrap_ece_1000x10000_two_threads", "ms") { Rounds = 5, WallClock = true }
            .Ours(() => Bootstrap.Of(forecasts, f => CalibrationError.Expected(f), new() { Resamples = 1000, Threads = 2 }))
            .Peer(peers, "numpy", "bootstrap_ece", data)
            .Print();
        new Figure("calibration/evaluate_with_1000_resamples_10000x10_two_threads", "ms") { Rounds = 3, WallClock = true }
            .Ours(() => Evaluation.Of(scores.AsLogits(classes), labels, new() { Resamples = 1000, Threads = 2 }))
            .Print();
    }

    /// <summary>50,000 × 1,000 in blocks, as a file is read; the floor is the softmax that every one of its metrics needs.</summary>
    static void WholeEvaluation(PythonPeers peers, string folder)
    {
        const int rows = 50_000, classes = 1000, block = 250;
        var (scores, labels) = MadeUp(rows, classes);
        var probabilities = new float[block * classes];
        var data = Written(folder, scores, labels, classes);
        new Figure("calibration/evaluate_50000x1000_float32", "ms") { Rounds = 3 }
            .Ours(Evaluate)
            .Floor(() =>
            {
                for (int row = 0; row < rows; row += block) scores.AsLogits(classes).Slice(row, block).Softmax(probabilities);
            })
            .Peer(peers, "numpy", "evaluate", data)
            .Print();

        long before = GC.GetAllocatedBytesForCurrentThread();
        Evaluate();
        Console.WriteLine($"calibration/evaluate_50000x1000_float32_allocated_MB ours={(GC.GetAllocatedBytesForCurrentThread() - before) / 1e6:F1}");

        void Evaluate()
        {
            var accumulator = new EvaluationAccumulator(classes);
            for (int row = 0; row < rows; row += block) accumulator.Add(scores.AsLogits(classes).Slice(row, block), labels.AsSpan(row, block));
            accumulator.Finish();
        }
    }

    static double Confidence(ReadOnlySpan<float> row)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float z in row) max = Math.Max(max, z);
        foreach (float z in row) sum += Math.Exp(z - max);
        return 1 / sum;
    }

    static (string, object)[] Written(string folder, float[] scores, int[] labels, int classes)
    {
        string z = Path.Combine(folder, $"scores{scores.Length}.f32"), y = Path.Combine(folder, $"labels{labels.Length}.i32");
        File.WriteAllBytes(z, MemoryMarshal.AsBytes(scores.AsSpan()));
        File.WriteAllBytes(y, MemoryMarshal.AsBytes(labels.AsSpan()));
        return [("scores", z), ("labels", y), ("classes", classes)];
    }

    /// <summary>Scores of a made-up overconfident classifier: most confidences near 1, a long tail below.</summary>
    static (float[] Scores, int[] Labels) MadeUp(int rows, int classes)
    {
        var random = new Random(7);
        var scores = new float[rows * classes];
        var labels = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            var z = scores.AsSpan(row * classes, classes);
            labels[row] = random.Next(classes);
            foreach (ref float score in z) score = (float)(4 * (random.NextDouble() + random.NextDouble() - 1));
            z[labels[row]] += (float)(8 * random.NextDouble());
        }
        return (scores, labels);
    }
}
