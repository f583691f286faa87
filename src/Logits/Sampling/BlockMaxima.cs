using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Logits.Sampling;

/// <summary>The largest score of each block of 32, and what can be told from them without looking at every score again.</summary>
/// <remarks>
/// A block is one lane of a chunk of 512 scores: id, id + 16, …, id + 496 (as in <see cref="Noise"/>). So the running maximum of
/// 32 registers of 16 lanes is 16 block maxima at once, with nothing to fold. Two registers of 8 lanes make the same blocks.
/// </remarks>
static class BlockMaxima
{
    const int Lanes = Noise.Lanes, Depth = Noise.BlockSize, Chunk = Noise.ChunkSize;

    /// <summary>The number of maxima of a row: 16 for each begun chunk of 512.</summary>
    public static int Count(int length) => (length + Chunk - 1) / Chunk * Lanes;

    /// <summary>Fills <paramref name="maxima"/> and finds the largest of all; false when a score is NaN or +∞.</summary>
    public static bool Scan(ReadOnlySpan<float> row, Span<float> maxima, out float top)
    {
        maxima.Fill(float.NegativeInfinity);
        top = float.NegativeInfinity;
        bool clean = true;
        for (int i = 0; i < row.Length; i++)
        {
            int block = Noise.BlockOf(i);
            if (!(row[i] < float.PositiveInfinity)) clean = false;
            maxima[block] = Math.Max(maxima[block], row[i]);
        }
        foreach (float m in maxima) top = Math.Max(top, m);
        return clean;
    }

    /// <summary>The largest of the maxima.</summary>
    public static float Largest(ReadOnlySpan<float> maxima)
    {
        float top = float.NegativeInfinity;
        foreach (float m in maxima) top = Math.Max(top, m);
        return top;
    }

    /// <summary>The lowest id whose score is <paramref name="top"/>, the largest of the row.</summary>
    public static int FirstOf(ReadOnlySpan<float> row, ReadOnlySpan<float> maxima, float top)
    {
        int chunk = maxima.IndexOf(top) / Lanes;
        return chunk * Chunk + row[(chunk * Chunk)..].IndexOf(top);
    }

    /// <summary>Brings the maximum of one token's block up to date.</summary>
    public static void Update(ReadOnlySpan<float> row, Span<float> maxima, int token)
    {
        float largest = float.NegativeInfinity;
        for (int i = token / Chunk * Chunk + token % Lanes, n = 0; n < Depth && i < row.Length; i += Lanes, n++)
            largest = Math.Max(largest, row[i]);
        maxima[Noise.BlockOf(token)] = largest;
    }

    /// <summary>Lists the tokens that score at least <paramref name="bound"/>, looking only into blocks that hold one.</summary>
    public static int AtLeast(ReadOnlySpan<float> row, ReadOnlySpan<float> maxima, float bound, double scale, Workspace work)
    {
        int count = 0;
        for (int block = 0; block < maxima.Length; block++)
        {
            if (!(maxima[block] >= bound)) continue;
            work.GrowList(count + Depth, count);
            var list = work.List;
            for (int i = block / Lanes * Chunk + block % Lanes, n = 0; n < Depth && i < row.Length; i += Lanes, n++)
            {
                list[count] = new(i, row[i] * scale);
                if (row[i] >= bound && row[i] != float.NegativeInfinity) count++;
            }
        }
        return count;
    }

    /// <summary>A score that at least <paramref name="count"/> tokens reach: the count-th largest block maximum.</summary>
    public static float LowerBoundOfTop(ReadOnlySpan<float> maxima, int count, Workspace work)
    {
        var copy = Workspace.Room(ref work.Selection, maxima.Length);
        maxima.CopyTo(copy);
        return Selection.Largest(copy, count);
    }
}
