namespace Logits.Sampling;

/// <summary>The memory of a decoder, grown once and used again for each token.</summary>
sealed class Workspace
{
    /// <summary>The candidates once they are listed.</summary>
    public Candidate[] List = [];

    /// <summary>A second list, for orders that are not by score.</summary>
    public Candidate[] Pairs = [];

    /// <summary>Numbers beside the listed candidates: probabilities, ranks' scores.</summary>
    public double[] Weights = [];

    /// <summary>Where a token stands in the list; entries may be stale and are checked against the list.</summary>
    public int[] Places = [];

    /// <summary>The scores of the vocabulary once a stage edited some.</summary>
    public float[] Edited = [];

    /// <summary>The largest score of each block of 32.</summary>
    public float[] Maxima = [];

    /// <summary>Room for a selection among <see cref="Maxima"/>.</summary>
    public float[] Selection = [];

    /// <summary>How often a token occurred; all zero between uses.</summary>
    public int[] Counts = [];

    /// <summary>Lengths of matches along the history.</summary>
    public int[] Matches = [];

    public static Span<T> Room<T>(ref T[] array, int length)
    {
        if (array.Length < length) array = new T[Math.Max(length, Math.Max(64, 2 * array.Length))];
        return array.AsSpan(0, length);
    }

    /// <summary>Makes the list hold at least <paramref name="length"/>, keeping the first <paramref name="count"/>.</summary>
    public void GrowList(int length, int count)
    {
        if (List.Length >= length) return;
        var grown = new Candidate[Math.Max(length, Math.Max(64, 2 * List.Length))];
        List.AsSpan(0, count).CopyTo(grown);
        List = grown;
    }
}
