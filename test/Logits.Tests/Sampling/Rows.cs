namespace Logits.Tests.Sampling;

/// <summary>Rows of scores for trying samplers on: random ones and ones that are meant to hurt.</summary>
static class Rows
{
    /// <summary>Row <paramref name="number"/> of an endless list; always at least one finite score.</summary>
    public static float[] Make(int number, int longest = 80)
    {
        var random = new Random(number);
        int n = random.Next(20) switch { 0 => 1, 1 => 2, 2 => 3, _ => random.Next(1, longest) };
        var row = new float[n];
        double spread = random.Next(4) switch { 0 => 0.01, 1 => 1, 2 => 3, _ => 12 };
        for (int i = 0; i < n; i++) row[i] = (float)(spread * Normal(random));
        switch (random.Next(10))
        {
            case 0: Array.Fill(row, (float)Normal(random)); break;                                                  // all equal
            case 1: for (int i = 0; i < n; i++) row[i] = random.Next(4); break;                                     // many ties
            case 2: for (int i = 0; i < n; i++) if (random.Next(2) == 0) row[i] = float.NegativeInfinity; break;    // half ruled out
            case 3: for (int i = 0; i < n; i++) row[i] *= 1e-41f; break;                                            // subnormal
            case 4: for (int i = 0; i < n; i++) row[i] += 1000; break;                                              // far from 0
            case 5: for (int i = 0; i < n; i++) row[i] = i * 1e30f; break;                                          // one has everything
            case 6: for (int i = 0; i < n; i++) row[i] = MathF.Log(1 + random.Next(5)); break;                      // masses in whole ratios
            case 7: row[random.Next(n)] += 20; break;                                                               // peaked
        }
        if (row.All(float.IsNegativeInfinity)) row[random.Next(n)] = 0;
        return row;
    }

    /// <summary>A row of a vocabulary's size, normal with deviation <paramref name="spread"/>.</summary>
    public static float[] Vocabulary(int size, double spread, int seed)
    {
        var random = new Random(seed);
        var row = new float[size];
        for (int i = 0; i < size; i++) row[i] = (float)(spread * Normal(random));
        return row;
    }

    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
