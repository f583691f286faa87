using System.Buffers;
using System.Numerics;
using Logits.Kernels;

namespace Logits.Losses;

/// <summary>Cross-entropy of a linear head, z = W x + b, without ever holding the scores: tile by tile, value and gradients.</summary>
/// <remarks>
/// <para>
/// The scores of 252 rows × 512 classes are made at a time, enough for the cache. A first sweep over the classes finds each row's logsumexp; the gradient
/// makes the same scores a second time, turns each tile into p − [label] and multiplies it into the gradients while it is warm. Besides the
/// gradients themselves the memory is O(rows) and less than 2 MB, whatever the number of classes: 252 × 32,768 scores would be 33 MB.
/// </para>
/// <para>
/// The scores have the bits of <see cref="LinearHead{T}"/>; loss and slopes are as exact as those of <see cref="CrossEntropy"/>. The same bits on every machine.
/// Source of the idea: Wijmans et al., Cut Your Losses in Large-Vocabulary Language Models (2025).
/// </para>
/// </remarks>
public static class LinearCrossEntropy
{
    const int RowTile = 252, ClassTile = 512;

    /// <summary>The mean cross-entropy over the rows that are not ignored.</summary>
    /// <param name="features">n rows × inputs.</param>
    /// <param name="head">The weights, classes × inputs, and the bias.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="ignoreIndex">The label of rows that take no part, if any.</param>
    /// <returns>Nats per row; NaN without rows.</returns>
    /// <exception cref="ArgumentException">Lengths disagree, or a label is out of range; the message gives the index.</exception>
    public static double Mean<T>(ReadOnlySpan<T> features, LinearHead<T> head, ReadOnlySpan<int> labels, int? ignoreIndex = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(features, head, labels, ignoreIndex, default, default, default, default);

    /// <summary>The cross-entropy of each row; 0 for ignored rows.</summary>
    /// <param name="features">n rows × inputs.</param>
    /// <param name="head">The weights, classes × inputs, and the bias.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="destination">One element for each row.</param>
    /// <param name="ignoreIndex">The label of rows that take no part, if any.</param>
    /// <exception cref="ArgumentException">Lengths disagree, or a label is out of range; the message gives the index.</exception>
    public static void PerRow<T>(ReadOnlySpan<T> features, LinearHead<T> head, ReadOnlySpan<int> labels, Span<double> destination, int? ignoreIndex = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfTooShort(destination.Length, labels.Length, 1);
        Run(features, head, labels, ignoreIndex, destination, default, default, default);
    }

    /// <summary>The mean and its gradients. A gradient that is not wanted is an empty span and costs nothing.</summary>
    /// <param name="features">n rows × inputs.</param>
    /// <param name="head">The weights, classes × inputs, and the bias.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="featuresGradient">Takes n × inputs derivatives.</param>
    /// <param name="weightsGradient">Takes classes × inputs derivatives.</param>
    /// <param name="biasGradient">Takes one derivative for each class.</param>
    /// <param name="ignoreIndex">The label of rows that take no part, if any.</param>
    /// <returns>Nats per row; NaN without rows.</returns>
    /// <exception cref="ArgumentException">Lengths disagree, or a label is out of range; the message gives the index.</exception>
    public static double MeanAndGradient<T>(ReadOnlySpan<T> features, LinearHead<T> head, ReadOnlySpan<int> labels, Span<T> featuresGradient, Span<T> weightsGradient, Span<T> biasGradient = default, int? ignoreIndex = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!featuresGradient.IsEmpty) Throw.IfNotAsMany(featuresGradient.Length, labels.Length, head.Inputs, nameof(featuresGradient));
        if (!weightsGradient.IsEmpty) Throw.IfNotAsMany(weightsGradient.Length, head.Outputs, head.Inputs, nameof(weightsGradient));
        if (!biasGradient.IsEmpty) Throw.IfNotAsMany(biasGradient.Length, head.Outputs, 1, nameof(biasGradient));
        return Run(features, head, labels, ignoreIndex, default, featuresGradient, weightsGradient, biasGradient);
    }

    static double Run<T>(ReadOnlySpan<T> features, LinearHead<T> head, ReadOnlySpan<int> labels, int? ignoreIndex, Span<double> perRow, Span<T> featuresGradient, Span<T> weightsGradient, Span<T> biasGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAsMany(features.Length, labels.Length, head.Inputs, nameof(features));
        if (ignoreIndex is { } ignored) Throw.IfNotLabels(labels, labels.Length, head.Outputs, ignored);
        else Throw.IfNotLabels(labels, labels.Length, head.Outputs);
        int kept = labels.Length;
        foreach (int label in labels)
            if (label == ignoreIndex) kept--;

        featuresGradient.Clear();
        weightsGradient.Clear();
        biasGradient.Clear();
        int tall = Math.Min(RowTile, labels.Length), wide = Math.Min(ClassTile, head.Outputs);
        T[] tile = ArrayPool<T>.Shared.Rent(Math.Max(1, tall * wide));
        RowMass[] masses = ArrayPool<RowMass>.Shared.Rent(Math.Max(1, tall));
        double total = 0;
        for (int row = 0; row < labels.Length; row += RowTile)
        {
            int rows = Math.Min(RowTile, labels.Length - row);
            ReadOnlySpan<T> x = features.Slice(row * head.Inputs, rows * head.Inputs);
            ReadOnlySpan<int> y = labels.Slice(row, rows);
            total += Weigh(x, head, y, ignoreIndex, tile, masses, perRow.IsEmpty ? default : perRow.Slice(row, rows));
            if (featuresGradient.IsEmpty && weightsGradient.IsEmpty && biasGradient.IsEmpty) continue;
            Span<T> toFeatures = featuresGradient.IsEmpty ? default : featuresGradient.Slice(row * head.Inputs, x.Length);
            Differentiate(x, head, y, ignoreIndex, 1.0 / kept, tile, masses, toFeatures, weightsGradient, biasGradient);
        }
        ArrayPool<T>.Shared.Return(tile);
        ArrayPool<RowMass>.Shared.Return(masses);
        return total / kept;
    }

    /// <summary>The first sweep: each row's largest score and the others' weights, merged from tile to tile; returns the summed loss.</summary>
    static double Weigh<T>(ReadOnlySpan<T> x, LinearHead<T> head, ReadOnlySpan<int> labels, int? ignoreIndex, T[] tile, RowMass[] masses, Span<double> perRow)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] own = ArrayPool<double>.Shared.Rent(labels.Length);
        for (int start = 0; start < head.Outputs; start += ClassTile)
        {
            int count = Math.Min(ClassTile, head.Outputs - start);
            head.Scores(x, labels.Length, start, count, tile);
            for (int i = 0; i < labels.Length; i++)
            {
                ReadOnlySpan<T> scores = tile.AsSpan(i * count, count);
                RowMass mass = Kernel<T>.Weigh(scores);
                masses[i] = start == 0 ? mass : LossRows<T>.Merge(masses[i], mass);
                if (labels[i] >= start && labels[i] - start < count) own[i] = double.CreateTruncating(scores[labels[i] - start]);
            }
        }

        double total = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            double loss = labels[i] == ignoreIndex ? 0 : double.IsFinite(masses[i].Max) ? (masses[i].Max - own[i]) + masses[i].Log : double.NaN;
            total += loss;
            if (!perRow.IsEmpty) perRow[i] = loss;
        }
        ArrayPool<double>.Shared.Return(own);
        return total;
    }

    /// <summary>The second sweep: the tile's scores again, turned into scale · (p − [label]) where they stand, and multiplied into the gradients.</summary>
    static void Differentiate<T>(ReadOnlySpan<T> x, LinearHead<T> head, ReadOnlySpan<int> labels, int? ignoreIndex, double scale, T[] tile, RowMass[] masses, Span<T> toFeatures, Span<T> toWeights, Span<T> toBias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < head.Outputs; start += ClassTile)
        {
            int count = Math.Min(ClassTile, head.Outputs - start);
            head.Scores(x, labels.Length, start, count, tile);
            for (int i = 0; i < labels.Length; i++)
            {
                Span<T> slope = tile.AsSpan(i * count, count);
                if (labels[i] == ignoreIndex) slope.Clear();
                else LossRows<T>.Slope(slope, labels[i] - start, masses[i], scale);
                if (toBias.IsEmpty) continue;
                Span<T> bias = toBias.Slice(start, count);
                for (int c = 0; c < count; c++) bias[c] += slope[c];
            }
            var g = new GemmMatrix<T>(tile, labels.Length, count);
            if (!toFeatures.IsEmpty) Gemm.Multiply(g, new GemmMatrix<T>(head.Weights, head.Outputs, head.Inputs).RowRange(start, count), toFeatures, accumulate: true);
            if (!toWeights.IsEmpty) Gemm.Multiply(g.Transposed, new GemmMatrix<T>(x, labels.Length, head.Inputs), toWeights.Slice(start * head.Inputs, count * head.Inputs), accumulate: true);
        }
    }
}
