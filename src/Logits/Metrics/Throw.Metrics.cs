using System.Numerics;
using Logits.Kernels;

namespace Logits;

internal static partial class Throw
{
    /// <summary>As many entries of one thing as of another.</summary>
    public static void IfNotAsMany(int length, int expected, string name, string other)
    {
        if (length != expected)
            throw new ArgumentException($"{name} holds {length} entries; {other} holds {expected}, one for each.", name);
    }

    /// <summary>Probabilities of single events, each in [0, 1].</summary>
    public static void IfNotProbabilities(ReadOnlySpan<double> probabilities, string name)
    {
        for (int i = 0; i < probabilities.Length; i++)
            if (!(probabilities[i] is >= 0 and <= 1))
                throw new ArgumentException($"{name}[{i}] is {probabilities[i]}; a probability is 0 to 1. Raw model scores enter through AsLogits.", name);
    }

    /// <summary>A class index where the number of classes is not known.</summary>
    public static void IfNegativeClass(int value, int index, string name)
    {
        if (value < 0)
            throw new ArgumentException($"{name}[{index}] is {value}; classes are numbered from 0.", name);
    }

    /// <summary>A block with the classes of the blocks before it.</summary>
    public static void IfNotClasses(int classes, int expected)
    {
        if (classes != expected)
            throw new ArgumentException($"the logits have {classes} classes; {expected} are expected, as in the rows before.", "logits");
    }

    /// <summary>Rows whose softmax exists: no NaN, no +∞, at least one class that is not ruled out.</summary>
    public static void IfNoSoftmax<T>(Logits<T> logits, long firstRow = 0) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < logits.Rows; i++)
        {
            T max = Kernel<T>.Max(logits[i]);
            if (T.IsFinite(max)) continue;
            string what = T.IsNaN(max) ? "holds NaN" : T.IsNegativeInfinity(max) ? "rules out every class (all −∞)" : "holds +∞";
            throw new ArgumentException($"row {firstRow + i} of the logits {what}; its softmax is not defined. Drop or repair the row.", nameof(logits));
        }
    }

    /// <summary>Yes/no answers, 0 or 1, one for each score.</summary>
    public static void IfNotAnswers(ReadOnlySpan<int> labels, int rows, int columns)
    {
        if (labels.Length != (long)rows * columns)
            throw new ArgumentException($"labels holds {labels.Length} entries; {rows} rows × {columns} labels need {(long)rows * columns}.", nameof(labels));
        for (int i = 0; i < labels.Length; i++)
            if ((uint)labels[i] > 1)
                throw new ArgumentException($"labels[{i}] is {labels[i]}; the answer to a yes/no question is 0 or 1.", nameof(labels));
    }

    /// <summary>Yes/no scores without NaN.</summary>
    public static void IfNaN<T>(BinaryLogits<T> logits) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < logits.Values.Length; i++)
            if (T.IsNaN(logits.Values[i]))
                throw new ArgumentException($"row {i / logits.Labels}, label {i % logits.Labels} of the logits is NaN; its sigmoid is not defined. Drop or repair the row.", nameof(logits));
    }
}
