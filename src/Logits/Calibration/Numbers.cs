using System.Collections;
using System.Runtime.CompilerServices;

namespace Logits.Calibration;

/// <summary>An immutable list of doubles that is equal to another when all elements are the same bits; the weights, biases and knots of calibrators.</summary>
[CollectionBuilder(typeof(Numbers), nameof(Create))]
public sealed class Numbers : IReadOnlyList<double>, IEquatable<Numbers>
{
    readonly double[] _values;

    Numbers(double[] values) => _values = values;

    /// <summary>A copy of <paramref name="values"/>.</summary>
    public static Numbers Create(ReadOnlySpan<double> values) => new(values.ToArray());

    /// <summary>Takes the array over; the caller lets go of it.</summary>
    internal static Numbers Own(double[] values) => new(values);

    /// <summary><paramref name="count"/> times the same value.</summary>
    public static Numbers Repeat(double value, int count)
    {
        var values = new double[count];
        values.AsSpan().Fill(value);
        return new(values);
    }

    /// <summary>The elements in memory.</summary>
    public ReadOnlySpan<double> Span => _values;

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public double this[int index] => _values[index];

    /// <inheritdoc/>
    public bool Equals(Numbers? other)
    {
        if (other is null || other.Count != Count) return false;
        for (int i = 0; i < _values.Length; i++)
            if (BitConverter.DoubleToInt64Bits(_values[i]) != BitConverter.DoubleToInt64Bits(other._values[i])) return false;
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Numbers);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (double value in _values) hash.Add(value);
        return hash.ToHashCode();
    }

    /// <summary>The first few elements: <c>[1, 2.5, …] (100)</c>.</summary>
    public override string ToString() => Count <= 6
        ? $"[{string.Join(", ", _values)}]"
        : $"[{string.Join(", ", _values.Take(5))}, …] ({Count})";

    /// <inheritdoc/>
    public IEnumerator<double> GetEnumerator() => ((IEnumerable<double>)_values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _values.GetEnumerator();
}
