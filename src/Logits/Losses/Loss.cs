using System.Buffers;
using System.Numerics;
using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>What all losses share: they are immutable records of their options, and are summed, averaged and differentiated the same way.</summary>
/// <remarks>
/// A loss is written once, as the value and gradient of one row (<c>Row</c>) in any arithmetic. Float scores are computed in double, double scores
/// in double-double, so that a loss of 1e−30 and a difference of nearly equal distributions keep all their digits; the Hessian-vector
/// product is the same formula on numbers that carry a derivative. Thread-safe: a loss never changes.
/// </remarks>
public abstract record Loss
{
    private protected Loss() { }

    /// <summary>The loss of one row; writes its gradient with respect to the scores.</summary>
    internal abstract A Row<A>(ref Example<A> example, Span<A> gradient) where A : struct, IReal<A>;

    /// <summary>Whether a row with this label takes no part.</summary>
    internal virtual bool Skips(int label) => false;

    /// <summary>What a mean divides by.</summary>
    internal virtual A Denominator<A>(ReadOnlySpan<int> labels, int rows, int width) where A : struct, IReal<A> => A.From(rows);

    /// <summary>Options that must fit the width of the rows.</summary>
    internal virtual void Check(int rows, int width) { }

    /// <summary>The sum or mean over a batch. Spans that are not wanted are empty.</summary>
    internal double Evaluate<T>(in Batch<T> batch, bool mean, Span<double> perRow = default, Span<double> perElement = default, Span<T> gradient = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(batch.Rows, batch.Width);
        return typeof(T) == typeof(float)
            ? Evaluate<T, Plain>(batch, mean, perRow, perElement, gradient)
            : Evaluate<T, DoubleDouble>(batch, mean, perRow, perElement, gradient);
    }

    double Evaluate<T, A>(in Batch<T> batch, bool mean, Span<double> perRow, Span<double> perElement, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where A : struct, IReal<A>
    {
        A denominator = mean ? Denominator<A>(batch.Labels, batch.Rows, batch.Width) : A.From(1);
        A total = Rows(batch, A.From(1) / denominator, perRow, perElement, gradient);
        return (mean ? total / denominator : total).Value;
    }

    /// <summary>The sum over the rows; the gradient is multiplied by <paramref name="scale"/>. A loss with a loop of its own over vectors overrides this.</summary>
    internal virtual A Rows<T, A>(in Batch<T> batch, A scale, Span<double> perRow, Span<double> perElement, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where A : struct, IReal<A>
    {
        int width = batch.Width;
        A[] room = ArrayPool<A>.Shared.Rent(6 * width);
        Span<A> slope = room.AsSpan(5 * width, width);
        A total = A.From(0);
        for (int row = 0; row < batch.Rows; row++)
        {
            A loss = A.From(0);
            bool skipped = !batch.Labels.IsEmpty && Skips(batch.Labels[row]);
            if (!skipped)
            {
                Example<A> example = batch.Example<A>(row, room, perElement.IsEmpty ? 0 : width);
                loss = Row(ref example, slope);
                for (int i = 0; i < example.Elements.Length; i++) perElement[row * width + i] = example.Elements[i].Value;
                total += loss;
            }
            if (!perRow.IsEmpty) perRow[row] = loss.Value;
            if (gradient.IsEmpty) continue;
            Span<T> destination = gradient.Slice(row * width, width);
            if (skipped) destination.Clear();
            else
                for (int i = 0; i < width; i++) destination[i] = T.CreateTruncating((slope[i] * scale).Value);
        }
        ArrayPool<A>.Shared.Return(room);
        return total;
    }

    /// <summary>The Hessian of the mean times a direction.</summary>
    internal void HessianProduct<T>(in Batch<T> batch, ReadOnlySpan<T> direction, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(batch.Rows, batch.Width);
        if (typeof(T) == typeof(float)) HessianProduct<T, Plain>(batch, direction, destination);
        else HessianProduct<T, DoubleDouble>(batch, direction, destination);
    }

    void HessianProduct<T, A>(in Batch<T> batch, ReadOnlySpan<T> direction, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where A : struct, IReal<A>
    {
        int width = batch.Width;
        Dual<A>[] room = ArrayPool<Dual<A>>.Shared.Rent(6 * width);
        Span<Dual<A>> slope = room.AsSpan(5 * width, width);
        A scale = A.From(1) / Denominator<A>(batch.Labels, batch.Rows, width);
        for (int row = 0; row < batch.Rows; row++)
        {
            Span<T> product = destination.Slice(row * width, width);
            if (!batch.Labels.IsEmpty && Skips(batch.Labels[row]))
            {
                product.Clear();
                continue;
            }
            Example<Dual<A>> example = batch.Example<Dual<A>>(row, room, 0);
            for (int i = 0; i < width; i++)
                example.Scores[i] = new(example.Scores[i].Primal, A.From(double.CreateTruncating(direction[row * width + i])));
            Row(ref example, slope);
            for (int i = 0; i < width; i++) product[i] = T.CreateTruncating((slope[i].Tangent * scale).Value);
        }
        ArrayPool<Dual<A>>.Shared.Return(room);
    }
}

/// <summary>The rows of a call: scores, and labels or targets beside them.</summary>
internal readonly ref struct Batch<T>(ReadOnlySpan<T> scores, int rows, int width, ReadOnlySpan<int> labels = default, ReadOnlySpan<T> targets = default)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ReadOnlySpan<T> Scores { get; } = scores;

    public int Rows { get; } = rows;

    public int Width { get; } = width;

    public ReadOnlySpan<int> Labels { get; } = labels;

    public ReadOnlySpan<T> Targets { get; } = targets;

    /// <summary>A row widened into <paramref name="room"/>, which has place for scores, targets, scratch and elements.</summary>
    public Example<A> Example<A>(int row, A[] room, int elements) where A : struct, IReal<A>
    {
        var example = new Example<A>
        {
            Row = row,
            Label = Labels.IsEmpty ? -1 : Labels[row],
            Scores = room.AsSpan(0, Width),
            Target = room.AsSpan(Width, Targets.IsEmpty ? 0 : Width),
            Scratch = room.AsSpan(2 * Width, Width),
            MoreScratch = room.AsSpan(3 * Width, Width),
            Elements = room.AsSpan(4 * Width, elements),
        };
        Widen(Scores.Slice(row * Width, Width), example.Scores);
        if (!Targets.IsEmpty) Widen(Targets.Slice(row * Width, Width), example.Target);
        return example;
    }

    /// <summary>One row as a batch of its own.</summary>
    public Batch<T> RowAlone(int row) =>
        new(Scores.Slice(row * Width, Width), 1, Width, Labels.IsEmpty ? default : Labels.Slice(row, 1), Targets.IsEmpty ? default : Targets.Slice(row * Width, Width));

    static void Widen<A>(ReadOnlySpan<T> source, Span<A> destination) where A : struct, IReal<A>
    {
        for (int i = 0; i < source.Length; i++) destination[i] = A.From(double.CreateTruncating(source[i]));
    }
}

/// <summary>The one loss of a type with its default options, for the calls that name the type alone.</summary>
internal static class Default<TLoss> where TLoss : Loss, new()
{
    public static readonly TLoss Loss = new();
}
