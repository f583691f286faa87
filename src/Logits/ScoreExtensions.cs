using System.Numerics;
using Logits.Kernels;

namespace Logits;

/// <summary>The doors in: plain memory becomes scores that know what they are.</summary>
/// <remarks>Each door stands open to spans, arrays and memory; nothing is copied, except from half-precision storage, which is widened to float.</remarks>
public static class ScoreExtensions
{
    /// <summary>Reads <paramref name="scores"/> as rows of <paramref name="classes"/> scores whose classes exclude each other.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows.</exception>
    public static Logits<T> AsLogits<T>(this ReadOnlySpan<T> scores, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, classes);

    /// <inheritdoc cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>
    public static Logits<T> AsLogits<T>(this Span<T> scores, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, classes);

    /// <inheritdoc cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>
    public static Logits<T> AsLogits<T>(this T[] scores, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, classes);

    /// <inheritdoc cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>
    public static Logits<T> AsLogits<T>(this ReadOnlyMemory<T> scores, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores.Span, classes);

    /// <inheritdoc cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>
    public static Logits<T> AsLogits<T>(this Memory<T> scores, int classes) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores.Span, classes);

    /// <summary>Reads <paramref name="scores"/> as rows of <paramref name="labels"/> yes/no scores that do not exclude each other.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows.</exception>
    public static BinaryLogits<T> AsBinaryLogits<T>(this ReadOnlySpan<T> scores, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, labels);

    /// <inheritdoc cref="AsBinaryLogits{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryLogits<T> AsBinaryLogits<T>(this Span<T> scores, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, labels);

    /// <inheritdoc cref="AsBinaryLogits{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryLogits<T> AsBinaryLogits<T>(this T[] scores, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores, labels);

    /// <inheritdoc cref="AsBinaryLogits{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryLogits<T> AsBinaryLogits<T>(this ReadOnlyMemory<T> scores, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores.Span, labels);

    /// <inheritdoc cref="AsBinaryLogits{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryLogits<T> AsBinaryLogits<T>(this Memory<T> scores, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(scores.Span, labels);

    /// <summary>Reads <paramref name="probabilities"/> as rows of <paramref name="classes"/> probabilities that sum to 1, and checks that they do.</summary>
    /// <param name="probabilities">Rows × classes numbers from 0 to 1. Raw scores enter through <see cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>.</param>
    /// <param name="classes">The number of classes k.</param>
    /// <param name="tolerance">How far from 1 a row may sum: rounding, half precision and printed digits, not another kind of number.</param>
    /// <exception cref="ArgumentException">The length is not a whole number of rows; an entry is outside 0 to 1 or NaN; a row's sum is further from 1 than the tolerance.</exception>
    public static Probabilities<T> AsProbabilities<T>(this ReadOnlySpan<T> probabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var view = new Probabilities<T>(probabilities, classes);
        Throw.IfNotProbabilities(view, tolerance);
        return view;
    }

    /// <inheritdoc cref="AsProbabilities{T}(ReadOnlySpan{T}, int, double)"/>
    public static Probabilities<T> AsProbabilities<T>(this Span<T> probabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsProbabilities((ReadOnlySpan<T>)probabilities, classes, tolerance);

    /// <inheritdoc cref="AsProbabilities{T}(ReadOnlySpan{T}, int, double)"/>
    public static Probabilities<T> AsProbabilities<T>(this T[] probabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsProbabilities((ReadOnlySpan<T>)probabilities, classes, tolerance);

    /// <inheritdoc cref="AsProbabilities{T}(ReadOnlySpan{T}, int, double)"/>
    public static Probabilities<T> AsProbabilities<T>(this ReadOnlyMemory<T> probabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsProbabilities((ReadOnlySpan<T>)probabilities.Span, classes, tolerance);

    /// <inheritdoc cref="AsProbabilities{T}(ReadOnlySpan{T}, int, double)"/>
    public static Probabilities<T> AsProbabilities<T>(this Memory<T> probabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsProbabilities((ReadOnlySpan<T>)probabilities.Span, classes, tolerance);

    /// <summary>Reads <paramref name="logProbabilities"/> as rows of <paramref name="classes"/> natural logarithms of probabilities that sum to 1, and checks that they do.</summary>
    /// <param name="logProbabilities">Rows × classes logarithms, −∞ to 0. Raw scores enter through <see cref="AsLogits{T}(ReadOnlySpan{T}, int)"/>.</param>
    /// <param name="classes">The number of classes k.</param>
    /// <param name="tolerance">How far from 1 a row may sum: rounding, half precision and printed digits, not another kind of number.</param>
    /// <exception cref="ArgumentException">The length is not a whole number of rows; an entry is above 0 or NaN; a row's probabilities sum further from 1 than the tolerance.</exception>
    public static LogProbabilities<T> AsLogProbabilities<T>(this ReadOnlySpan<T> logProbabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var view = new LogProbabilities<T>(logProbabilities, classes);
        Throw.IfNotLogProbabilities(view, tolerance);
        return view;
    }

    /// <inheritdoc cref="AsLogProbabilities{T}(ReadOnlySpan{T}, int, double)"/>
    public static LogProbabilities<T> AsLogProbabilities<T>(this Span<T> logProbabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsLogProbabilities((ReadOnlySpan<T>)logProbabilities, classes, tolerance);

    /// <inheritdoc cref="AsLogProbabilities{T}(ReadOnlySpan{T}, int, double)"/>
    public static LogProbabilities<T> AsLogProbabilities<T>(this T[] logProbabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsLogProbabilities((ReadOnlySpan<T>)logProbabilities, classes, tolerance);

    /// <inheritdoc cref="AsLogProbabilities{T}(ReadOnlySpan{T}, int, double)"/>
    public static LogProbabilities<T> AsLogProbabilities<T>(this ReadOnlyMemory<T> logProbabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsLogProbabilities((ReadOnlySpan<T>)logProbabilities.Span, classes, tolerance);

    /// <inheritdoc cref="AsLogProbabilities{T}(ReadOnlySpan{T}, int, double)"/>
    public static LogProbabilities<T> AsLogProbabilities<T>(this Memory<T> logProbabilities, int classes, double tolerance = 1e-3) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsLogProbabilities((ReadOnlySpan<T>)logProbabilities.Span, classes, tolerance);

    /// <summary>Reads <paramref name="probabilities"/> as rows of <paramref name="labels"/> independent probabilities of yes, and checks that each is one.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows, or an entry is outside 0 to 1 or NaN.</exception>
    public static BinaryProbabilities<T> AsBinaryProbabilities<T>(this ReadOnlySpan<T> probabilities, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var view = new BinaryProbabilities<T>(probabilities, labels);
        Throw.IfNotBinaryProbabilities(view);
        return view;
    }

    /// <inheritdoc cref="AsBinaryProbabilities{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryProbabilities<T> AsBinaryProbabilities<T>(this Span<T> probabilities, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsBinaryProbabilities((ReadOnlySpan<T>)probabilities, labels);

    /// <inheritdoc cref="AsBinaryProbabilities{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryProbabilities<T> AsBinaryProbabilities<T>(this T[] probabilities, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsBinaryProbabilities((ReadOnlySpan<T>)probabilities, labels);

    /// <inheritdoc cref="AsBinaryProbabilities{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryProbabilities<T> AsBinaryProbabilities<T>(this ReadOnlyMemory<T> probabilities, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsBinaryProbabilities((ReadOnlySpan<T>)probabilities.Span, labels);

    /// <inheritdoc cref="AsBinaryProbabilities{T}(ReadOnlySpan{T}, int)"/>
    public static BinaryProbabilities<T> AsBinaryProbabilities<T>(this Memory<T> probabilities, int labels = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        AsBinaryProbabilities((ReadOnlySpan<T>)probabilities.Span, labels);

    /// <summary>Reads half-precision scores as rows of <paramref name="classes"/>: widened to float, exactly, into new memory.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows.</exception>
    public static Logits<float> AsLogits(this ReadOnlySpan<Half> scores, int classes) => AsLogits(scores, classes, new float[scores.Length]);

    /// <inheritdoc cref="AsLogits(ReadOnlySpan{Half}, int)"/>
    public static Logits<float> AsLogits(this Half[] scores, int classes) => AsLogits((ReadOnlySpan<Half>)scores, classes);

    /// <summary>Reads half-precision scores as rows of <paramref name="classes"/>: widened to float, exactly, into <paramref name="widened"/>.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows, or <paramref name="widened"/> is too short.</exception>
    public static Logits<float> AsLogits(this ReadOnlySpan<Half> scores, int classes, Span<float> widened)
    {
        int rows = Throw.IfNotWholeRows(scores.Length, classes, nameof(scores), "classes");
        Throw.IfTooShort(widened.Length, rows, classes, nameof(widened));
        Storage.Widen(scores, widened);
        return new(widened[..scores.Length], classes);
    }

    /// <summary>Reads bfloat16 scores as rows of <paramref name="classes"/>: widened to float, exactly, into new memory.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows.</exception>
    public static Logits<float> AsLogits(this ReadOnlySpan<BFloat16> scores, int classes) => AsLogits(scores, classes, new float[scores.Length]);

    /// <inheritdoc cref="AsLogits(ReadOnlySpan{BFloat16}, int)"/>
    public static Logits<float> AsLogits(this BFloat16[] scores, int classes) => AsLogits((ReadOnlySpan<BFloat16>)scores, classes);

    /// <summary>Reads bfloat16 scores as rows of <paramref name="classes"/>: widened to float, exactly, into <paramref name="widened"/>.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows, or <paramref name="widened"/> is too short.</exception>
    public static Logits<float> AsLogits(this ReadOnlySpan<BFloat16> scores, int classes, Span<float> widened)
    {
        int rows = Throw.IfNotWholeRows(scores.Length, classes, nameof(scores), "classes");
        Throw.IfTooShort(widened.Length, rows, classes, nameof(widened));
        Storage.Widen(scores, widened);
        return new(widened[..scores.Length], classes);
    }

    /// <summary>Reads half-precision scores as rows of <paramref name="labels"/>: widened to float, exactly, into new memory.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows.</exception>
    public static BinaryLogits<float> AsBinaryLogits(this ReadOnlySpan<Half> scores, int labels = 1) => AsBinaryLogits(scores, labels, new float[scores.Length]);

    /// <inheritdoc cref="AsBinaryLogits(ReadOnlySpan{Half}, int)"/>
    public static BinaryLogits<float> AsBinaryLogits(this Half[] scores, int labels = 1) => AsBinaryLogits((ReadOnlySpan<Half>)scores, labels);

    /// <summary>Reads half-precision scores as rows of <paramref name="labels"/>: widened to float, exactly, into <paramref name="widened"/>.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows, or <paramref name="widened"/> is too short.</exception>
    public static BinaryLogits<float> AsBinaryLogits(this ReadOnlySpan<Half> scores, int labels, Span<float> widened)
    {
        int rows = Throw.IfNotWholeRows(scores.Length, labels, nameof(scores), "labels");
        Throw.IfTooShort(widened.Length, rows, labels, nameof(widened));
        Storage.Widen(scores, widened);
        return new(widened[..scores.Length], labels);
    }

    /// <summary>Reads bfloat16 scores as rows of <paramref name="labels"/>: widened to float, exactly, into new memory.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows.</exception>
    public static BinaryLogits<float> AsBinaryLogits(this ReadOnlySpan<BFloat16> scores, int labels = 1) => AsBinaryLogits(scores, labels, new float[scores.Length]);

    /// <inheritdoc cref="AsBinaryLogits(ReadOnlySpan{BFloat16}, int)"/>
    public static BinaryLogits<float> AsBinaryLogits(this BFloat16[] scores, int labels = 1) => AsBinaryLogits((ReadOnlySpan<BFloat16>)scores, labels);

    /// <summary>Reads bfloat16 scores as rows of <paramref name="labels"/>: widened to float, exactly, into <paramref name="widened"/>.</summary>
    /// <exception cref="ArgumentException">The length is not a whole number of rows, or <paramref name="widened"/> is too short.</exception>
    public static BinaryLogits<float> AsBinaryLogits(this ReadOnlySpan<BFloat16> scores, int labels, Span<float> widened)
    {
        int rows = Throw.IfNotWholeRows(scores.Length, labels, nameof(scores), "labels");
        Throw.IfTooShort(widened.Length, rows, labels, nameof(widened));
        Storage.Widen(scores, widened);
        return new(widened[..scores.Length], labels);
    }
}
