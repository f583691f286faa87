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
    }
}
