using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Logits.Kernels;
using Logits.Sampling;

namespace Logits.Bench.Decoding;

/// <summary>Whole chains, one token at a time, against a plain maximum over the same array and against llama.cpp's samplers.</summary>
sealed class Chains : IArea
{
    public string Name => "decoding";

    public void Run()
    {
        foreach (int n in (int[])[32_000, 128_256])
        {
            float[] flat = Row(n), peaked = Row(n);
            for (int i = 0; i < 20; i++) peaked[i * (n / 21)] = 30 - i * 0.5f;

            foreach (var (shape, row) in (ReadOnlySpan<(string, float[])>)[("", flat), ("_peaked", peaked)])
            {
                Measure($"greedy{shape}_1x{n}", row, "greedy", ("greedy", 0));
                Measure($"default{shape}_1x{n}", row, "top-k=40,top-p=0.95,min-p=0.05,temperature=0.8", ("top_k", 40), ("top_p", 0.95), ("min_p", 0.05), ("temp", 0.8), ("dist", 1));
                Measure($"min_p{shape}_1x{n}", row, "min-p=0.05,temperature=0.8", ("min_p", 0.05), ("temp", 0.8), ("dist", 1));
                Measure($"top_p{shape}_1x{n}", row, "top-p=0.95,temperature=0.8", ("top_p", 0.95), ("temp", 0.8), ("dist", 1));
                Measure($"draw{shape}_1x{n}", row, "temperature=0.8", ("temp", 0.8), ("dist", 1));
                Measure($"draw_inverse_cdf{shape}_1x{n}", row, "temperature=0.8,inverse-cdf", ("temp", 0.8), ("dist", 1));
            }
            // The floor of a draw over everything: the largest, and the sum of exponentials, by our own kernels.
            var decoder = SamplerChain.Parse("temperature=0.8").Start(1);
            decoder.Next(flat);
            new Figure($"decoding/draw_over_log_sum_exp_1x{n}", "us").Ours(() => Again(decoder, flat)).Floor(() => Kernel<float>.LogSumExp(flat)).Print();
            var cdf = SamplerChain.Parse("temperature=0.8,inverse-cdf").Start(1);
            new Figure($"decoding/draw_inverse_cdf_over_log_sum_exp_1x{n}", "us").Ours(() => Again(cdf, flat)).Floor(() => Kernel<float>.LogSumExp(flat)).Print();
        }
    }

    static void Measure(string name, float[] row, string chain, params (string, double)[] theirs)
    {
        var decoder = SamplerChain.Parse(chain).Start(1);
        var figure = new Figure($"decoding/{name}", "us").Ours(() => Again(decoder, row)).Floor(() => Maximum(row));
        using var llama = LlamaSampler.Start(row.Length, theirs);
        if (llama is not null) figure.Peer("llama.cpp", () => llama.Next(row));
        figure.Print();
    }

    /// <summary>One token; now and then a new sequence, so that the history stays short.</summary>
    static void Again(Decoder decoder, float[] row)
    {
        if (decoder.Tokens.Length == 250) decoder.Restart();
        decoder.Next(row);
    }

    static float[] Row(int n)
    {
        var random = new Random(11);
        var x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float)(3 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return x;
    }

    /// <summary>The largest of an array, without a thought for NaN: the least any of this can cost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Maximum(float[] x)
    {
        ReadOnlySpan<float> rest = x;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> a = Vector512.Create(float.NegativeInfinity), b = a, c = a, d = a;
            for (; rest.Length >= 64; rest = rest[64..])
            {
                a = Vector512.MaxNative(Vector512.Create(rest), a);
                b = Vector512.MaxNative(Vector512.Create(rest[16..]), b);
                c = Vector512.MaxNative(Vector512.Create(rest[32..]), c);
                d = Vector512.MaxNative(Vector512.Create(rest[48..]), d);
            }
            a = Vector512.MaxNative(Vector512.MaxNative(a, b), Vector512.MaxNative(c, d));
            return Largest(a.GetLower(), a.GetUpper(), rest);
        }
        else
        {
            Vector256<float> a = Vector256.Create(float.NegativeInfinity), b = a, c = a, d = a;
            for (; rest.Length >= 32; rest = rest[32..])
            {
                a = Vector256.MaxNative(Vector256.Create(rest), a);
                b = Vector256.MaxNative(Vector256.Create(rest[8..]), b);
                c = Vector256.MaxNative(Vector256.Create(rest[16..]), c);
                d = Vector256.MaxNative(Vector256.Create(rest[24..]), d);
            }
            return Largest(Vector256.MaxNative(a, b), Vector256.MaxNative(c, d), rest);
        }
    }

    static float Largest(Vector256<float> a, Vector256<float> b, ReadOnlySpan<float> rest)
    {
        a = Vector256.MaxNative(a, b);
        float max = float.NegativeInfinity;
        for (int i = 0; i < 8; i++) max = Math.Max(max, a[i]);
        foreach (float x in rest) max = Math.Max(max, x);
        return max;
    }
}
