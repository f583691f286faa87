using System.Numerics;
using System.Runtime.Intrinsics;

namespace Logits;

internal static partial class Throw
{
    /// <summary>One label for each row: a class index, or the index that is left out.</summary>
    public static void IfNotLabels(ReadOnlySpan<int> labels, int rows, int classes, int ignored)
    {
        if (labels.Length != rows)
            throw new ArgumentException($"labels holds {labels.Length} entries; the logits have {rows} rows, one label each.", nameof(labels));
        for (int i = 0; i < labels.Length; i++)
            if ((uint)labels[i] >= (uint)classes && labels[i] != ignored)
                throw new ArgumentException($"labels[{i}] is {labels[i]}; the logits have {classes} classes, 0 to {classes - 1}, and IgnoreIndex is {ignored}.", nameof(labels));
    }

    /// <summary>One target for each score.</summary>
    public static void IfNotAsMany(int length, int rows, int width, string name)
    {
        if (length != (long)rows * width)
            throw new ArgumentException($"{name} holds {length} elements; the logits are {rows} rows of {width}, {(long)rows * width} in all.", name);
    }

    /// <summary>A target share: 0 to 1, both included; binary losses read it as the probability of yes.</summary>
    public static void IfNotTargets<T>(ReadOnlySpan<T> targets, int rows, int width, bool upToOne) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        IfNotAsMany(targets.Length, rows, width, nameof(targets));
        T largest = upToOne ? T.One : T.CreateTruncating(typeof(T) == typeof(float) ? float.MaxValue : double.MaxValue);
        if (Kernels.Kernel<T>.AllWithin(targets, T.Zero, largest)) return;
        for (int i = 0; i < targets.Length; i++)
            if (!(targets[i] >= T.Zero && targets[i] <= largest))
                throw new ArgumentException($"targets[{i}] is {targets[i]}; a target is {(upToOne ? "between 0 and 1" : "at least 0 and finite")}.", nameof(targets));
    }

    /// <summary>One weight for each class, none negative.</summary>
    public static void IfNegativeWeight(ReadOnlySpan<double> weights, string name)
    {
        for (int i = 0; i < weights.Length; i++)
            if (!(weights[i] >= 0) || double.IsInfinity(weights[i]))
                throw new ArgumentOutOfRangeException(name, weights[i], $"{name}[{i}] is {weights[i]}; a weight is at least 0 and finite.");
    }

    /// <summary>As many weights as there are columns.</summary>
    public static void IfOtherCount(int count, int width, string name, string unit)
    {
        if (count != 0 && count != width)
            throw new ArgumentException($"{name} holds {count} weights; the logits have {width} {unit}, one weight each.", name);
    }

    /// <summary>Two batches of the same shape.</summary>
    public static void IfOtherShape(int rows, int classes, int otherRows, int otherClasses, string name)
    {
        if (rows != otherRows || classes != otherClasses)
            throw new ArgumentException($"{name} is {otherRows} rows × {otherClasses} classes; the logits are {rows} rows × {classes} classes.", name);
    }

    /// <summary>The exponent of a hinge.</summary>
    public static int IfNotHingePower(int value) =>
        value is 1 or 2 ? value : throw new ArgumentOutOfRangeException("Power", value, $"Power is {value}; a hinge has power 1 or 2.");

    /// <summary>A coefficient that keeps a loss decreasing in p.</summary>
    public static double IfBelowMinusOne(double value) =>
        value >= -1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException("Epsilon", value, $"Epsilon is {value}; it is at least -1 and finite.");
}
