using Logits.Kernels;

namespace Logits.Calibration;

/// <summary>What a row's scores are measured from, for methods that weigh classes differently and so would see a constant added to a row.</summary>
/// <remarks>
/// A softmax ignores a constant added to all scores of a row; class-wise weights do not. Measured from a point inside the row, the scores mean the same
/// whatever constant the network added, and a calibrator fitted on logits answers the same on log-probabilities of that network.
/// </remarks>
public enum ScoreFrame
{
    /// <summary>Log-probabilities when the held-out rows already are normalised (logsumexp within 10⁻³ of 0), else centred. The choice is made once, at the fit.</summary>
    Detect,

    /// <summary>zₖ − mean(z), the mean over the classes not ruled out: raw logits as networks emit them, whose rows sum to about 0.</summary>
    Centred,

    /// <summary>zₖ − logsumexp(z).</summary>
    LogProbabilities,

    /// <summary>zₖ itself, as the papers write it and other projects fit it. A constant added to a row then changes its answer.</summary>
    AsGiven,
}

static class ScoreFrames
{
    /// <summary>Settles <see cref="ScoreFrame.Detect"/>.</summary>
    public static ScoreFrame For(this ScoreFrame frame, HeldOut data)
    {
        if (frame != ScoreFrame.Detect) return frame;
        for (int row = 0; row < data.Rows; row++)
            if (Math.Abs(Kernel<double>.LogSumExp(data[row])) > 1e-3) return ScoreFrame.Centred;
        return ScoreFrame.LogProbabilities;
    }

    /// <summary>Measures a row from its frame's origin.</summary>
    public static void Center(this ScoreFrame frame, Span<double> z)
    {
        if (frame == ScoreFrame.AsGiven) return;
        double origin;
        if (frame == ScoreFrame.LogProbabilities) origin = Kernel<double>.LogSumExp(z);
        else
        {
            // From the largest score, so that equal differences give equal sums whatever the constant.
            double max = Kernel<double>.Max(z), sum = 0;
            int count = 0;
            foreach (double score in z)
                if (score > double.NegativeInfinity)
                {
                    sum += score - max;
                    count++;
                }
            origin = max + sum / count;
        }
        foreach (ref double score in z) score -= origin;
    }

    public static double[] Center(this ScoreFrame frame, HeldOut data)
    {
        double[] centred = [.. data.Scores];
        for (int row = 0; row < data.Rows; row++) frame.Center(centred.AsSpan(row * data.Classes, data.Classes));
        return centred;
    }

    public static string Word(this ScoreFrame frame) => frame switch
    {
        ScoreFrame.LogProbabilities => "log-probabilities",
        ScoreFrame.AsGiven => "as-given",
        _ => "centred",
    };

    public static ScoreFrame Read(string word) => word switch
    {
        "log-probabilities" => ScoreFrame.LogProbabilities,
        "centred" => ScoreFrame.Centred,
        "as-given" => ScoreFrame.AsGiven,
        _ => throw new FormatException($"\"frame\" is \"{word}\"; it is centred, log-probabilities or as-given."),
    };
}
