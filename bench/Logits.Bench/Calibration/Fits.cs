using System.Runtime.InteropServices;
using Logits.Calibration;

namespace Logits.Bench.Calibration;

/// <summary>Fitting calibrators on 5,000 × 100 float scores, beside NumPy and SciPy doing the same to the same optimum.</summary>
sealed class Fits : IArea
{
    const int Rows = 5000, Classes = 100;

    public string Name => "calibration";

    public void Run()
    {
        var (scores, labels) = HeldOut();
        string folder = Directory.CreateTempSubdirectory("logits-bench").FullName;
        try
        {
            string z = Path.Combine(folder, "scores.f32"), y = Path.Combine(folder, "labels.i32");
            File.WriteAllBytes(z, MemoryMarshal.AsBytes(scores.AsSpan()));
            File.WriteAllBytes(y, MemoryMarshal.AsBytes(labels.AsSpan()));
            (string, object)[] data = [("scores", z), ("labels", y), ("classes", Classes)];
            using var peers = PythonPeers.Start("calibration");

            new Figure("calibration/temperature_fit_5000x100_float32", "ms")
                .Ours(() => TemperatureScaling.Fit(scores.AsLogits(Classes), labels))
                .Peer(peers, "numpy", "temperature_newton", data)
                .Peer(peers, "scipy", "temperature_bounded", data)
                .Print();

            // One core for ours as for them; both to the optimum, which is checked.
            new Figure("calibration/vector_fit_5000x100_float32", "ms") { Rounds = 3 }
                .Ours(() => VectorScaling.Fit(scores.AsLogits(Classes), labels))
                .Peer(peers, "scipy", "vector_lbfgsb", data)
                .Print();
            string? theirs = peers.Value("scipy", "vector_lbfgsb", data);
            Console.Error.WriteLine($"vector scaling: mean NLL ours {VectorScaling.Fit(scores.AsLogits(Classes), labels).Facts!.Nll:R}, scipy {theirs}");

            var pass = new TemperatureAccumulator(Classes);
            new Figure("calibration/temperature_single_pass_5000x100_float32", "ms") { Rounds = 5 }
                .Ours(() => pass.Add(scores.AsLogits(Classes), labels))
                .Print();
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>Scores of a made-up overconfident classifier: 75 % right, its best temperature near 2.</summary>
    static (float[] Scores, int[] Labels) HeldOut()
    {
        var random = new Random(7);
        var scores = new float[Rows * Classes];
        var labels = new int[Rows];
        for (int row = 0; row < Rows; row++)
        {
            var z = scores.AsSpan(row * Classes, Classes);
            labels[row] = random.Next(Classes);
            foreach (ref float score in z) score = (float)(4 * Gauss());
            z[labels[row]] += (float)(14 + 5 * Gauss());
        }
        return (scores, labels);

        double Gauss() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
