using System.Numerics;
using System.Runtime.CompilerServices;
using Logits.Kernels;

namespace Logits.Metrics;

/// <summary>The softmax of many rows in double, eight rows side by side in a register instead of one row along it, so that rows of a few classes fill the lanes.</summary>
/// <remarks>A row's bits do not depend on its neighbours, nor on the machine's registers.</remarks>
static unsafe class ColumnSoftmax
{
    /// <param name="logits">n rows × k classes.</param>
    /// <param name="confidences">n values: the largest probability of each row.</param>
    /// <param name="predicted">n values: the first class that has it.</param>
    /// <param name="columns">Empty, or n × k values: the probabilities, class after class.</param>
    /// <exception cref="ArgumentException">A row without a softmax (NaN, +∞, all −∞); the message gives the index.</exception>
    public static void Of<T>(Logits<T> logits, Span<double> confidences, Span<int> predicted, Span<double> columns) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var room = new double[logits.Classes * Lanes.Doubles];
        bool defined;
        fixed (T* z = logits.Values)
        fixed (double* e = room, top = confidences, p = columns)
        fixed (int* at = predicted)
            defined = Lanes.Has512 ? Of<Lane512Double, T>(z, logits.Rows, logits.Classes, e, top, at, p)
                : Lanes.Has256 ? Of<Lane256Double, T>(z, logits.Rows, logits.Classes, e, top, at, p)
                : Of<Lane128Double, T>(z, logits.Rows, logits.Classes, e, top, at, p);
        if (!defined) Throw.IfNoSoftmax(logits);
    }

    /// <param name="z">Rows × classes.</param>
    /// <param name="rows">n.</param>
    /// <param name="classes">k.</param>
    /// <param name="e">Room for 8 × k: e[8 k + r] is the weight of class k in row r of a group.</param>
    /// <param name="confidences">n.</param>
    /// <param name="predicted">n.</param>
    /// <param name="columns">n × k, or null.</param>
    /// <returns>Whether every row has a softmax.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static bool Of<V, T>(T* z, int rows, int classes, double* e, double* confidences, int* predicted, double* columns)
        where V : struct, IDoubleLane<V>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double* sums = stackalloc double[Lanes.Doubles], tops = stackalloc double[Lanes.Doubles];
        for (int first = 0; first < rows; first += Lanes.Doubles)
        {
            int count = Math.Min(Lanes.Doubles, rows - first);
            T* from = z + (nint)first * classes;
            for (int r = 0; r < count; r++, from += classes)
                for (int k = 0; k < classes; k++) e[k * Lanes.Doubles + r] = double.CreateTruncating(from[k]);
            for (int r = count; r < Lanes.Doubles; r++)
                for (int k = 0; k < classes; k++) e[k * Lanes.Doubles + r] = 0;

            // A double that counts classes, so that it can be chosen in the same lanes.
            V max = V.All(double.NegativeInfinity), top = V.All(0);
            for (int k = 0; k < classes; k++)
            {
                V score = V.Load(e + k * Lanes.Doubles), above = V.Greater(score, max);
                max = V.Select(above, score, max);
                top = V.Select(above, V.All(k), top);
            }
            V sum = V.All(0);
            for (int k = 0; k < classes; k++)
            {
                V weight = DoubleMath.Exp(V.Load(e + k * Lanes.Doubles) - max);
                weight.Store(e + k * Lanes.Doubles);
                sum += weight;
            }
            // NaN, +∞ and rows of −∞ all end in NaN here; only then is it worth knowing which.
            if (double.IsNaN(V.Sum(sum))) return false;
            if (columns != null)
                for (int k = 0; k < classes; k++)
                {
                    double* to = columns + (nint)k * rows + first;
                    V probability = V.Load(e + k * Lanes.Doubles) / sum;
                    if (count == Lanes.Doubles) probability.Store(to);
                    else probability.StorePart(to, count);
                }
            (V.All(1) / sum).Store(sums);
            top.Store(tops);
            for (int r = 0; r < count; r++) (confidences[first + r], predicted[first + r]) = (sums[r], (int)tops[r]);
        }
        return true;
    }
}
