using System.Numerics;

namespace Logits;

/// <summary>The doors in: plain memory becomes scores that know what they are.</summary>
public static class ScoreExtensions
{
    /// <summary>Reads <paramref name="scores"/> as rows of <paramref name="classes"/> scores whose classes exclude each other.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows.</exception>
    public static Logits<T> AsLogits<T>(this ReadOnlySpan<T> scores, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, classes);

    /// <inheritdoc cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>
    public static Logits<T> AsLogits<T>(this T[] scores, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, classes);

    /// <inheritdoc cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>
    public static Logits<T> AsLogits<T>(this ReadOnlyMemory<T> scores, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores.Span, classes);

    /// <summary>Reads <paramref name="scores"/> as rows of <paramref name="labels"/> yes/no scores that do not exclude each other.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows.</exception>
    public static BinaryLogits<T> AsBinaryLogits<T>(this ReadOnlySpan<T> scores, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, labels);

    /// <inheritdoc cref="AsBinaryLogits{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryLogits<T> AsBinaryLogits<T>(this T[] scores, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, labels);

    /// <inheritdoc cref="AsBinaryLogits{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryLogits<T> AsBinaryLogits<T>(this ReadOnlyMemory<T> scores, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores.Span, labels);

    /// <summary>Reads <paramref name="probabilities"/> as rows of <paramref name="classes"/> shares that sum to 1, such as soft targets.</summary>
    /// <remarks>Raw model scores enter through <see cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>.</remarks>
    /// <exception cref="ArgumentException">The length is not a whole number of rows, a value is outside 0 to 1, or a row is further than 0.001 from a sum of 1.</exception>
    public static Probabilities<T> AsProbabilities<T>(this ReadOnlySpan<T> probabilities, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rows = new Probabilities<T>(probabilities, classes);
        Throw.IfNotProbabilities(probabilities, classes);
        return rows;
    }

    /// <inheritdoc cref="AsProbabilities{T}(ReadOnlySpan{T}, int)"/>
    public static Probabilities<T> AsProbabilities<T>(this T[] probabilities, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => ((ReadOnlySpan<T>)probabilities).AsProbabilities(classes);

    /// <inheritdoc cref="AsProbabilities{T}(ReadOnlySpan{T}, int)"/>
    public static Probabilities<T> AsProbabilities<T>(this ReadOnlyMemory<T> probabilities, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => probabilities.Span.AsProbabilities(classes);
}
