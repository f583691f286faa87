namespace Logits.Bench.Numerics;

/// <summary>Rows to measure with: like a model's scores, normal with deviation 3, the same every time.</summary>
static class Rows
{
    public static float[] Normal(int n)
    {
        var random = new Random(7);
        var x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float)(3 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return x;
    }
}
