using System.Numerics.Tensors;
using Logits.Kernels;

namespace Logits.Bench.Numerics;

/// <summary>Softmax, log-softmax, log-sum-exp and sigmoid of single rows against <see cref="Floors"/>; batches of rows against a copy; float, then double.</summary>
sealed class RowFunctions : IArea
{
    public string Name => "numerics";

    public void Run()
    {
        Floors.Verify();
        using var peers = PythonPeers.Start("numerics");
        foreach (int n in (int[])[10, 100, 1000, 32_000, 131_072, 262_144])
        {
            float[] x = Rows.Normal(n), y = new float[n], one = new float[1];
            (string, object)[] row = [("rows", 1), ("classes", n)];
            using var softmax = OnnxOperator.Start("Softmax", x, y, n);
            using var logSoftmax = OnnxOperator.Start("LogSoftmax", x, y, n);
            using var logSumExp = OnnxOperator.Start("ReduceLogSumExp", x, one, n);
            using var sigmoid = OnnxOperator.Start("Sigmoid", x, y, n);
            void Exp() => Floors.Exp(x, y);
            new Figure($"numerics/softmax_1x{n}").Ours(() => Kernel<float>.Softmax(x, y)).Floor(Exp)
                .Peer("TensorPrimitives", () => TensorPrimitives.SoftMax(x, y)).Peer(peers, "torch", "softmax", row).PeerIfAny("onnxruntime", softmax is null ? null : softmax.Run).Print();
            new Figure($"numerics/log_softmax_1x{n}").Ours(() => Kernel<float>.LogSoftmax(x, y)).Floor(Exp)
                .Peer("TensorPrimitives.SoftMax", () => TensorPrimitives.SoftMax(x, y)).Peer(peers, "torch", "log_softmax", row).PeerIfAny("onnxruntime", logSoftmax is null ? null : logSoftmax.Run).Print();
            new Figure($"numerics/log_sum_exp_1x{n}").Ours(() => LogMath.LogSumExp(x)).Floor(() => Floors.ExpSum(x))
                .Peer(peers, "torch", "log_sum_exp", row).Peer(peers, "scipy", "log_sum_exp", row).PeerIfAny("onnxruntime", logSumExp is null ? null : logSumExp.Run).Print();
            new Figure($"numerics/sigmoid_1x{n}").Ours(() => Kernel<float>.Sigmoid(x, y)).Floor(() => Floors.Sigmoid(x, y))
                .Peer("TensorPrimitives", () => TensorPrimitives.Sigmoid<float>(x, y)).Peer(peers, "torch", "sigmoid", row).PeerIfAny("onnxruntime", sigmoid is null ? null : sigmoid.Run).Print();
        }
        float[] source = Rows.Normal(1 << 22), copy = new float[source.Length];
        new Figure($"numerics/copy_{source.Length}", "us").Floor(() => source.CopyTo(copy, 0)).Peer("past_the_caches", () => Floors.CopyPastCaches(source, copy)).Print();
        foreach ((int rows, int classes) in ((int, int)[])[(10_000, 10), (1000, 100), (419_430, 10), (4194, 1000), (128, 32_768), (32, 131_072)])
        {
            float[] x = Rows.Normal(rows * classes), y = new float[x.Length];
            using var softmax = OnnxOperator.Start("Softmax", x, y, classes);
            new Figure($"numerics/softmax_{rows}x{classes}", "us").Ours(() => Kernel<float>.SoftmaxRows(x, y, classes)).Floor(() => x.CopyTo(y, 0))
                .Peer("TensorPrimitives", () =>
                {
                    for (int at = 0; at < x.Length; at += classes) TensorPrimitives.SoftMax(x.AsSpan(at, classes), y.AsSpan(at, classes));
                }).Peer(peers, "torch", "softmax", ("rows", rows), ("classes", classes)).PeerIfAny("onnxruntime", softmax is null ? null : softmax.Run).Print();
        }
        // In double the floor is our own map of eˣ.
        foreach (int n in (int[])[1000, 32_000, 131_072])
        {
            double[] x = [.. Rows.Normal(n).Select(value => (double)value)], y = new double[n], one = new double[1];
            (string, object)[] row = [("rows", 1), ("classes", n), ("kind", "float64")];
            using var softmax = OnnxOperator.Start("Softmax", x, y, n);
            using var logSumExp = OnnxOperator.Start("ReduceLogSumExp", x, one, n);
            void Floor() => Kernel<double>.Exp(x, y);
            new Figure($"numerics/softmax_double_1x{n}").Ours(() => Kernel<double>.Softmax(x, y)).Floor(Floor)
                .Peer("TensorPrimitives", () => TensorPrimitives.SoftMax<double>(x, y)).Peer(peers, "torch", "softmax", row).PeerIfAny("onnxruntime", softmax is null ? null : softmax.Run).Print();
            new Figure($"numerics/log_sum_exp_double_1x{n}").Ours(() => Kernel<double>.LogSumExp(x)).Floor(Floor)
                .Peer(peers, "torch", "log_sum_exp", row).PeerIfAny("onnxruntime", logSumExp is null ? null : logSumExp.Run).Print();
        }
    }
}
