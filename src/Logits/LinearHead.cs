using System.Buffers;
using System.Numerics;
using Logits.Kernels;

namespace Logits;

/// <summary>The last layer: scores z = W x + b for rows of features x.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// A view of its weights: it copies nothing, and what changes in the memory behind it changes its scores. A score is one chain of fused multiply-adds that
/// starts from the bias and goes through the features in order: the same bits on every machine and in every batch.
/// </remarks>
public readonly ref struct LinearHead<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Reads <paramref name="weights"/> as <paramref name="outputs"/> rows of features' weights.</summary>
    /// <param name="weights">outputs × inputs, one row for each class.</param>
    /// <param name="bias">One for each output, or empty for none.</param>
    /// <param name="outputs">The number of classes, at least 1.</param>
    /// <exception cref="ArgumentException">The weights are not a whole number of rows, or the bias has another length than the outputs.</exception>
    public LinearHead(ReadOnlySpan<T> weights, ReadOnlySpan<T> bias, int outputs)
    {
        Throw.IfLess(outputs, 1);
        if (weights.Length % outputs != 0 || weights.IsEmpty)
            throw new ArgumentException($"weights holds {weights.Length} elements, which is not a whole number of columns of {outputs} outputs.", nameof(weights));
        if (!bias.IsEmpty && bias.Length != outputs)
            throw new ArgumentException($"bias holds {bias.Length} elements; the head has {outputs} outputs, one each.", nameof(bias));
        Weights = weights;
        Bias = bias;
        Outputs = outputs;
        Inputs = weights.Length / outputs;
    }

    /// <summary>W: outputs × inputs.</summary>
    public ReadOnlySpan<T> Weights { get; }

    /// <summary>b: one for each output; empty when there is none.</summary>
    public ReadOnlySpan<T> Bias { get; }

    /// <summary>The number of classes.</summary>
    public int Outputs { get; }

    /// <summary>The number of features.</summary>
    public int Inputs { get; }

    /// <summary>The scores of rows of features, in new memory.</summary>
    /// <param name="features">n rows × inputs.</param>
    /// <exception cref="ArgumentException">The features are not a whole number of rows.</exception>
    public Logits<T> Apply(ReadOnlySpan<T> features) => Apply(features, new T[checked(Rows(features) * Outputs)]);

    /// <summary>The scores of rows of features, into <paramref name="destination"/>.</summary>
    /// <param name="features">n rows × inputs.</param>
    /// <param name="destination">At least n × outputs elements, apart from the features.</param>
    /// <exception cref="ArgumentException">The features are not a whole number of rows, or the destination is too short or overlaps them.</exception>
    public Logits<T> Apply(ReadOnlySpan<T> features, Span<T> destination)
    {
        int rows = Rows(features);
        Throw.IfTooShort(destination.Length, rows, Outputs);
        destination = destination[..(rows * Outputs)];
        if (features.Overlaps(destination))
            throw new ArgumentException("destination overlaps the features; scores need memory of their own.", nameof(destination));
        T[] tile = ArrayPool<T>.Shared.Rent(TileSize(rows));
        for (int row = 0; row < rows; row += RowTile)
        {
            int tall = Math.Min(RowTile, rows - row);
            for (int start = 0; start < Outputs; start += OutputTile)
            {
                int wide = Math.Min(OutputTile, Outputs - start);
                ScoresByOutput(features.Slice(row * Inputs, tall * Inputs), tall, start, wide, tile);
                Gemm.Transpose(tile, tall, wide, tall, destination[(row * Outputs + start)..], Outputs);
            }
        }
        ArrayPool<T>.Shared.Return(tile);
        return new(destination, Outputs);
    }

    /// <summary>Rows and outputs of the tiles in which scores are made: as many as the cache holds, and whole strips of the matrix product.</summary>
    internal const int RowTile = 252, OutputTile = 510;

    /// <summary>The elements of the largest tile of so many rows' scores.</summary>
    internal int TileSize(int rows) => Math.Min(rows, RowTile) * Math.Min(Outputs, OutputTile);

    /// <summary>The scores of <paramref name="count"/> outputs from <paramref name="start"/> on, an output after the other, each with a score for each row.</summary>
    /// <remarks>In this order the weights are read where they stand, and only the features, which are few, are turned over.</remarks>
    internal void ScoresByOutput(ReadOnlySpan<T> features, int rows, int start, int count, Span<T> destination) =>
        Gemm.MultiplyFrom(Bias.IsEmpty ? default : Bias.Slice(start, count), new GemmMatrix<T>(Weights, Outputs, Inputs).RowRange(start, count), new GemmMatrix<T>(features, rows, Inputs).Transposed, destination);

    int Rows(ReadOnlySpan<T> features)
    {
        if (features.Length % Inputs != 0)
            throw new ArgumentException($"features holds {features.Length} elements, which is not a whole number of rows of {Inputs} inputs.", nameof(features));
        return features.Length / Inputs;
    }
}
