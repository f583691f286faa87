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
                foreach (ulong bits in MemoryMarshal.Cast<double, ulong>(table.AsSpan(i * width, width)))
                    key = (key ^ (bits << 1 == 0 ? 0 : bits)) * 0xD6E8FEB86659FD93 ^ key >> 29;
            keys[count] = key;
            order[count++] = i;
        }
        Array.Sort(keys, order, 0, count);

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

        int Compare(int a, int b)
        {
            foreach (var (table, width) in contents)
                for (int j = 0; j < width; j++)
                    if (table[a * width + j].CompareTo(table[b * width + j]) is var c and not 0)
                        return c;
            return 0;
        }
    }
}
