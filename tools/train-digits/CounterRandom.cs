namespace Logits.TrainDigits;

/// <summary>Random numbers as a function of (seed, how many were drawn): the same on every machine.</summary>
/// <remarks>SplitMix64: Steele, Lea and Flood, Fast splittable pseudorandom number generators (2014).</remarks>
public sealed class CounterRandom(ulong seed)
{
    ulong counter = seed;

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong z = counter += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform on [−1, 1), a multiple of 2⁻⁵².</summary>
    public double NextSigned() => (NextBits() >> 11) * (1.0 / (1L << 52)) - 1;

    /// <summary>0 to n−1 in random order (Fisher and Yates).</summary>
    public int[] Permutation(int n)
    {
        int[] order = [.. Enumerable.Range(0, n)];
        for (int i = n - 1; i > 0; i--)
        {
            int j = (int)(NextBits() % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }
}
