using System.Numerics;

namespace Logits.Kernels;

/// <summary>The largest few of a row.</summary>
internal static class Selection
{
    /// <summary>Fills <paramref name="best"/> with the indices of the largest elements, largest first; of equals the lower index first, NaN above all.</summary>
    /// <remarks>The indices are kept as a heap whose root is the worst of the best, so that most elements cost one comparison.</remarks>
    public static void Top<T>(ReadOnlySpan<T> x, Span<int> best) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int k = best.Length;
        for (int i = 0; i < k; i++) best[i] = i;
        for (int i = k / 2 - 1; i >= 0; i--) Sink(x, best, i);
        for (int i = k; i < x.Length; i++)
            if (Before(x, i, best[0]))
            {
                best[0] = i;
                Sink(x, best, 0);
            }

        // The worst goes to the end, again and again: what remains stands best first.
        for (int end = k - 1; end > 0; end--)
        {
            (best[0], best[end]) = (best[end], best[0]);
            Sink(x, best[..end], 0);
        }
    }

    static void Sink<T>(ReadOnlySpan<T> x, Span<int> heap, int at) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        while (2 * at + 1 < heap.Length)
        {
            int child = 2 * at + 1;
            if (child + 1 < heap.Length && Before(x, heap[child], heap[child + 1])) child++;
            if (Before(x, heap[child], heap[at])) return;
            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }

    /// <summary>Whether index a stands before index b, best first.</summary>
    static bool Before<T>(ReadOnlySpan<T> x, int a, int b) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T p = x[a], q = x[b];
        if (p > q) return true;
        if (p < q) return false;
        bool pIsNaN = T.IsNaN(p), qIsNaN = T.IsNaN(q);
        return pIsNaN == qIsNaN ? a < b : pIsNaN;
    }
}
