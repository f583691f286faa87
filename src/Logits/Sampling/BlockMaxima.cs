using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Logits.Kernels;

namespace Logits.Sampling;

/// <summary>The largest score of each block of 32, and what can be told from them without looking at every score again.</summary>
/// <remarks>
/// A block is one lane of a chunk of 512 scores: id, id + 16, …, id + 496 (as in <see cref="Noise"/>). So the running maximum of
/// 32 registers of 16 lanes is 16 block maxima at once, with nothing to fold.
/// </remarks>
static unsafe class BlockMaxima
{
    const int Lanes16 = Noise.Lanes, Depth = Noise.BlockSize, Chunk = Noise.ChunkSize;

    /// <summary>The number of maxima of a row: 16 for each begun chunk of 512.</summary>
    public static int Count(int length) => (length + Chunk - 1) / Chunk * Lanes16;

    /// <summary>Fills <paramref name="maxima"/> and finds the largest of all; false when a score is NaN or +∞.</summary>
    public static bool Scan(ReadOnlySpan<float> row, Span<float> maxima, out float top)
    {
        fixed (float* x = row, m = maxima)
        {
            bool clean = Lanes.Has512 ? Scan<Lane512Float>(x, row.Length, m, out top) : Lanes.Has256 ? Scan<Lane256Float>(x, row.Length, m, out top) : Scan<Lane128Float>(x, row.Length, m, out top);
            if (clean) return true;
        }
        // The sum is NaN for a NaN, for +∞ beside −∞, and for finite scores beyond the range of a sum: look which.
        foreach (float score in row)
            if (!(score < float.PositiveInfinity)) return false;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static bool Scan<V>(float* x, int length, float* maxima, out float top) where V : struct, ILane<V, float>
    {
        V least = V.All(float.NegativeInfinity), largest = least;
        // Maxima lose a NaN; a sum keeps it, and additions run beside the comparisons for nothing.
        V s0 = V.All(0), s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i + Chunk <= length; i += Chunk, maxima += Lanes16)
        {
            float* end = x + i + Chunk;
            V m0 = V.Load(x + i), m1 = V.Load(x + i + Lanes16), m2 = V.Load(x + i + 2 * Lanes16), m3 = V.Load(x + i + 3 * Lanes16);
            s0 += m0;
            s1 += m1;
            s2 += m2;
            s3 += m3;
            for (float* k = x + i + 4 * Lanes16; k < end; k += 4 * Lanes16)
            {
                V a = V.Load(k), b = V.Load(k + Lanes16), c = V.Load(k + 2 * Lanes16), d = V.Load(k + 3 * Lanes16);
                m0 = V.Max(a, m0);
                m1 = V.Max(b, m1);
                m2 = V.Max(c, m2);
                m3 = V.Max(d, m3);
                s0 += a;
                s1 += b;
                s2 += c;
                s3 += d;
            }
            V m = V.Max(V.Max(m0, m1), V.Max(m2, m3));
            m.Store(maxima);
            largest = V.Max(m, largest);
        }
        if (i < length)
        {
            V m = least;
            for (; i < length; i += Lanes16)
            {
                V a = i + Lanes16 <= length ? V.Load(x + i) : V.LoadPart(x + i, length - i, float.NegativeInfinity);
                m = V.Max(a, m);
                s0 += a;
            }
            m.Store(maxima);
            largest = V.Max(m, largest);
        }
        top = V.Largest(largest);
        return !float.IsNaN(V.Sum(s0 + s1 + (s2 + s3))) && top < float.PositiveInfinity;
    }

    /// <summary>The largest of the maxima, whose number is a multiple of 16.</summary>
    public static float Largest(ReadOnlySpan<float> maxima)
    {
        fixed (float* m = maxima)
            return Lanes.Has512 ? Largest<Lane512Float>(m, maxima.Length) : Lanes.Has256 ? Largest<Lane256Float>(m, maxima.Length) : Largest<Lane128Float>(m, maxima.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Largest<V>(float* maxima, int length) where V : struct, ILane<V, float>
    {
        V largest = V.All(float.NegativeInfinity);
        for (int i = 0; i < length; i += Lanes16) largest = V.Max(V.Load(maxima + i), largest);
        return V.Largest(largest);
    }

    /// <summary>The first index whose value is above <paramref name="bound"/>; −1 when none is.</summary>
    public static int FirstAbove(ReadOnlySpan<float> values, float bound)
    {
        fixed (float* v = values)
            return Lanes.Has512 ? FirstAbove<Lane512Float>(v, values.Length, bound) : Lanes.Has256 ? FirstAbove<Lane256Float>(v, values.Length, bound) : FirstAbove<Lane128Float>(v, values.Length, bound);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int FirstAbove<V>(float* values, int length, float bound) where V : struct, ILane<V, float>
    {
        V b = V.All(bound);
        for (int i = 0; i < length; i += Lanes16)
        {
            V v = i + Lanes16 <= length ? V.Load(values + i) : V.LoadPart(values + i, length - i, float.NegativeInfinity);
            int first = V.FirstSet(V.Greater(v, b));
            if (first < Lanes16) return i + first;
        }
        return -1;
    }

    /// <summary>The lowest id whose score is <paramref name="top"/>, the largest of the row.</summary>
    public static int FirstOf(ReadOnlySpan<float> row, ReadOnlySpan<float> maxima, float top)
    {
        float below = float.BitDecrement(top);
        int start = FirstAbove(maxima, below) / Lanes16 * Chunk;
        return start + FirstAbove(row[start..], below);
    }

    /// <summary>Brings the maximum of one token's block up to date.</summary>
    public static void Update(ReadOnlySpan<float> row, Span<float> maxima, int token)
    {
        float largest = float.NegativeInfinity;
        for (int i = token / Chunk * Chunk + token % Lanes16, n = 0; n < Depth && i < row.Length; i += Lanes16, n++)
            largest = Math.Max(largest, row[i]);
        maxima[Noise.BlockOf(token)] = largest;
    }

    /// <summary>Lists the tokens that score at least <paramref name="bound"/>, looking only into blocks that hold one.</summary>
    public static int AtLeast(ReadOnlySpan<float> row, ReadOnlySpan<float> maxima, float bound, double scale, Workspace work)
    {
        // Above the next number down is the same as at least; what is ruled out never qualifies.
        float below = Math.Max(float.BitDecrement(bound), float.NegativeInfinity);
        fixed (float* x = row, m = maxima)
            return Lanes.Has512 ? Above<Lane512Float>(x, row.Length, m, below, scale, work)
                : Lanes.Has256 ? Above<Lane256Float>(x, row.Length, m, below, scale, work)
                : Above<Lane128Float>(x, row.Length, m, below, scale, work);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int Above<V>(float* x, int length, float* maxima, float below, double scale, Workspace work) where V : struct, ILane<V, float>
    {
        V bound = V.All(below);
        int count = 0;
        for (int chunk = 0; chunk < length; chunk += Chunk, maxima += Lanes16)
        {
            int lane = V.FirstSet(V.Greater(V.Load(maxima), bound));
            if (lane == Lanes16) continue;
            work.GrowList(count + Chunk, count);
            var list = work.List;
            int end = Math.Min(chunk + Chunk, length), hits = 0;
            for (int l = lane; l < Lanes16; l++) hits += maxima[l] > below ? 1 : 0;
            if (hits <= 6)
            {
                // Few blocks: walk down each.
                for (; lane < Lanes16; lane++)
                {
                    if (!(maxima[lane] > below)) continue;
                    for (int i = chunk + lane; i < end; i += Lanes16)
                        if (x[i] > below) list[count++] = new(i, x[i] * scale);
                }
                continue;
            }
            for (int k = chunk; k < end; k += Lanes16)
            {
                V scores = k + Lanes16 <= end ? V.Load(x + k) : V.LoadPart(x + k, end - k, float.NegativeInfinity);
                int first = V.FirstSet(V.Greater(scores, bound));
                for (int i = k + first; first < Lanes16 && i < Math.Min(k + Lanes16, end); i++)
                {
                    list[count] = new(i, x[i] * scale);
                    count += x[i] > below ? 1 : 0;
                }
            }
        }
        return count;
    }

    /// <summary>Lists the tokens that score above <paramref name="low"/> and at most <paramref name="high"/>.</summary>
    public static int Between(ReadOnlySpan<float> row, float low, float high, double scale, Workspace work)
    {
        fixed (float* x = row)
            return Lanes.Has512 ? Between<Lane512Float>(x, row.Length, low, high, scale, work)
                : Lanes.Has256 ? Between<Lane256Float>(x, row.Length, low, high, scale, work)
                : Between<Lane128Float>(x, row.Length, low, high, scale, work);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int Between<V>(float* x, int length, float low, float high, double scale, Workspace work) where V : struct, ILane<V, float>
    {
        V l = V.All(low), h = V.All(float.BitIncrement(high)), no = V.All(0);
        int count = 0;
        for (int i = 0; i < length; i += Lanes16)
        {
            V scores = i + Lanes16 <= length ? V.Load(x + i) : V.LoadPart(x + i, length - i, float.NegativeInfinity);
            int first = V.FirstSet(V.Select(V.Greater(scores, l), V.Greater(h, scores), no));
            if (first == Lanes16) continue;
            work.GrowList(count + Lanes16, count);
            var list = work.List;
            for (int k = i + first; k < Math.Min(i + Lanes16, length); k++)
            {
                list[count] = new(k, x[k] * scale);
                count += x[k] > low && x[k] <= high ? 1 : 0;
            }
        }
        return count;
    }

    /// <summary>Copies the scores above <paramref name="low"/> and of at most <paramref name="high"/>, in their order; up to 16 further places of the destination are overwritten.</summary>
    /// <param name="scores">May be the beginning of the destination.</param>
    /// <param name="low">The lower bound.</param>
    /// <param name="high">The upper bound.</param>
    /// <param name="destination">16 places more than the scores.</param>
    public static int Between(ReadOnlySpan<float> scores, float low, float high, Span<float> destination)
    {
        int count = 0, i = 0;
        if (Avx512F.IsSupported)
        {
            Vector512<float> l = Vector512.Create(low), h = Vector512.Create(high);
            for (; i + Lanes16 <= scores.Length; i += Lanes16)
            {
                var x = Vector512.Create(scores[i..]);
                var mask = Vector512.GreaterThan(x, l) & Vector512.LessThanOrEqual(x, h);
                Avx512F.Compress(Vector512<float>.Zero, mask, x).CopyTo(destination[count..]);
                count += BitOperations.PopCount(Vector512.ExtractMostSignificantBits(mask));
            }
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> l = Vector256.Create(low), h = Vector256.Create(high);
            for (; i + Vector256<float>.Count <= scores.Length; i += Vector256<float>.Count)
            {
                var x = Vector256.Create(scores[i..]);
                uint hits = (Vector256.GreaterThan(x, l) & Vector256.LessThanOrEqual(x, h)).ExtractMostSignificantBits();
                for (; hits != 0; hits &= hits - 1) destination[count++] = scores[i + BitOperations.TrailingZeroCount(hits)];
            }
        }
        for (; i < scores.Length; i++)
        {
            destination[count] = scores[i];
            count += scores[i] > low && scores[i] <= high ? 1 : 0;
        }
        return count;
    }

    /// <summary>A score that at least <paramref name="count"/> tokens reach: the count-th largest of the maxima of groups of blocks.</summary>
    /// <remarks>
    /// With four groups for each token asked for, a quarter of the groups reaches it, and hardly more tokens than groups do: by
    /// Poisson's law 1.15 a group.
    /// </remarks>
    public static float LowerBoundOfTop(ReadOnlySpan<float> maxima, int count, Workspace work)
    {
        int registers = Math.Max(1, maxima.Length / (4 * count));
        var groups = Workspace.Room(ref work.Selection, maxima.Length);
        int made;
        fixed (float* m = maxima, g = groups)
            made = Lanes.Has512 ? Fold<Lane512Float>(m, maxima.Length, g, registers) : Lanes.Has256 ? Fold<Lane256Float>(m, maxima.Length, g, registers) : Fold<Lane128Float>(m, maxima.Length, g, registers);
        return made < count ? float.NegativeInfinity : Selection.Largest(groups[..made], count);
    }

    /// <summary>Lane l of some consecutive registers of maxima makes one group, so that grouping is again a register maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int Fold<V>(float* maxima, int length, float* groups, int registers) where V : struct, ILane<V, float>
    {
        int made = 0;
        for (int i = 0; i < length; i += registers * Lanes16, made += Lanes16)
        {
            V m = V.Load(maxima + i);
            for (int k = i + Lanes16; k < Math.Min(i + registers * Lanes16, length); k += Lanes16) m = V.Max(V.Load(maxima + k), m);
            m.Store(groups + made);
        }
        return made;
    }
}
