using System.Numerics;

namespace Logits.Metrics;

/// <summary>Takes scores block by block, each read once, and gives their <see cref="Evaluation"/>: files larger than memory fit.</summary>
/// <remarks>
/// Keeps 3 numbers for each class and bin, and 32 bytes for each row (confidence, predicted class, label, log loss, Brier score). Where intervals are asked for,
/// some 8 MB more for that of the classwise error.
/// How the rows are cut into blocks does not change a bit of the result. One writer at a time.
/// </remarks>
public sealed class EvaluationAccumulator
{
    readonly EvaluationOptions _options;
    readonly RowScores _row;
    readonly ClasswiseBins _classwise;
    double[] _confidences = [], _logLosses = [], _briers = [];
    int[] _predicted = [], _labels = [];

    /// <summary>Starts with no rows.</summary>
    /// <param name="classes">k, at least 1.</param>
    /// <param name="options">Bins and the like; the defaults when null.</param>
    public EvaluationAccumulator(int classes, EvaluationOptions? options = null)
    {
        Classes = Throw.IfLess(classes, 1);
        _options = options ?? new();
        _row = new(classes);
        _classwise = new(classes, _options.Bins, resampled: _options.Resamples > 0);
    }

    /// <summary>The number of classes k.</summary>
    public int Classes { get; }

    /// <summary>The number of rows taken so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Takes the next rows.</summary>
    /// <param name="logits">Any number of rows × k classes. −∞ rules a class out.</param>
    /// <param name="labels">One class index for each row, 0 to k−1.</param>
    /// <exception cref="ArgumentException">
    /// Another number of classes, a label out of range, or a row without a softmax (NaN, +∞, all −∞); the message gives the row, counted from the first block on. Nothing was taken.
    /// </exception>
    public void Add<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNotClasses(logits.Classes, Classes);
        Throw.IfNotLabels(labels, logits.Rows, Classes);
        Throw.IfNoSoftmax(logits, Rows);
        Reserve(logits.Rows);
        for (int i = 0; i < logits.Rows; i++)
        {
            _row.Read(logits[i], labels[i]);
            _classwise.Add(_row.Probabilities, labels[i]);
            (_confidences[Rows], _predicted[Rows], _labels[Rows]) = (_row.Confidence, _row.Predicted, labels[i]);
            (_logLosses[Rows], _briers[Rows]) = (_row.LogLoss, _row.Brier);
            Rows++;
        }
    }

    /// <summary>The evaluation of all rows taken so far; more may follow.</summary>
    /// <exception cref="ArgumentException">No rows were taken.</exception>
    public Evaluation Finish()
    {
        Throw.IfNoRows(Rows, "logits");
        var forecasts = Forecasts.Of(_confidences.AsSpan(0, Rows), _predicted.AsSpan(0, Rows), _labels.AsSpan(0, Rows));
        return Evaluation.Of(forecasts, forecasts, _logLosses.AsSpan(0, Rows), _briers.AsSpan(0, Rows), Classes, _classwise.Error(), _options, _classwise.Interval);
    }

    void Reserve(int more)
    {
        int needed = checked(Rows + more);
        if (needed <= _confidences.Length) return;
        // Grown by half: a file's rows come in many blocks, and the arrays should not hold twice what they need.
        int size = (int)Math.Min(Array.MaxLength, Math.Max(needed, _confidences.Length * 3L / 2));
        Array.Resize(ref _confidences, size);
        Array.Resize(ref _logLosses, size);
        Array.Resize(ref _briers, size);
        Array.Resize(ref _predicted, size);
        Array.Resize(ref _labels, size);
    }
}
