using System.Buffers;
using System.Numerics;
using Logits.Kernels;

namespace Logits.Losses;

/// <summary>Cross-entropy of a linear head, z = W x + b, without ever holding the scores: tile by tile, value and gradients.</summary>
/// <remarks>
/// <para>
/// The scores of 252 rows × 510 classes are made at a time, enough for the cache. A first sweep over the classes finds each row's logsumexp; a second turns each tile into
/// p − [label] and multiplies it into the gradients while it is warm. Its scores are made a second time, but for the first 252 rows where there are as many inputs: theirs
/// stand in the place of the weights' gradient until that is written. Besides the gradients themselves the memory is O(rows) and less than 2 MB in float, whatever the
/// number of classes: 252 × 32,768 scores would be 33 MB.
/// </para>
/// <para>
/// The scores have the bits of <see cref="LinearHead{T}"/>; loss and slopes are as exact as those of <see cref="CrossEntropy"/>. The same bits on every machine.
/// Source of the idea: Wijmans et al., Cut Your Losses in Large-Vocabulary Language Models (2025).
/// </para>
/// </remarks>
public static class LinearCrossEntropy
{
    /// <summary>Rows that are turned over together: what they read of a tile and what they write stays in the first-level cache.</summary>
    const int Together = 8;

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
    /// <exception cref="ArgumentException">Lengths disagree, a gradient overlaps what it is computed from, or a label is out of range; the message gives the index.</exception>
    public static double MeanAndGradient<T>(ReadOnlySpan<T> features, LinearHead<T> head, ReadOnlySpan<int> labels, Span<T> featuresGradient, Span<T> weightsGradient, Span<T> biasGradient = default, int? ignoreIndex = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!featuresGradient.IsEmpty) Throw.IfNotAsMany(featuresGradient.Length, labels.Length, head.Inputs, nameof(featuresGradient));
        if (!weightsGradient.IsEmpty) Throw.IfNotAsMany(weightsGradient.Length, head.Outputs, head.Inputs, nameof(weightsGradient));
        if (!biasGradient.IsEmpty) Throw.IfNotAsMany(biasGradient.Length, head.Outputs, 1, nameof(biasGradient));
        IfOverlaps(featuresGradient, features, head, nameof(featuresGradient));
        IfOverlaps(weightsGradient, features, head, nameof(weightsGradient));
        IfOverlaps(biasGradient, features, head, nameof(biasGradient));
        return Run(features, head, labels, ignoreIndex, default, featuresGradient, weightsGradient, biasGradient);
    }

    static void IfOverlaps<T>(ReadOnlySpan<T> gradient, ReadOnlySpan<T> features, LinearHead<T> head, string name) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (gradient.Overlaps(features) || gradient.Overlaps(head.Weights) || gradient.Overlaps(head.Bias))
            throw new ArgumentException($"{name} overlaps the features, the weights or the bias; gradients need memory of their own.", name);
    }

    static double Run<T>(ReadOnlySpan<T> features, LinearHead<T> head, ReadOnlySpan<int> labels, int? ignoreIndex, Span<double> perRow, Span<T> featuresGradient, Span<T> weightsGradient, Span<T> biasGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotAsMany(features.Length, labels.Length, head.Inputs, nameof(features));
        if (ignoreIndex is { } ignored) Throw.IfNotLabels(labels, labels.Length, head.Outputs, ignored);
        else Throw.IfNotLabels(labels, labels.Length, head.Outputs);
        int counted = labels.Length;
        foreach (int label in labels)
            if (label == ignoreIndex) counted--;

        biasGradient.Clear();
        if (labels.IsEmpty) weightsGradient.Clear();
        var work = new Work<T>(head, labels.Length);
        double total = 0;
        for (int row = 0; row < labels.Length; row += LinearHead<T>.RowTile)
        {
            int rows = Math.Min(LinearHead<T>.RowTile, labels.Length - row);
            ReadOnlySpan<T> x = features.Slice(row * head.Inputs, rows * head.Inputs);
            ReadOnlySpan<int> y = labels.Slice(row, rows);
            // Until the first rows' gradient is written, the place of the weights' gradient keeps their scores: they fit where there are no more rows than inputs.
            Span<T> kept = row == 0 && rows <= head.Inputs ? weightsGradient : default;
            total += Weigh(x, head, y, ignoreIndex, work, kept, perRow.IsEmpty ? default : perRow.Slice(row, rows));
            if (featuresGradient.IsEmpty && weightsGradient.IsEmpty && biasGradient.IsEmpty) continue;
            Span<T> toFeatures = featuresGradient.IsEmpty ? default : featuresGradient.Slice(row * head.Inputs, x.Length);
            Differentiate(x, head, y, ignoreIndex, 1.0 / counted, work, kept, toFeatures, weightsGradient, accumulate: row > 0, biasGradient);
        }
        work.Return();
        return total / counted;
    }

    /// <summary>The first sweep: each row's largest score and the others' weights, merged from tile to tile; returns the summed loss. Scores stay in <paramref name="kept"/> if that is not empty.</summary>
    static double Weigh<T>(ReadOnlySpan<T> x, LinearHead<T> head, ReadOnlySpan<int> labels, int? ignoreIndex, Work<T> work, Span<T> kept, Span<double> perRow)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = labels.Length;
        for (int start = 0; start < head.Outputs; start += LinearHead<T>.OutputTile)
        {
            int count = Math.Min(LinearHead<T>.OutputTile, head.Outputs - start);
            Span<T> byOutput = kept.IsEmpty ? work.Scores : kept.Slice(start * head.Inputs, count * rows);
            head.ScoresByOutput(x, rows, start, count, byOutput);
            for (int i = 0; i < rows; i += Together)
            {
                int some = Math.Min(Together, rows - i);
                Gemm.Transpose<T>(byOutput[i..], rows, count, some, work.SomeRows, count);
                for (int r = 0, row = i; r < some; r++, row++)
                {
                    ReadOnlySpan<T> scores = work.SomeRows.AsSpan(r * count, count);
                    RowMass mass = Kernel<T>.Weigh(scores);
                    work.Masses[row] = start == 0 ? mass : LossRows<T>.Merge(work.Masses[row], mass);
                    int label = labels[row] - start;
                    if ((uint)label < (uint)count) work.Own[row] = double.CreateTruncating(scores[label]);
                }
            }
        }

        double total = 0;
        for (int i = 0; i < rows; i++)
        {
            RowMass mass = work.Masses[i];
            double loss = labels[i] == ignoreIndex ? 0 : double.IsFinite(mass.Max) ? (mass.Max - work.Own[i]) + mass.Log : double.NaN;
            total += loss;
            if (!perRow.IsEmpty) perRow[i] = loss;
        }
        return total;
    }

    /// <summary>The second sweep: the tile's scores, kept or made again, turned into scale · (p − [label]) and multiplied into the gradients.</summary>
    static void Differentiate<T>(
        ReadOnlySpan<T> x, LinearHead<T> head, ReadOnlySpan<int> labels, int? ignoreIndex, double scale, Work<T> work, ReadOnlySpan<T> kept, Span<T> toFeatures, Span<T> toWeights, bool accumulate, Span<T> toBias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = labels.Length, inputs = head.Inputs;
        for (int start = 0; start < head.Outputs; start += LinearHead<T>.OutputTile)
        {
            int count = Math.Min(LinearHead<T>.OutputTile, head.Outputs - start);
            if (kept.IsEmpty) head.ScoresByOutput(x, rows, start, count, work.Scores);
            ReadOnlySpan<T> byOutput = kept.IsEmpty ? work.Scores : kept.Slice(start * inputs, count * rows);
            T[] slopes = work.Slopes;
            Gemm.Transpose(byOutput, rows, count, rows, slopes, count);
            for (int row = 0; row < rows; row++)
            {
                Span<T> slope = slopes.AsSpan(row * count, count);
                if (labels[row] == ignoreIndex) slope.Clear();
                else LossRows<T>.Slope(slope, labels[row] - start, work.Masses[row], scale);
                if (!toBias.IsEmpty) Add(slope, toBias.Slice(start, count));
            }
            var g = new GemmMatrix<T>(slopes, rows, count);
            if (!toFeatures.IsEmpty) Gemm.Multiply(g, new GemmMatrix<T>(head.Weights, head.Outputs, inputs).RowRange(start, count), toFeatures, accumulate: start > 0);
            if (!toWeights.IsEmpty) Gemm.Multiply(g.Transposed, new GemmMatrix<T>(x, rows, inputs), toWeights.Slice(start * inputs, count * inputs), accumulate: accumulate);
        }
    }

    static void Add<T>(ReadOnlySpan<T> terms, Span<T> sums) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= sums.Length - Vector<T>.Count; i += Vector<T>.Count) (new Vector<T>(sums[i..]) + new Vector<T>(terms[i..])).CopyTo(sums[i..]);
        for (; i < sums.Length; i++) sums[i] += terms[i];
    }

    /// <summary>Rented memory: rented when first asked for, so that a call holds no more than it uses.</summary>
    sealed class Work<T>(LinearHead<T> head, int labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly int _tile = head.TileSize(labels), _rows = Together * head.TileSize(1);
        T[]? _scores, _slopes, _someRows;

        /// <summary>A tile of scores, an output after the other.</summary>
        public T[] Scores => _scores ??= ArrayPool<T>.Shared.Rent(_tile);

        /// <summary>A tile of slopes, a row after the other.</summary>
        public T[] Slopes => _slopes ??= ArrayPool<T>.Shared.Rent(_tile);

        /// <summary>A few rows of a tile of scores.</summary>
        public T[] SomeRows => _someRows ??= ArrayPool<T>.Shared.Rent(_rows);

        /// <summary>What each row's scores come to.</summary>
        public RowMass[] Masses { get; } = ArrayPool<RowMass>.Shared.Rent(LinearHead<T>.RowTile);

        /// <summary>Each row's score of its own label.</summary>
        public double[] Own { get; } = ArrayPool<double>.Shared.Rent(LinearHead<T>.RowTile);

        public void Return()
        {
            if (_scores != null) ArrayPool<T>.Shared.Return(_scores);
            if (_slopes != null) ArrayPool<T>.Shared.Return(_slopes);
            if (_someRows != null) ArrayPool<T>.Shared.Return(_someRows);
            ArrayPool<RowMass>.Shared.Return(Masses);
            ArrayPool<double>.Shared.Return(Own);
        }
    }
}
