using System.Numerics;
using System.Runtime.Intrinsics;
using Logits.Kernels;

namespace Logits.Metrics;

/// <summary>The softmax of many rows in double, eight rows side by side in a register instead of one row along it, so that rows of a few classes fill the lanes.</summary>
/// <remarks>A block of rows stays in the cache from the first maximum to the last division. A row's bits do not depend on its neighbours.</remarks>
static class ColumnSoftmax
{
    /// <param name="logits">n rows × k classes.</param>
    /// <param name="confidences">n values: the largest probability of each row.</param>
    /// <param name="predicted">n values: the first class that has it.</param>
    /// <param name="columns">Empty, or n × k values: the probabilities, class after class.</param>
    /// <exception cref="ArgumentException">A row without a softmax (NaN, +∞, all −∞); the message gives the index.</exception>
    public static void Of<T>(Logits<T> logits, double[] confidences, int[] predicted, double[] columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int classes = logits.Classes, block = Math.Clamp(32_768 / classes / 8 * 8, 8, 512);
        double[] e = new double[block * classes], max = new double[block], sum = new double[block], top = new double[block];
        for (int start = 0; start < logits.Rows; start += block)
        {
            int rows = Math.Min(block, logits.Rows - start);
            ReadOnlySpan<T> values = logits.Values.Slice(start * classes, rows * classes);
            Array.Fill(max, double.NegativeInfinity);
            for (int k = 0; k < classes; k++)
            {
                Span<double> column = e.AsSpan(k * block, block);
                for (int i = 0; i < rows; i++) column[i] = double.CreateTruncating(values[i * classes + k]);
                // A double that counts classes, so that it can be chosen in the same lanes.
                for (int i = 0; i < block; i += 8)
                {
                    var z = Lanes(column, i);
                    var above = Vector512.GreaterThan(z, Lanes(max, i));
                    Vector512.ConditionalSelect(above, z, Lanes(max, i)).CopyTo(max.AsSpan(i));
                    Vector512.ConditionalSelect(above, Vector512.Create((double)k), Lanes(top, i)).CopyTo(top.AsSpan(i));
                }
            }
            for (int k = 0; k < classes; k++)
            {
                Span<double> column = e.AsSpan(k * block, block);
                for (int i = 0; i < block; i += 8) (Lanes(column, i) - Lanes(max, i)).CopyTo(column[i..]);
                Kernel<double>.Exp(column, column);
                for (int i = 0; i < block; i += 8) (k == 0 ? Lanes(column, i) : Lanes(sum, i) + Lanes(column, i)).CopyTo(sum.AsSpan(i));
            }
            // NaN, +∞ and rows of −∞ all end in NaN here; only then is it worth knowing which.
            for (int i = 0; i < rows; i++)
                if (double.IsNaN(sum[i])) Throw.IfNoSoftmax(logits);
            for (int k = 0; k < classes && columns.Length > 0; k++)
            {
                Span<double> column = e.AsSpan(k * block, block);
                for (int i = 0; i < block; i += 8) (Lanes(column, i) / Lanes(sum, i)).CopyTo(column[i..]);
                column[..rows].CopyTo(columns.AsSpan(k * logits.Rows + start));
            }
            for (int i = 0; i < rows; i++) (confidences[start + i], predicted[start + i]) = (1 / sum[i], (int)top[i]);
        }

        static Vector512<double> Lanes(ReadOnlySpan<double> values, int at) => Vector512.Create(values[at..]);
    }
}
