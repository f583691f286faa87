using System.Collections.Immutable;

namespace Logits.Conformal;

/// <summary>A set of classes for each row.</summary>
public sealed class PredictionSets
{
    readonly int[] _members, _starts;

    internal PredictionSets(int[] members, int[] starts, int classes) => (_members, _starts, Classes) = (members, starts, classes);

    /// <summary>The number of rows n.</summary>
    public int Rows => _starts.Length - 1;

    /// <summary>The number of classes k.</summary>
    public int Classes { get; }

    /// <summary>The classes in the set of a row, the likeliest first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is outside the batch.</exception>
    public ReadOnlySpan<int> this[int row]
    {
        get
        {
            if ((uint)row >= (uint)Rows)
                Throw.RowOutside(row, Rows);
            return _members.AsSpan(_starts[row].._starts[row + 1]);
        }
    }

    /// <summary>The mean number of classes in a set; NaN without rows.</summary>
    public double MeanSize => (double)_members.Length / Rows;

    /// <summary>How many sets hold 0, 1, …, k classes.</summary>
    public ImmutableArray<int> SizeCounts
    {
        get
        {
            var counts = new int[Classes + 1];
            for (int row = 0; row < Rows; row++) counts[this[row].Length]++;
            return [.. counts];
        }
    }

    /// <summary>Compares the sets with the truth.</summary>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <exception cref="ArgumentException">No rows, or a label out of range; the message gives the index.</exception>
    public ConformalReport Against(ReadOnlySpan<int> labels)
    {
        Throw.IfNoRows(Rows, "logits");
        Throw.IfNotLabels(labels, Rows, Classes);
        int covered = 0;
        int[] rows = new int[Classes], hits = new int[Classes];
        for (int row = 0; row < Rows; row++)
        {
            rows[labels[row]]++;
            if (!this[row].Contains(labels[row])) continue;
            covered++;
            hits[labels[row]]++;
        }
        var sizes = SizeCounts;
        return new((double)covered / Rows, MeanSize, (double)sizes[0] / Rows, [.. hits.Zip(rows, (hit, all) => (double)hit / all)], sizes);
    }
}
