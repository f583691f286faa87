namespace Logits.Cli.Inputs;

/// <summary>Some consecutive rows of a file: logits in double, and labels where there are any.</summary>
/// <param name="FirstRow">The number of the first row, from 0.</param>
/// <param name="Values">Rows × classes.</param>
/// <param name="Classes">Scores in a row.</param>
/// <param name="Labels">One a row, or none at all.</param>
readonly record struct ScoreBlock(long FirstRow, Memory<double> Values, int Classes, ReadOnlyMemory<int> Labels)
{
    /// <summary>How many rows.</summary>
    public int Rows => Values.Length / Classes;

    /// <summary>The rows as the library takes them.</summary>
    public Logits<double> Logits => ((ReadOnlyMemory<double>)Values).AsLogits(Classes);
}
