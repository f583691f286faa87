namespace Logits.Formats;

/// <summary>What an array of one dimension holds.</summary>
public enum VectorShape
{
    /// <summary>One row: the scores of one example, as in the rest of the library.</summary>
    Row,

    /// <summary>One score for each example, as yes/no classifiers give them: rows of a single class.</summary>
    Column,
}
