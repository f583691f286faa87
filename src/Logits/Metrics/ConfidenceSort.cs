using System.Buffers;
using System.Numerics;

namespace Logits.Metrics;

/// <summary>Sorts rows by a probability, lowest first; equal probabilities keep their row order.</summary>
/// <remarks>
/// The bits of doubles that are not negative order like integers. The 33 leading bits of what lies between the smallest and the largest stand with the row number
/// in one 64-bit word. One counted pass deals the words out by 11 bits; each bucket is then small enough to be sorted by its other 22 inside the cache. Rows that
/// 33 bits do not tell apart are few, except where a network is saturated, and are sorted by comparison.
/// </remarks>
internal static class ConfidenceSort
{
    const int RowBits = 31, KeyBits = 33, DealBits = 11, RestBits = KeyBits - DealBits;
    const ulong RowMask = (1ul << RowBits) - 1;

    /// <summary>Up to here a bucket and its copy stay in the second cache; its digits are short, so that their counters cost little.</summary>
    const int Small = 1 << 14;

    /// <param name="probabilities">n values in [0, 1]; −0 counts as 0.</param>
    /// <param name="sorted">n values: the probabilities in ascending order.</param>
    /// <param name="order">n row numbers: sorted[i] = probabilities[order[i]].</param>
    public static void Sort(ReadOnlySpan<double> probabilities, double[] sorted, int[] order)
    {
        int n = probabilities.Length;
        ulong least = ulong.MaxValue, most = 0;
        foreach (double probability in probabilities)
        {
            ulong key = BitConverter.DoubleToUInt64Bits(probability + 0.0);
            least = Math.Min(least, key);
            most = Math.Max(most, key);
        }
        int shift = n == 0 ? 0 : Math.Max(0, 64 - BitOperations.LeadingZeroCount(most - least) - KeyBits);

        ulong[] words = ArrayPool<ulong>.Shared.Rent(n), dealt = ArrayPool<ulong>.Shared.Rent(n);
        Span<int> ends = stackalloc int[1 << DealBits];
        ends.Clear();
        for (int i = 0; i < n; i++)
        {
            ulong key = (BitConverter.DoubleToUInt64Bits(probabilities[i] + 0.0) - least) >> shift;
            words[i] = key << RowBits | (uint)i;
            ends[(int)(key >> RestBits)]++;
        }
        ToStarts(ends);
        for (int i = 0; i < n; i++) dealt[ends[(int)(words[i] >> (RowBits + RestBits))]++] = words[i];
        for (int bucket = 0, start = 0; bucket < ends.Length; start = ends[bucket++])
            SortRest(dealt.AsSpan(start, ends[bucket] - start), words.AsSpan(start, ends[bucket] - start));

        bool ascending = true;
        double previous = 0;
        for (int i = 0; i < n; i++)
        {
            int row = (int)(dealt[i] & RowMask);
            double probability = probabilities[row] + 0.0;
            ascending &= probability >= previous;
            (order[i], sorted[i]) = (row, previous = probability);
        }
        if (!ascending) Finish(dealt.AsSpan(0, n), sorted, order);
        ArrayPool<ulong>.Shared.Return(words);
        ArrayPool<ulong>.Shared.Return(dealt);
    }

    static void ToStarts(Span<int> counts)
    {
        int start = 0;
        foreach (ref int count in counts) (count, start) = (start, start + count);
    }

    /// <summary>Sorts words that agree in what they were dealt by; <paramref name="spare"/> is as long.</summary>
    static void SortRest(Span<ulong> words, Span<ulong> spare)
    {
        if (words.Length <= 24)
        {
            for (int i = 1; i < words.Length; i++)
            {
                ulong word = words[i];
                int at = i;
                for (; at > 0 && words[at - 1] > word; at--) words[at] = words[at - 1];
                words[at] = word;
            }
            return;
        }

        int width = words.Length <= Small ? 8 : 11, digits = (RestBits + width - 1) / width, buckets = 1 << width;
        Span<int> counts = stackalloc int[2 << 11];
        counts = counts[..(digits * buckets)];
        counts.Clear();
        foreach (ulong word in words)
        {
            ulong key = word >> RowBits;
            for (int digit = 0; digit < digits; digit++, key >>= width) counts[digit * buckets + (int)(key & (ulong)(buckets - 1))]++;
        }
        Span<ulong> from = words, to = spare;
        for (int digit = 0; digit < digits; digit++)
        {
            Span<int> starts = counts.Slice(digit * buckets, buckets);
            int place = RowBits + digit * width;
            if (starts[(int)(from[0] >> place & (ulong)(buckets - 1))] == words.Length) continue;   // a digit that all share
            ToStarts(starts);
            foreach (ulong word in from) to[starts[(int)(word >> place & (ulong)(buckets - 1))]++] = word;
            Span<ulong> swap = from;
            from = to;
            to = swap;
        }
        if (from != words) from.CopyTo(words);
    }

    /// <summary>Sorts the stretches of rows that the words do not tell apart by their probabilities, equal ones by row.</summary>
    static void Finish(ReadOnlySpan<ulong> words, double[] sorted, int[] order)
    {
        for (int start = 0; start < words.Length;)
        {
            int end = start + 1;
            bool ascending = true;
            for (; end < words.Length && words[end] >> RowBits == words[start] >> RowBits; end++) ascending &= sorted[end] >= sorted[end - 1];
            if (!ascending)
            {
                Array.Sort(sorted, order, start, end - start);
                for (int from = start, to; from < end; from = to)
                {
                    for (to = from + 1; to < end && sorted[to] == sorted[from]; to++) { }
                    if (to - from > 1) Array.Sort(order, from, to - from);
                }
            }
            start = end;
        }
    }
}
