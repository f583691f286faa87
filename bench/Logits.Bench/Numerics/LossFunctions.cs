using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Logits.Kernels;
using Logits.Losses;

namespace Logits.Bench.Numerics;

/// <summary>Losses with their gradients against <see cref="Floors"/>; products of matrices and the fused head against the machine's fused multiply-adds.</summary>
sealed class LossFunctions : IArea
{
    public string Name => "numerics";

    public void Run()
    {
        using var torch = PythonPeers.Start("losses");
        foreach (var (rows, classes) in ((int, int)[])[(100_000, 10), (4_000, 100), (1, 1_000), (1, 32_768), (1, 131_072), (32, 131_072)])
        {
            float[] z = Rows.Normal(rows * classes), g = new float[z.Length];
            int[] labels = [.. Enumerable.Range(0, rows).Select(i => i % classes)];
            new Figure($"numerics/cross_entropy_with_gradient_{rows}x{classes}")
                .Ours(() => CrossEntropy.MeanAndGradient(z.AsLogits(classes), labels, g))
                .Floor(() => Floors.Exp(z, g))
                .Peer(torch, "torch", "cross_entropy", ("rows", rows), ("classes", classes), ("dtype", "float32"))
                .Print();
        }

        double[] wide = [.. Rows.Normal(131_072)], slope = new double[wide.Length];
        int[] first = [0];
        new Figure("numerics/cross_entropy_with_gradient_double_1x131072")
            .Ours(() => CrossEntropy.MeanAndGradient(wide.AsLogits(131_072), first, slope))
            .Floor(() => Kernel<double>.Exp(wide, slope))
            .Peer(torch, "torch", "cross_entropy", ("rows", 1), ("classes", 131_072), ("dtype", "float64"))
            .Print();

        float[] scores = Rows.Normal(131_072), targets = [.. Enumerable.Range(0, scores.Length).Select(i => (float)(i % 2))], slopes = new float[scores.Length];
        new Figure("numerics/binary_cross_entropy_with_gradient_131072")
            .Ours(() => BinaryCrossEntropy.MeanAndGradient(scores.AsBinaryLogits(), targets, slopes))
            .Floor(() => Floors.BinaryCrossEntropy(scores, targets, slopes))
            .Peer(torch, "torch", "binary_cross_entropy", ("n", scores.Length))
            .Print();

        Head(torch);
    }

    /// <summary>252 rows of 1,024 features onto 32,768 classes: 16.9 billion floating-point operations forward, three times that with the gradients.</summary>
    static void Head(PythonPeers torch)
    {
        const int Tokens = 252, Inputs = 1024, Classes = 32_768;
        const long Products = (long)Tokens * Inputs * Classes;
        float[] x = Rows.Normal(Tokens * Inputs), w = Rows.Normal(Classes * Inputs), b = new float[Classes], z = new float[Tokens * Classes], toX = new float[x.Length], toW = new float[w.Length], toB = new float[Classes];
        for (int i = 0; i < x.Length; i++) x[i] /= 32;
        int[] labels = [.. Enumerable.Range(0, Tokens)];
        var shape = new (string, object)[] { ("rows", Tokens), ("inputs", Inputs), ("classes", Classes) };
        new Figure("numerics/linear_head_252x1024x32768", "ms") { Rounds = 3 }
            .Ours(() => new LinearHead<float>(w, b, Classes).Apply(x, z))
            .Floor(() => MultiplyAdds(Products))
            .Peer(torch, "torch+openblas", "linear", shape)
            .Print();
        new Figure("numerics/linear_cross_entropy_252x1024x32768", "ms") { Rounds = 3 }
            .Ours(() => LinearCrossEntropy.Mean(x, new LinearHead<float>(w, b, Classes), labels))
            .Floor(() => MultiplyAdds(Products))
            .Peer(torch, "torch+openblas", "linear_cross_entropy", [.. shape, ("gradient", false)])
            .Print();
        new Figure("numerics/linear_cross_entropy_with_gradient_252x1024x32768", "ms") { Rounds = 3 }
            .Ours(() => LinearCrossEntropy.MeanAndGradient(x, new LinearHead<float>(w, b, Classes), labels, toX, toW, toB))
            .Floor(() => MultiplyAdds(3 * Products))
            .Peer(torch, "torch+openblas", "linear_cross_entropy", [.. shape, ("gradient", true)])
            .Print();
    }

    /// <summary>The floor: as many fused multiply-adds, in registers, twelve chains at a time so that none waits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float MultiplyAdds(long count)
    {
        if (!Vector512.IsHardwareAccelerated) return MultiplyAddsOf256(count);
        var x = Vector512.Create(0.999f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (long left = count / (12 * Vector512<float>.Count); left > 0; left--)
        {
            a = Vector512.FusedMultiplyAdd(a, x, x);
            b = Vector512.FusedMultiplyAdd(b, x, x);
            c = Vector512.FusedMultiplyAdd(c, x, x);
            d = Vector512.FusedMultiplyAdd(d, x, x);
            e = Vector512.FusedMultiplyAdd(e, x, x);
            f = Vector512.FusedMultiplyAdd(f, x, x);
            g = Vector512.FusedMultiplyAdd(g, x, x);
            h = Vector512.FusedMultiplyAdd(h, x, x);
            i = Vector512.FusedMultiplyAdd(i, x, x);
            j = Vector512.FusedMultiplyAdd(j, x, x);
            k = Vector512.FusedMultiplyAdd(k, x, x);
            l = Vector512.FusedMultiplyAdd(l, x, x);
        }
        return Vector512.Sum(a + b + c + d + e + f + (g + h + i + j + k + l));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float MultiplyAddsOf256(long count)
    {
        var x = Vector256.Create(0.999f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (long left = count / (12 * Vector256<float>.Count); left > 0; left--)
        {
            a = Vector256.FusedMultiplyAdd(a, x, x);
            b = Vector256.FusedMultiplyAdd(b, x, x);
            c = Vector256.FusedMultiplyAdd(c, x, x);
            d = Vector256.FusedMultiplyAdd(d, x, x);
            e = Vector256.FusedMultiplyAdd(e, x, x);
            f = Vector256.FusedMultiplyAdd(f, x, x);
            g = Vector256.FusedMultiplyAdd(g, x, x);
            h = Vector256.FusedMultiplyAdd(h, x, x);
            i = Vector256.FusedMultiplyAdd(i, x, x);
            j = Vector256.FusedMultiplyAdd(j, x, x);
            k = Vector256.FusedMultiplyAdd(k, x, x);
            l = Vector256.FusedMultiplyAdd(l, x, x);
        }
        return Vector256.Sum(a + b + c + d + e + f + (g + h + i + j + k + l));
    }
}
