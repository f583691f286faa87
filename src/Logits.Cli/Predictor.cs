using Logits.Calibration;
using Logits.Cli.Inputs;

namespace Logits.Cli;

/// <summary>One row of predictions; the arrays are overwritten by the next row.</summary>
readonly record struct Prediction(long Number, double[] Logits, double[] LogProbabilities, int[] Top);

/// <summary>Turns the rows of an input into log-probabilities, one row in memory at a time.</summary>
sealed class Predictor
{
    /// <summary>T in softmax(z / T).</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Applied before the temperature; null for none.</summary>
    public ICalibrator? Calibrator { get; init; }

    /// <summary>Sigmoid for each class instead of one softmax.</summary>
    public bool MultiLabel { get; init; }

    /// <summary>How many of the likeliest classes to name.</summary>
    public int Top { get; init; } = 1;

    /// <summary>Told of every row on its way.</summary>
    public Action<Prediction>? Seen { get; set; }

    /// <summary>The predictions, row by row.</summary>
    public IEnumerable<Prediction> Rows(ScoreInput input, CancellationToken interrupted)
    {
        int classes = input.Classes;
        double[] logits = new double[classes], result = new double[classes];
        var order = new int[classes];
        var top = new int[Math.Min(Top, classes)];
        foreach (var block in input.Blocks())
        {
            interrupted.ThrowIfCancellationRequested();
            for (int row = 0; row < block.Rows; row++)
            {
                block.Values.Span.Slice(row * classes, classes).CopyTo(logits);
                Apply(logits, result);
                Rank(result, order, top);
                var prediction = new Prediction(block.FirstRow + row, logits, result, top);
                Seen?.Invoke(prediction);
                yield return prediction;
            }
        }
    }

    void Apply(double[] logits, double[] result)
    {
        logits.CopyTo(result, 0);
        Calibrator?.Apply(logits.AsLogits(logits.Length), result);
        if (!MultiLabel)
        {
            result.AsLogits(result.Length).LogSoftmax(result, Temperature);
            return;
        }
        for (int k = 0; k < result.Length; k++)
            result[k] = LogSigmoid(Temperature == 0 ? (result[k] == 0 ? 0 : double.PositiveInfinity * result[k]) : result[k] / Temperature);
    }

    /// <summary>log(1 / (1 + e⁻ᶻ)) = min(z, 0) − log(1 + e^−|z|).</summary>
    static double LogSigmoid(double z) => Math.Min(z, 0) - LogMath.Log1P(Math.Exp(-Math.Abs(z)));

    /// <summary>The classes of the largest scores, the first of equals first.</summary>
    static void Rank(double[] scores, int[] order, int[] top)
    {
        if (top.Length == 1)
        {
            int best = 0;
            for (int k = 1; k < scores.Length; k++)
                best = scores[k] > scores[best] ? k : best;
            top[0] = best;
            return;
        }
        for (int k = 0; k < order.Length; k++)
            order[k] = k;
        Array.Sort(order, (a, b) => scores[b].CompareTo(scores[a]) is var c && c != 0 ? c : a.CompareTo(b));
        Array.Copy(order, top, top.Length);
    }
}
