namespace Logits.Sampling;

/// <summary>Notices when a text ends in the same few tokens over and over, so that a caller can stop.</summary>
/// <param name="MaxPattern">The longest pattern looked for, at least 1.</param>
/// <param name="MinCount">How many times in a row it must stand there, at least 2.</param>
/// <param name="MinPattern">The shortest pattern looked for, at least 1.</param>
/// <remarks>Not a stage: it changes no candidate. Costs MaxPattern · MinCount comparisons of short runs at worst.</remarks>
public sealed record LoopDetection(int MaxPattern = 64, int MinCount = 4, int MinPattern = 1)
{
    /// <summary>The shortest pattern.</summary>
    public int MinPattern { get; } = Throw.IfLess(MinPattern, 1, "min-pattern");

    /// <summary>The longest pattern.</summary>
    public int MaxPattern { get; } = Throw.IfLess(MaxPattern, MinPattern, "max-pattern");

    /// <summary>How many times in a row.</summary>
    public int MinCount { get; } = Throw.IfLess(MinCount, 2, "min-count");

    /// <summary>The length of the shortest pattern that the tokens end in <see cref="MinCount"/> times; 0 when there is none.</summary>
    public int PatternAtEnd(ReadOnlySpan<int> tokens)
    {
        for (int length = MinPattern; length <= MaxPattern && (long)length * MinCount <= tokens.Length; length++)
        {
            // A text that equals itself shifted by one length is that pattern repeated.
            var tail = tokens[^(length * MinCount)..];
            if (tail[length..].SequenceEqual(tail[..^length])) return length;
        }
        return 0;
    }
}
