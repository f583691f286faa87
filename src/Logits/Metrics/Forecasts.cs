using System.Buffers;
using System.Numerics;
using Logits.Kernels;

namespace Logits.Metrics;

/// <summary>Probabilities that something happens, and whether it did: what every calibration metric is computed from, sorted once.</summary>
/// <remarks>
/// The top-label view of a classifier: "my answer is right with probability max softmax(z)". The binary view: "yes with probability sigmoid(z)".
/// Sorted by probability, equal ones in row order. Immutable; safe to share between threads. 13 bytes a row, 17 with predicted classes.
/// </remarks>
public sealed class Forecasts
{
    readonly double[] _probabilities;
    readonly bool[] _happened;
    readonly int[] _rows;
    readonly int[] _classes;

    Forecasts(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> happened) : this(probabilities.Length, withClasses: false)
    {
        ConfidenceSort.Sort(probabilities, _probabilities, _rows);
        for (int i = 0; i < _rows.Length; i++) _happened[i] = happened[_rows[i]];
        Happenings = happened.Count(true);
    }

    /// <summary>Takes what was checked.</summary>
    internal Forecasts(ReadOnlySpan<double> confidences, ReadOnlySpan<int> predicted, ReadOnlySpan<int> labels) : this(confidences.Length, withClasses: true)
    {
        ConfidenceSort.Sort(confidences, _probabilities, _rows);
        // One number for class and correctness, so that rows are fetched out of order once.
        int[] answers = ArrayPool<int>.Shared.Rent(_rows.Length);
        for (int i = 0; i < _rows.Length; i++) answers[i] = predicted[i] << 1 | (predicted[i] == labels[i] ? 1 : 0);
        for (int i = 0; i < _rows.Length; i++)
        {
            int answer = answers[_rows[i]];
            (_classes[i], _happened[i]) = (answer >>> 1, (answer & 1) != 0);
        }
        ArrayPool<int>.Shared.Return(answers);
        Happenings = _happened.AsSpan().Count(true);
    }

    /// <summary>The number of forecasts n, at least 1.</summary>
    public int Count => _probabilities.Length;

    /// <summary>The n probabilities, ascending.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>Whether it happened, in the order of <see cref="Probabilities"/>.</summary>
    public ReadOnlySpan<bool> Happened => _happened;

    /// <summary>The row each forecast came from, in the order of <see cref="Probabilities"/>.</summary>
    public ReadOnlySpan<int> Rows => _rows;

    /// <summary>How many happened.</summary>
    public int Happenings { get; private set; }

    /// <summary>The share that happened.</summary>
    public double BaseRate => (double)Happenings / Count;

    /// <summary>The class each forecast is about (the predicted one), in the order of <see cref="Probabilities"/>; empty when not known.</summary>
    internal ReadOnlySpan<int> Classes => _classes;

    /// <summary>Forecasts given as probabilities and outcomes.</summary>
    /// <param name="probabilities">n values in [0, 1].</param>
    /// <param name="happened">n outcomes.</param>
    /// <exception cref="ArgumentException">No rows, lengths that differ, or a value outside [0, 1]; the message gives the index.</exception>
    public static Forecasts Of(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> happened)
    {
        Throw.IfNoRows(probabilities.Length, nameof(probabilities));
        Throw.IfNotAsMany(happened.Length, probabilities.Length, nameof(happened), nameof(probabilities));
        Throw.IfNotProbabilities(probabilities, nameof(probabilities));
        return new(probabilities, happened);
    }

    /// <summary>Forecasts about a predicted class each: "row i is of class predicted[i], with this confidence".</summary>
    /// <param name="confidences">n values in [0, 1].</param>
    /// <param name="predicted">n class indices.</param>
    /// <param name="labels">n class indices: what the rows were.</param>
    /// <exception cref="ArgumentException">No rows, lengths that differ, a value outside [0, 1] or a negative class; the message gives the index.</exception>
    public static Forecasts Of(ReadOnlySpan<double> confidences, ReadOnlySpan<int> predicted, ReadOnlySpan<int> labels)
    {
        Throw.IfNoRows(confidences.Length, nameof(confidences));
        Throw.IfNotAsMany(predicted.Length, confidences.Length, nameof(predicted), nameof(confidences));
        Throw.IfNotAsMany(labels.Length, confidences.Length, nameof(labels), nameof(confidences));
        for (int i = 0; i < predicted.Length; i++) Throw.IfNegativeClass(predicted[i], i, nameof(predicted));
        Throw.IfNotProbabilities(confidences, nameof(confidences));
        return new(confidences, predicted, labels);
    }

    /// <summary>The top-label view: the likeliest class of each row (the first of equals), with probability max softmax(z).</summary>
    /// <param name="logits">n rows × k classes. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax (NaN, +∞, all −∞); the message gives the index.</exception>
    public static Forecasts Of<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        var confidences = new double[logits.Rows];
        var predicted = new int[logits.Rows];
        ColumnSoftmax.Of(logits, confidences, predicted, columns: []);
        return new(confidences, predicted, labels);
    }

    /// <summary>The binary view: yes with probability sigmoid(z), over all rows × labels pooled.</summary>
    /// <param name="logits">n rows × m labels.</param>
    /// <param name="labels">n × m answers, 0 or 1, row after row.</param>
    /// <exception cref="ArgumentException">No rows, an answer that is not 0 or 1, or a NaN score; the message gives the index.</exception>
    public static Forecasts Of<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotAnswers(labels, logits.Rows, logits.Labels);
        Throw.IfNaN(logits);
        var probabilities = new double[labels.Length];
        var yes = new bool[labels.Length];
        for (int i = 0; i < yes.Length; i++) (probabilities[i], yes[i]) = (double.CreateTruncating(logits.Values[i]), labels[i] == 1);
        Kernel<double>.Sigmoid(probabilities, probabilities);
        return new(probabilities, yes);
    }

    Forecasts(Forecasts original, bool[] happened)
    {
        (_probabilities, _rows, _classes, _happened) = (original._probabilities, original._rows, original._classes, happened);
        Happenings = happened.AsSpan().Count(true);
    }

    /// <summary>The i-th sorted forecast taken weights[i] times; nothing is sorted again. The weights add up to n.</summary>
    internal Forecasts Drawn(int[] weights)
    {
        var drawn = new Forecasts(Count, withClasses: _classes.Length > 0);
        int to = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            for (int left = weights[i]; left > 0; left--, to++)
            {
                (drawn._probabilities[to], drawn._happened[to], drawn._rows[to]) = (_probabilities[i], _happened[i], _rows[i]);
                if (_classes.Length > 0) drawn._classes[to] = _classes[i];
            }
            if (_happened[i]) drawn.Happenings += weights[i];
        }
        return drawn;
    }

    /// <summary>Room that the caller fills.</summary>
    Forecasts(int count, bool withClasses)
    {
        _probabilities = GC.AllocateUninitializedArray<double>(count);
        _happened = GC.AllocateUninitializedArray<bool>(count);
        _rows = GC.AllocateUninitializedArray<int>(count);
        _classes = withClasses ? GC.AllocateUninitializedArray<int>(count) : [];
    }

    /// <summary>The same forecasts with other outcomes, in sorted order; nothing is sorted again.</summary>
    internal Forecasts With(bool[] happened) => new(this, happened);

    /// <summary>The forecasts from <paramref name="start"/> (in sorted order) that share its probability: the index after the last of them.</summary>
    internal int EndOfTies(int start)
    {
        double probability = _probabilities[start];
        int end = start + 1;
        while (end < _probabilities.Length && _probabilities[end] == probability) end++;
        return end;
    }
}
