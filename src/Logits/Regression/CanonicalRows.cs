using System.Numerics;
using System.Runtime.InteropServices;

namespace Logits.Regression;

/// <summary>
/// Puts rows into an order that depends on their content alone and joins equal ones, adding their weights. A fit to the result has
/// the same bits however the rows were ordered, and a weight of 3 is the same as three rows.
/// </summary>
static class CanonicalRows
{
    /// <summary>Orders and joins rows.</summary>
    /// <param name="rows">n.</param>
    /// <param name="contents">Row-major tables of n rows that together are the content of a row, with their widths.</param>
    /// <param name="weights">n weights, or null for 1 each; rows of weight 0 are left out.</param>
    /// <returns>For every distinct row an index of one such row, and the sum of the weights.</returns>
    public static (int[] Rows, double[] Weights) Of(int rows, (double[] Table, int Width)[] contents, double[]? weights)
    {
        var keys = new ulong[rows];
        var order = new int[rows];
        int count = 0;
        for (int i = 0; i < rows; i++)
        {
            if (weights is not null && weights[i] == 0)
                continue;
            ulong key = 0x9E3779B97F4A7C15;
            foreach (var (table, width) in contents)
            {
                var bits = MemoryMarshal.Cast<double, ulong>(table.AsSpan(i * width, width));
                // Four chains, so that one multiplication does not wait for another. (−0 is 0: the sign bit alone is shifted out.)
                ulong a = key, b = key + 1, c = key + 2, d = key + 3;
                int j = 0;
                for (; j <= bits.Length - 4; j += 4)
                {
                    a = (a ^ Plain(bits[j])) * 0xD6E8FEB86659FD93;
                    b = (b ^ Plain(bits[j + 1])) * 0xD6E8FEB86659FD93;
                    c = (c ^ Plain(bits[j + 2])) * 0xD6E8FEB86659FD93;
                    d = (d ^ Plain(bits[j + 3])) * 0xD6E8FEB86659FD93;
                    (a, b, c, d) = (a ^ a >> 32, b ^ b >> 32, c ^ c >> 32, d ^ d >> 32);
                }
                for (; j < bits.Length; j++)
                {
                    a = (a ^ Plain(bits[j])) * 0xD6E8FEB86659FD93;
                    a ^= a >> 32;
                }
                key = ((a * 31 + b) * 31 + c) * 31 + d;
                key = (key ^ key >> 29) * 0xBF58476D1CE4E5B9;
            }
            keys[count] = key;
            order[count++] = i;
        }
        (keys, order) = Sorted(keys, order, count);

        var kept = new List<int>(count);
        var total = new List<double>(count);
        var group = new List<int>();
        for (int start = 0; start < count;)
        {
            int end = start + 1;
            while (end < count && keys[end] == keys[start])
                end++;
            if (end == start + 1)
            {
                kept.Add(order[start]);
                total.Add(weights is null ? 1 : weights[order[start]]);
            }
            else
            {
                group.Clear();
                group.AddRange(order[start..end]);
                // Equal keys are nearly always equal rows; the comparison settles it, and adds weights smallest first.
                group.Sort((a, b) => Compare(a, b) is var c and not 0 ? c : weights is null ? 0 : weights[a].CompareTo(weights[b]));
                for (int g = 0; g < group.Count; g++)
                {
                    double weight = weights is null ? 1 : weights[group[g]];
                    if (g > 0 && Compare(group[g - 1], group[g]) == 0)
                        total[^1] += weight;
                    else
                    {
                        kept.Add(group[g]);
                        total.Add(weight);
                    }
                }
            }
            start = end;
        }
        return ([.. kept], [.. total]);

        static ulong Plain(ulong bits) => bits << 1 == 0 ? 0 : bits;

        int Compare(int a, int b)
        {
            foreach (var (table, width) in contents)
                for (int j = 0; j < width; j++)
                    if (table[a * width + j].CompareTo(table[b * width + j]) is var c and not 0)
                        return c;
            return 0;
        }
    }

    /// <summary>The first keys in rising order, each with its row: dealt out by their upper bits, of which hashes have all values equally often, then sorted where several fall together.</summary>
    static (ulong[] Keys, int[] Order) Sorted(ulong[] keys, int[] order, int count)
    {
        const int Few = 16;
        int bits = Math.Clamp(BitOperations.Log2((uint)count | 1), 1, 20);
        var ends = new int[(1 << bits) + 1];
        for (int i = 0; i < count; i++)
            ends[(int)(keys[i] >> 64 - bits) + 1]++;
        for (int b = 1; b < ends.Length; b++)
            ends[b] += ends[b - 1];
        var sorted = new ulong[count];
        var rows = new int[count];
        for (int i = 0; i < count; i++)
        {
            int to = ends[(int)(keys[i] >> 64 - bits)]++;
            (sorted[to], rows[to]) = (keys[i], order[i]);
        }
        for (int b = 0, start = 0; b < 1 << bits; start = ends[b++])
        {
            int length = ends[b] - start;
            if (length > Few)
            {
                Array.Sort(sorted, rows, start, length);
                continue;
            }
            for (int i = start + 1; i < start + length; i++)
            {
                var (key, row) = (sorted[i], rows[i]);
                int to = i;
                for (; to > start && sorted[to - 1] > key; to--)
                    (sorted[to], rows[to]) = (sorted[to - 1], rows[to - 1]);
                (sorted[to], rows[to]) = (key, row);
            }
        }
        return (sorted, rows);
    }
}
