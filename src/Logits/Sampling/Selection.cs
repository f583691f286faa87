using System.Numerics;

namespace Logits.Sampling;

/// <summary>Finding the best few without sorting the rest.</summary>
static class Selection
{
    /// <summary>Reorders so that the best <paramref name="count"/> stand first, in no order among themselves.</summary>
    /// <remarks>Hoare's quickselect; after too many unlucky pivots it sorts, so the worst case is n log n.</remarks>
    public static void MoveBestToFront(Span<Candidate> list, int count)
    {
        int low = 0, high = list.Length - 1;
        for (int tries = 2 * BitOperations.Log2((uint)list.Length | 1) + 8; low < high && count > low && count <= high; tries--)
        {
            if (tries == 0) { Sort(list[low..(high + 1)]); return; }
            int last = Partition(list, low, high);
            if (count <= last) high = last;
            else low = last + 1;
        }
    }

    /// <summary>Orders by rank, in place and without allocating.</summary>
    public static void Sort(Span<Candidate> list)
    {
        for (int tries = 2 * BitOperations.Log2((uint)list.Length | 1); list.Length > 16; tries--)
        {
            if (tries == 0) { HeapSort(list); return; }
            int last = Partition(list, 0, list.Length - 1) + 1;
            var (smaller, larger) = last <= list.Length / 2 ? (0..last, last..list.Length) : (last..list.Length, 0..last);
            Sort(list[smaller]);
            list = list[larger];
        }
        for (int i = 1; i < list.Length; i++)
        {
            var moved = list[i];
            int j = i;
            for (; j > 0 && moved.Before(list[j - 1]); j--) list[j] = list[j - 1];
            list[j] = moved;
        }
    }

    static void HeapSort(Span<Candidate> list)
    {
        for (int i = list.Length / 2 - 1; i >= 0; i--) SiftDown(list, i);
        for (int end = list.Length - 1; end > 0; end--)
        {
            (list[0], list[end]) = (list[end], list[0]);
            SiftDown(list[..end], 0);
        }

        // The worst candidate stands at the root, so that it goes to the end.
        static void SiftDown(Span<Candidate> heap, int at)
        {
            while (2 * at + 1 < heap.Length)
            {
                int child = 2 * at + 1;
                if (child + 1 < heap.Length && heap[child].Before(heap[child + 1])) child++;
                if (!heap[at].Before(heap[child])) return;
                (heap[at], heap[child]) = (heap[child], heap[at]);
                at = child;
            }
        }
    }

    /// <summary>How many of the best make up <paramref name="mass"/> of the probability; they stand first afterwards.</summary>
    /// <remarks>Quickselect by mass: each half that is decided as a whole is never ordered within.</remarks>
    public static int MoveMassToFront(Span<Candidate> list, double mass, Workspace work)
    {
        double top = double.NegativeInfinity;
        foreach (ref readonly var c in list) top = Math.Max(top, c.Score);
        double bound = Mass(list, top) * mass * (1 - StableMath.Tie), above = 0;
        int low = 0, high = list.Length - 1;
        for (int tries = 2 * BitOperations.Log2((uint)list.Length | 1) + 8; high - low > 32 && tries > 0; tries--)
        {
            int last = Partition(list, low, high);
            double upper = Mass(list[low..(last + 1)], top);
            if (above + upper >= bound) high = last;
            else { above += upper; low = last + 1; }
        }
        Sort(list[low..(high + 1)]);
        int kept = low;
        while (kept <= high && (kept == 0 || above < bound)) above += StableMath.Exp(list[kept++].Score - top);
        return kept;
    }

    /// <summary>The <paramref name="rank"/>-th largest value (1 is the largest); reorders the values.</summary>
    public static float Largest(Span<float> values, int rank)
    {
        int low = 0, high = values.Length - 1, at = rank - 1;
        while (low < high)
        {
            float pivot = Middle(values[low], values[(low + high) >>> 1], values[high]);
            int i = low, j = high;
            while (i <= j)
            {
                while (values[i] > pivot) i++;
                while (values[j] < pivot) j--;
                if (i <= j) { (values[i], values[j]) = (values[j], values[i]); i++; j--; }
            }
            if (at <= j) high = j;
            else if (at >= i) low = i;
            else break;
        }
        return values[at];

        static float Middle(float a, float b, float c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
    }

    /// <summary>Σ exp(score − top), compensated, so that a long list loses nothing.</summary>
    static double Mass(ReadOnlySpan<Candidate> list, double top)
    {
        double sum = 0, lost = 0;
        foreach (ref readonly var c in list)
        {
            double term = StableMath.Exp(c.Score - top) - lost, next = sum + term;
            lost = next - sum - term;
            sum = next;
        }
        return sum;
    }

    /// <summary>Splits low..high around a middle candidate; the last place of the better part, below high.</summary>
    static int Partition(Span<Candidate> list, int low, int high)
    {
        Candidate a = list[low], b = list[(low + high) >>> 1], c = list[high];
        Candidate pivot = a.Before(b) ? (b.Before(c) ? b : a.Before(c) ? c : a) : (a.Before(c) ? a : b.Before(c) ? c : b);
        int i = low - 1, j = high + 1;
        while (true)
        {
            do i++; while (list[i].Before(pivot));
            do j--; while (pivot.Before(list[j]));
            if (i >= j) return j;
            (list[i], list[j]) = (list[j], list[i]);
        }
    }
}
