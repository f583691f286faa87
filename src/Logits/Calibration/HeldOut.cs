using System.Numerics;
using Logits.Kernels;

namespace Logits.Calibration;

/// <summary>Held-out scores with their labels, checked once and kept in double: what every fit learns from.</summary>
sealed class HeldOut
{
    double[]? _logProbabilities;

    HeldOut(double[] scores, int[] labels, int classes) => (Scores, Labels, Classes) = (scores, labels, classes);

    /// <summary>Rows × classes, finite or −∞, no row all −∞.</summary>
    public double[] Scores { get; }

    /// <summary>One for each row, never a class its row rules out.</summary>
    public int[] Labels { get; }

    public int Classes { get; }

    public int Rows => Labels.Length;

    public Logits<double> Logits => new(Scores, Classes);

    public ReadOnlySpan<double> this[int row] => Scores.AsSpan(row * Classes, Classes);

    /// <summary>The log-softmax of <see cref="Scores"/>, rows × classes; computed when first asked for.</summary>
    public double[] LogProbabilities
    {
        get
        {
            if (_logProbabilities is null)
            {
                var destination = new double[Scores.Length];
                Kernel<double>.LogSoftmaxRows(Scores, destination, Classes);
                _logProbabilities = destination;
            }
            return _logProbabilities;
        }
    }

    /// <summary>Mean NLL of the labels under the scores as they are.</summary>
    public double Nll
    {
        get
        {
            double sum = 0;
            for (int row = 0; row < Rows; row++) sum -= LogProbabilities[row * Classes + Labels[row]];
            return sum / Rows;
        }
    }

    /// <exception cref="ArgumentException">No rows, a label out of range or ruled out, NaN or +∞ among the scores; the message gives the row.</exception>
    public static HeldOut From<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        var scores = new double[logits.Values.Length];
        for (int i = 0; i < scores.Length; i++) scores[i] = double.CreateTruncating(logits.Values[i]);
        for (int row = 0; row < logits.Rows; row++)
        {
            var z = scores.AsSpan(row * logits.Classes, logits.Classes);
            Throw.IfNotScore(Kernel<double>.Max(z), row);
            Throw.IfRuledOut(z[labels[row]], row, labels[row]);
        }
        return new(scores, labels.ToArray(), logits.Classes);
    }

    /// <summary>Some of the rows, in the order given.</summary>
    public HeldOut Take(ReadOnlySpan<int> rows)
    {
        var scores = new double[rows.Length * Classes];
        var labels = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            this[rows[i]].CopyTo(scores.AsSpan(i * Classes));
            labels[i] = Labels[rows[i]];
        }
        return new(scores, labels, Classes);
    }

    /// <summary>The row and class of the first −∞, for methods that mix classes and have no answer there; null when there is none.</summary>
    public (int Row, int Class)? FirstRuledOut
    {
        get
        {
            int at = Scores.AsSpan().IndexOf(double.NegativeInfinity);
            return at < 0 ? null : (at / Classes, at % Classes);
        }
    }

    /// <summary>The negative log-likelihood of every row after a calibrator; +∞ where the label got probability 0.</summary>
    public double[] NllPerRow(ICalibrator calibrator)
    {
        var calibrated = calibrator.Apply(Logits);
        var perRow = new double[Rows];
        for (int row = 0; row < Rows; row++)
            perRow[row] = Kernel<double>.LogSumExp(calibrated[row]) - calibrated[row][Labels[row]];
        return perRow;
    }

    /// <summary>What a fit reached, measured by applying it.</summary>
    public FitFacts Judge(ICalibrator calibrator, bool converged = true, int iterations = 0)
    {
        double sum = 0;
        foreach (double nll in NllPerRow(calibrator)) sum += nll;
        return new(Rows, Nll, sum / Rows, converged, iterations);
    }
}
