using System.Numerics.Tensors;
using Logits.Kernels;

namespace Logits.Bench.Numerics;

/// <summary>Softmax, log-softmax, log-sum-exp and sigmoid in cache against one exponential an element, batches against a copy; float, then double.</summary>
/// <remarks>The floor is our own map of eˣ, measured in the same rounds: an exponential is the least that any of these must do for an element.</remarks>
sealed class RowFunctions : IArea
{
    public string Name => "numerics";

    public void Run()
    {
        using var peers = PythonPeers.Start("numerics");
        foreach (int n in (int[])[10, 100, 1000, 32_000, 131_072, 262_144])
        {
            float[] x = Rows.Normal(n), y = new float[n];
            (string, object)[] row = [("rows", 1), ("classes", n)];
            void Floor() => Kernel<float>.Exp(x, y);
            new Figure($"numerics/softmax_1x{n}").Ours(() => Kernel<float>.Softmax(x, y)).Floor(Floor)
                .Peer("TensorPrimitives", () => TensorPrimitives.SoftMax(x, y)).Peer(peers, "torch", "softmax", row).Print();
            new Figure($"numerics/log_softmax_1x{n}").Ours(() => Kernel<float>.LogSoftmax(x, y)).Floor(Floor)
                .Peer("TensorPrimitives.SoftMax", () => TensorPrimitives.SoftMax(x, y)).Peer(peers, "torch", "log_softmax", row).Print();
            new Figure($"numerics/log_sum_exp_1x{n}").Ours(() => Kernel<float>.LogSumExp(x)).Floor(Floor)
                .Peer(peers, "torch", "log_sum_exp", row).Peer(peers, "scipy", "log_sum_exp", row).Print();
            new Figure($"numerics/sigmoid_1x{n}").Ours(() => Kernel<float>.Sigmoid(x, y)).Floor(Floor)
                .Peer("TensorPrimitives", () => TensorPrimitives.Sigmoid<float>(x, y)).Peer(peers, "torch", "sigmoid", row).Print();
        }
        foreach ((int rows, int classes) in ((int, int)[])[(10_000, 10), (1000, 100), (4194, 1000), (128, 32_768), (32, 131_072)])
        {
            float[] x = Rows.Normal(rows * classes), y = new float[x.Length];
            new Figure($"numerics/softmax_{rows}x{classes}", "us").Ours(() => Kernel<float>.SoftmaxRows(x, y, classes)).Floor(() => x.CopyTo(y, 0))
                .Peer("TensorPrimitives", () =>
                {
                    for (int at = 0; at < x.Length; at += classes) TensorPrimitives.SoftMax(x.AsSpan(at, classes), y.AsSpan(at, classes));
                }).Peer(peers, "torch", "softmax", ("rows", rows), ("classes", classes)).Print();
        }
        foreach (int n in (int[])[1000, 32_000, 131_072])
        {
            double[] x = [.. Rows.Normal(n).Select(value => (double)value)], y = new double[n];
            (string, object)[] row = [("rows", 1), ("classes", n), ("kind", "float64")];
            void Floor() => Kernel<double>.Exp(x, y);
            new Figure($"numerics/softmax_double_1x{n}").Ours(() => Kernel<double>.Softmax(x, y)).Floor(Floor)
                .Peer("TensorPrimitives", () => TensorPrimitives.SoftMax<double>(x, y)).Peer(peers, "torch", "softmax", row).Print();
            new Figure($"numerics/log_sum_exp_double_1x{n}").Ours(() => Kernel<double>.LogSumExp(x)).Floor(Floor).Peer(peers, "torch", "log_sum_exp", row).Print();
        }
    }
}
