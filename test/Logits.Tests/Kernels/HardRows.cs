namespace Logits.Tests.Kernels;

/// <summary>Random rows of the kinds that break softmaxes, the same for a seed.</summary>
static class HardRows
{
    public static readonly string[] Kinds =
        ["normal", "wide", "narrow", "offset", "confident", "very confident", "two levels", "quantised", "one big, many small", "masked", "huge", "tiny", "near ties", "like log-probabilities", "peak", "climbing", "one far below"];

    /// <summary>A row whose scores are exactly floats, so that both kernels can be judged on it; of some length unless <paramref name="classes"/> gives it.</summary>
    public static float[] Row(Random random, string kind, int classes = 0)
    {
        int n = classes > 0 ? classes : kind == "one big, many small" ? random.Next(100, 400) : random.Next(1, 70);
        var x = new float[n];
        double scale = kind switch { "wide" => 40, "narrow" => 0.01, "tiny" => 1e-30, "huge" => 1e37, _ => 3 };
        for (int i = 0; i < n; i++) x[i] = (float)(scale * Normal());
        int top = random.Next(n);
        switch (kind)
        {
            case "offset":
                float offset = (float)(Math.Pow(10, random.Next(2, 9)) * (random.Next(2) * 2 - 1));
                for (int i = 0; i < n; i++) x[i] += offset;
                break;
            case "confident": x[top] += random.Next(10, 40); break;
            case "peak": x[top] += random.Next(1, 60); break;
            case "climbing":
                double slope = random.NextDouble() * 100 / n;
                for (int i = 0; i < n; i++) x[i] += (float)(slope * i);
                break;
            case "one far below": x[top] -= random.Next(40, 130); break;
            case "very confident": x[top] += random.Next(60, 120); break;
            case "two levels":
                float low = x[top] - (float)(random.NextDouble() * 3);
                for (int i = 0; i < n; i++) if (random.Next(3) > 0) x[i] = low;
                break;
            case "quantised":
                for (int i = 0; i < n; i++) x[i] = MathF.Round(x[i] * 2) / 2;
                break;
            case "one big, many small":
                float small = x[top] - (float)(5 + random.NextDouble() * 15);
                for (int i = 0; i < n; i++) if (i != top) x[i] = small + (float)(random.NextDouble() * 1e-3);
                break;
            case "masked":
                for (int i = 0; i < n; i++) if (i != top && random.Next(2) == 0) x[i] = float.NegativeInfinity;
                break;
            case "near ties":
                for (int i = 0; i < n; i++) x[i] = MathF.BitIncrement(x[top]) * (random.Next(2) == 0 ? 1 : 1 + 1e-7f);
                break;
            case "like log-probabilities":
                double sum = x.Sum(v => Math.Exp(v));
                for (int i = 0; i < n; i++) x[i] = (float)(x[i] - Math.Log(sum));
                break;
        }
        return x;

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
