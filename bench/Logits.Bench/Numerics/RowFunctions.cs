using System.Numerics.Tensors;
using Logits.Kernels;

namespace Logits.Bench.Numerics;

/// <summary>Softmax, log-softmax and log-sum-exp of float rows in cache and out of it, against one exponential an element and against a copy.</summary>
sealed class RowFunctions : IArea
{
    public string Name => "numerics";

    public void Run()
    {
        foreach (int n in (int[])[10, 100, 1000, 32_000, 131_072, 262_144])
        {
            float[] x = Rows.Normal(n), y = new float[n];
            void ExpMap() => Kernel<float>.Exp(x, y);
            void Bcl() => TensorPrimitives.SoftMax(x, y);
            new Figure($"numerics/softmax_1x{n}").Ours(() => Kernel<float>.Softmax(x, y)).Floor(ExpMap).Peer("TensorPrimitives", Bcl).Print();
            new Figure($"numerics/log_softmax_1x{n}").Ours(() => Kernel<float>.LogSoftmax(x, y)).Floor(ExpMap).Peer("TensorPrimitives_SoftMax", Bcl).Print();
            new Figure($"numerics/log_sum_exp_1x{n}").Ours(() => Kernel<float>.LogSumExp(x)).Floor(ExpMap).Print();
            new Figure($"numerics/max_1x{n}").Ours(() => Kernel<float>.Max(x)).Floor(ExpMap).Peer("TensorPrimitives", () => TensorPrimitives.Max<float>(x)).Print();
            new Figure($"numerics/sigmoid_1x{n}").Ours(() => Kernel<float>.Sigmoid(x, y)).Floor(ExpMap).Peer("TensorPrimitives", () => TensorPrimitives.Sigmoid<float>(x, y)).Print();
        }

        foreach ((int rows, int classes) in ((int, int)[])[(10_000, 10), (1000, 100), (4194, 1000), (128, 32_768), (32, 131_072)])
        {
            float[] x = Rows.Normal(rows * classes), y = new float[x.Length];
            new Figure($"numerics/softmax_{rows}x{classes}", "us").Ours(() => Kernel<float>.SoftmaxRows(x, y, classes)).Floor(() => x.CopyTo(y, 0))
                .Peer("TensorPrimitives", () =>
                {
                    for (int at = 0; at < x.Length; at += classes) TensorPrimitives.SoftMax(x.AsSpan(at, classes), y.AsSpan(at, classes));
                }).Print();
        }
    }
}
