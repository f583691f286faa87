namespace Logits.Cli.Inputs;

/// <summary>Rows that are already in memory.</summary>
sealed class MemoryInput(double[] values, int[] labels, int classes, bool isSingle) : ScoreInput
{
    /// <inheritdoc/>
    public override int Classes => classes;

    /// <inheritdoc/>
    public override bool IsSingle => isSingle;

    /// <inheritdoc/>
    public override bool HasLabels => labels.Length > 0;

    /// <inheritdoc/>
    protected override IEnumerable<ScoreBlock> ReadBlocks()
    {
        int step = Math.Max(1, BlockValues / classes), rows = values.Length / classes;
        for (int row = 0; row < rows; row += step)
        {
            int count = Math.Min(step, rows - row);
            // A copy, because the caller may overwrite what it is given.
            yield return new(row, values.AsSpan(row * classes, count * classes).ToArray(), classes, HasLabels ? labels.AsMemory(row, count) : default);
        }
    }
}
