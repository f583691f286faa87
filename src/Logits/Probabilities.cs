using System.ComponentModel;
using System.Numerics;
using Logits.Kernels;

namespace Logits;

/// <summary>Rows of probabilities, each row summing to 1. A view; it lives for a call.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>There is no Softmax, no Log and no loss here: those start from the scores.</remarks>
public readonly ref struct Probabilities<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal Probabilities(ReadOnlySpan<T> values, int classes)
    {
        Rows = Throw.IfNotWholeRows(values.Length, classes, "probabilities");
        Classes = classes;
        Values = values;
    }

    /// <summary>All probabilities, row after row: rows × classes.</summary>
    public ReadOnlySpan<T> Values { get; }

    /// <summary>The number of rows n.</summary>
    public int Rows { get; }

    /// <summary>The number of classes k, at least 1.</summary>
    public int Classes { get; }

    /// <summary>One row of k probabilities.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The row is outside the batch.</exception>
    public ReadOnlySpan<T> this[int row]
    {
        get
        {
            if ((uint)row >= (uint)Rows)
                Throw.RowOutside(row, Rows);
            return Values.Slice(row * Classes, Classes);
        }
    }

    /// <summary>Scores with these probabilities, log p, in new memory: for those who were given probabilities and no scores.</summary>
    /// <inheritdoc cref="ToLogits(Span{T})"/>
    public Logits<T> ToLogits() => ToLogits(new T[Values.Length]);

    /// <summary>Scores with these probabilities, log p, into <paramref name="destination"/>, which may be the probabilities' own memory.</summary>
    /// <remarks>
    /// An exact 0 becomes −∞: a class ruled out. Softmax of the result gives the probabilities back. What rounding took from them stays lost; if
    /// they came from a softmax you called, keep the scores you gave it.
    /// </remarks>
    /// <exception cref="ArgumentException">The destination is too short or overlaps the probabilities with an offset.</exception>
    public Logits<T> ToLogits(Span<T> destination)
    {
        destination = Ready(destination);
        Kernel<T>.Log(Values, destination);
        return new(destination, Classes);
    }

    Span<T> Ready(Span<T> destination)
    {
        Throw.IfTooShort(destination.Length, Rows, Classes);
        destination = destination[..Values.Length];
        Throw.IfPartlyOverlapping(Values, destination);
        return destination;
    }

    /// <summary>Does not compile: a second softmax flattens probabilities.</summary>
    [Obsolete("These are already probabilities; a second softmax flattens them. Use them as they are, or call Softmax on the Logits<T> with a temperature.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public Probabilities<T> Softmax(double temperature = 1) => throw new NotSupportedException();

    /// <summary>Does not compile: the logarithm of a rounded softmax is −∞ or 0 where the true value is finite.</summary>
    [Obsolete("The log of a softmax loses small and near-1 probabilities. Call LogSoftmax on the Logits<T> you gave to Softmax.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public LogProbabilities<T> Log() => throw new NotSupportedException();

    /// <summary>Does not compile: these are probabilities already.</summary>
    [Obsolete("These are already probabilities; their log-softmax means nothing. Call LogSoftmax on the Logits<T> you gave to Softmax.", error: true)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public LogProbabilities<T> LogSoftmax(double temperature = 1) => throw new NotSupportedException();
}
