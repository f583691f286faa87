namespace Logits;

internal static partial class Throw
{
    /// <summary>A starting point with an entry for each variable.</summary>
    public static void IfNotStart(int length, int dimension)
    {
        if (length != dimension)
            throw new ArgumentException($"start holds {length} entries; the objective has {dimension} variables.", "start");
    }
}
