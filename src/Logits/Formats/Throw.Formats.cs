using System.Diagnostics.CodeAnalysis;

namespace Logits;

internal static partial class Throw
{
    /// <summary>The error for rows that a file does not have.</summary>
    [DoesNotReturn]
    public static void RowsOutside(long start, int count, long rows) =>
        throw new ArgumentOutOfRangeException(nameof(start), start, $"rows {start} to {start + count - 1} are asked for; the file has {rows} rows, 0 to {rows - 1}.");
}
