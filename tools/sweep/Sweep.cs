namespace Logits.Sweep;

/// <summary>What a part of the sweep found: the largest error in ulp, where, how many results are the nearest float, how many are wrong at infinities and NaN.</summary>
readonly record struct Worst(long Count, double Ulps, float At, float Result, long Rounded, long Wrong)
{
    public Worst Merge(Worst other)
    {
        Worst larger = Ulps >= other.Ulps ? this : other;
        return larger with { Count = Count + other.Count, Rounded = Rounded + other.Rounded, Wrong = Wrong + other.Wrong };
    }
}

static class Sweep
{
    const int Block = 1 << 16;

    /// <summary>Every <paramref name="parts"/>-th block of inputs, counted in bit patterns.</summary>
    public static Worst Part(Functions.Function function, uint stride, int part, int parts)
    {
        var x = new float[Block];
        var y = new float[Block];
        long count = 0, rounded = 0, wrong = 0, total = (1L << 32) / stride;
        double ulps = 0;
        float at = 0, result = 0;
        for (long start = (long)part * Block; start < total; start += (long)parts * Block)
        {
            int n = (int)Math.Min(Block, total - start);
            for (int i = 0; i < n; i++) x[i] = BitConverter.UInt32BitsToSingle((uint)((start + i) * stride));
            function.Kernel(x.AsSpan(0, n), y.AsSpan(0, n));
            for (int i = 0; i < n; i++)
            {
                count++;
                double exact = function.Reference(x[i]);
                float nearest = (float)exact;
                if (y[i].Equals(nearest))
                {
                    rounded++;
                    continue;
                }
                if (y[i] == nearest) continue;     // zeros of different sign
                if (!float.IsFinite(nearest) || !float.IsFinite(y[i]))
                {
                    // Overflow one step early or late is an error of the last place; anything else is wrong.
                    if (!(Math.Abs(exact) > 3.4028e38 && Math.Abs(y[i]) > 3.4028e38f)) wrong++;
                    continue;
                }
                double error = Math.Abs(y[i] - exact) / Ulp(nearest);
                if (error > ulps) (ulps, at, result) = (error, x[i], y[i]);
            }
        }
        return new(count, ulps, at, result, rounded, wrong);
    }

    static double Ulp(float value) => Math.Abs(value) < 1.17549435e-38f ? 1.401298464324817e-45 : Math.ScaleB(1, Math.ILogB(value) - 23);
}
