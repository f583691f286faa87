using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Logits;

/// <summary>
/// Every message the library throws. A message names the thing, its value, what is allowed, and the way out.
/// Messages that only one folder needs stand in that folder's part of this class (<c>Throw.Sampling.cs</c>, …).
/// </summary>
internal static partial class Throw
{
    /// <summary>Above 0 and finite: temperatures, widths, ratios of units.</summary>
    public static double IfNotPositive(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it is above 0 and finite.");

    /// <summary>At least 0 and finite: penalties, weights, radii.</summary>
    public static double IfNegative(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it is at least 0 and finite.");

    /// <summary>A temperature: 0 (argmax) to +∞ (uniform), both limits included.</summary>
    public static double IfNotTemperature(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; a temperature is at least 0 (0 is argmax, +∞ is uniform).");

    /// <summary>A share: above 0 and at most 1.</summary>
    public static float IfNotShare(float value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; a share is above 0 and at most 1.");

    /// <summary>A level strictly between 0 and 1: confidence levels, miscoverage.</summary>
    public static double IfNotLevel(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is > 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; a level is above 0 and below 1.");

    /// <summary>A count of at least <paramref name="least"/>: bins, classes, repetitions.</summary>
    public static int IfLess(int value, int least, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value >= least ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it is at least {least}.");

    /// <summary>The number of rows in <paramref name="length"/> elements of <paramref name="classes"/> each.</summary>
    public static int IfNotWholeRows(int length, int classes, string name, string unit = "classes")
    {
        if (classes < 1)
            throw new ArgumentOutOfRangeException(nameof(classes), classes, $"{unit} is {classes}; a row has at least 1.");
        return length % classes == 0
            ? length / classes
            : throw new ArgumentException($"{name} holds {length} elements, which is not a whole number of rows of {classes} {unit}.", name);
    }

    /// <summary>A destination that holds rows × classes elements.</summary>
    public static void IfTooShort(int length, int rows, int classes, string name = "destination")
    {
        if (length < (long)rows * classes)
            throw new ArgumentException($"{name} holds {length} elements; {rows} rows × {classes} classes need {(long)rows * classes}.", name);
    }

    /// <summary>A destination that starts where its source does, or does not touch it.</summary>
    public static void IfPartlyOverlapping<T>(ReadOnlySpan<T> source, Span<T> destination)
    {
        if (!source.IsEmpty && source.Overlaps(destination, out int offset) && offset != 0)
            throw new ArgumentException($"destination overlaps the scores {offset} elements further on; work in place (the same start) or in separate memory.", nameof(destination));
    }

    /// <summary>One label for each row, each 0 to classes − 1.</summary>
    public static void IfNotLabels(ReadOnlySpan<int> labels, int rows, int classes)
    {
        if (labels.Length != rows)
            throw new ArgumentException($"labels holds {labels.Length} entries; the logits have {rows} rows, one label each.", nameof(labels));
        for (int i = 0; i < labels.Length; i++)
            if ((uint)labels[i] >= (uint)classes)
                throw new ArgumentException($"labels[{i}] is {labels[i]}; the logits have {classes} classes, 0 to {classes - 1}.", nameof(labels));
    }

    /// <summary>At least one row, where a mean over nothing has no answer.</summary>
    public static void IfNoRows(int rows, string name)
    {
        if (rows == 0)
            throw new ArgumentException($"{name} has no rows; at least 1 is needed.", name);
    }

    /// <summary>The error for a row index outside the batch.</summary>
    [DoesNotReturn]
    public static void RowOutside(int row, int rows) =>
        throw new ArgumentOutOfRangeException(nameof(row), row, rows == 0 ? $"row is {row}; there are no rows." : $"row is {row}; there are {rows} rows, 0 to {rows - 1}.");

    /// <summary>Entries from 0 to 1, rows that sum to 1.</summary>
    public static void IfNotProbabilities<T>(Probabilities<T> probabilities, double tolerance) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        IfNegative(tolerance);
        for (int row = 0; row < probabilities.Rows; row++)
        {
            double sum = 0;
            foreach (T value in probabilities[row])
            {
                if (!(value >= T.Zero && value <= T.One))
                    throw new ArgumentException($"row {row} holds {value}; a probability is from 0 to 1. Raw model scores enter through AsLogits.", nameof(probabilities));
                sum += double.CreateTruncating(value);
            }
            if (!(Math.Abs(sum - 1) <= tolerance))
                throw new ArgumentException($"row {row} sums to {sum:G6}; a row of probabilities sums to 1. Raw model scores enter through AsLogits.", nameof(probabilities));
        }
    }

    /// <summary>Entries from −∞ to 0 whose exponentials sum to 1 row by row.</summary>
    public static void IfNotLogProbabilities<T>(LogProbabilities<T> logProbabilities, double tolerance) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        IfNegative(tolerance);
        for (int row = 0; row < logProbabilities.Rows; row++)
        {
            foreach (T value in logProbabilities[row])
                if (!(value <= T.Zero))
                    throw new ArgumentException($"row {row} holds {value}; the logarithm of a probability is at most 0. Raw model scores enter through AsLogits.", nameof(logProbabilities));
            double log = Kernels.Kernel<T>.LogSumExp(logProbabilities[row]);
            if (!(Math.Abs(LogMath.ExpM1(log)) <= tolerance))
                throw new ArgumentException($"row {row} has logsumexp {log:G6}; that of log-probabilities is 0. Raw model scores enter through AsLogits.", nameof(logProbabilities));
        }
    }

    /// <summary>Entries from 0 to 1.</summary>
    public static void IfNotBinaryProbabilities<T>(BinaryProbabilities<T> probabilities) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < probabilities.Values.Length; i++)
            if (probabilities.Values[i] is var value && !(value >= T.Zero && value <= T.One))
                throw new ArgumentException($"probabilities[{i}] is {value}; a probability is from 0 to 1. Raw model scores enter through AsBinaryLogits.", nameof(probabilities));
    }

    /// <summary>A destination with one entry for each row.</summary>
    public static void IfTooShortForRows(int length, int rows, string name = "destination")
    {
        if (length < rows)
            throw new ArgumentException($"{name} holds {length} elements; {rows} rows need {rows}, one each.", name);
    }

    /// <summary>How many of the classes to keep: 1 to all.</summary>
    public static void IfNotTopCount(int k, int classes)
    {
        if (k < 1 || k > classes)
            throw new ArgumentOutOfRangeException(nameof(k), k, $"k is {k}; the logits have {classes} classes, so it is 1 to {classes}.");
    }

    /// <summary>Exactly two classes, where a softmax is a sigmoid.</summary>
    public static void IfNotTwoClasses(int classes)
    {
        if (classes != 2)
            throw new InvalidOperationException($"the logits have {classes} classes; only a softmax over 2 is a sigmoid, of the second score less the first.");
    }
}
