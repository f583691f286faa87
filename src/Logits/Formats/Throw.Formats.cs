using System.Diagnostics.CodeAnalysis;
using Logits.Formats;

namespace Logits;

internal static partial class Throw
{
    /// <summary>The error for rows that a file does not have.</summary>
    [DoesNotReturn]
    public static void RowsOutside(long start, int count, long rows) =>
        throw new ArgumentOutOfRangeException(nameof(start), start, $"rows {start} to {start + count - 1} are asked for; the file has {rows} rows, 0 to {rows - 1}.");

    /// <summary>The error for a finite score that a narrow type would store as infinite.</summary>
    [DoesNotReturn]
    public static void TooLargeToStore(double score, long row, int column, ElementType type) =>
        throw new ArgumentException($"row {row}, score {column} is {score}, beyond the range of {type}; store Float32 or Float64.", "scores");
}
