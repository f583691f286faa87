using System.Numerics;

namespace Logits.Metrics;

/// <summary>The mean squared error of probabilities: a proper score, smallest when they are true.</summary>
/// <remarks>Source: Brier, Monthly Weather Review 78, 1950. Its parts: <see cref="ScoreDecomposition.Brier(Forecasts)"/>.</remarks>
public static class Brier
{
    /// <summary>Mean Σₖ (pₖ − [k = label])² of the softmax.</summary>
    /// <param name="logits">n rows × k classes, n at least 1. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <returns>0 to 2.</returns>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax; the message gives the index.</exception>
    public static double Mean<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        Throw.IfNoSoftmax(logits);
        var row = new RowScores(logits.Classes);
        var sum = new Sum();
        for (int i = 0; i < logits.Rows; i++)
        {
            row.Read(logits[i], labels[i]);
            sum.Add(row.Brier);
        }
        return sum.Value / logits.Rows;
    }

    /// <summary>Mean (c − y)² of forecasts.</summary>
    /// <returns>0 to 1.</returns>
    public static double Mean(Forecasts forecasts)
    {
        var sum = new Sum();
        for (int i = 0; i < forecasts.Count; i++)
        {
            double error = forecasts.Happened[i] ? 1 - forecasts.Probabilities[i] : forecasts.Probabilities[i];
            sum.Add(error * error);
        }
        return sum.Value / forecasts.Count;
    }
}
