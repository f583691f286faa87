using System.Numerics;
using Logits.Kernels;

namespace Logits.Calibration;

/// <summary>Top-label histogram binning: the confidence of each predicted class is replaced by how often such predictions were right.</summary>
/// <param name="Curves">For each class, a step curve on the log-odds of its confidence when it is the predicted one.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// For each predicted class, bins of equal numbers of rows, <c>rowsPerBin</c> or so in each; the other classes share what is left in their old proportions.
/// A class that was never predicted keeps its confidences. The first of equal largest scores is the prediction.
/// Source: Gupta, Ramdas, Top-label Calibration and Multiclass-to-binary Reductions (2022).
/// </remarks>
public sealed record TopLabelBinning(CurveList Curves, FitFacts? Facts = null) : RowCalibrator(Curves.Count, Facts)
{
    /// <inheritdoc/>
    public override string Method => "histogram-top-label";

    /// <inheritdoc/>
    public override bool PreservesArgMax => false;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "curves", [.. Curves.Select(curve => curve.Parameters)] } };

    /// <summary>The frequencies of being right.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    /// <param name="logits">n ≥ 1 rows.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="rowsPerBin">About how many rows a bin holds; 50.</param>
    public static TopLabelBinning Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, int rowsPerBin = 50) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Fit(HeldOut.From(logits, labels), rowsPerBin);

    internal static TopLabelBinning Fit(HeldOut data, int rowsPerBin = 50)
    {
        Throw.IfLess(rowsPerBin, 1);
        var scores = new List<double>[data.Classes];
        var right = new List<double>[data.Classes];
        for (int c = 0; c < data.Classes; c++) (scores[c], right[c]) = ([], []);
        var odds = new double[data.Classes];
        for (int row = 0; row < data.Rows && data.Classes > 1; row++)
        {
            int top = Kernel<double>.ArgMax(data[row]);
            data[row].CopyTo(odds);
            LogOdds.Of(odds);
            if (!double.IsFinite(odds[top])) continue;
            scores[top].Add(odds[top]);
            right[top].Add(data.Labels[row] == top ? 1 : 0);
        }
        var curves = new Curve[data.Classes];
        for (int c = 0; c < curves.Length; c++)
        {
            var ties = new CurveSample([.. scores[c]], [.. right[c]]).Sorted;
            double[] edges = Bins.EqualMass(ties, Math.Max(1, scores[c].Count / rowsPerBin)), rows = new double[edges.Length + 1], yes = new double[edges.Length + 1];
            Bins.Count(ties, edges, rows, yes);
            curves[c] = new StepCurve(Numbers.Own(edges), [.. rows.Zip(yes, (n, y) => y / n)]);
        }
        var fitted = new TopLabelBinning(new CurveList(curves));
        return fitted with { Facts = data.Judge(fitted) };
    }

    internal static TopLabelBinning Read(ParameterSet parameters, int classes, FitFacts? facts)
    {
        var curves = new CurveList(parameters.Children("curves").Select(StepCurve.Read));
        return curves.Count == classes ? new(curves, facts) : throw new FormatException($"\"curves\" holds {curves.Count} curves; {classes} classes need {classes}.");
    }

    private protected override void Map(Span<double> z)
    {
        int top = Kernel<double>.ArgMax(z);
        ScoreFrame.LogProbabilities.Center(z);
        Span<double> odds = z.Length <= 256 ? stackalloc double[z.Length] : new double[z.Length];
        z.CopyTo(odds);
        if (z.Length > 1) LogOdds.Of(odds);
        if (z.Length == 1 || !double.IsFinite(odds[top])) return;
        double confidence = Curves[top].Map(odds[top]);
        // log of (1 − new) / (1 − old), the factor on all other classes
        double factor = LogOdds.LogSigmoid(-confidence) - LogOdds.LogSigmoid(-odds[top]);
        for (int k = 0; k < z.Length; k++)
            if (z[k] > double.NegativeInfinity) z[k] += factor;
        z[top] = LogOdds.LogSigmoid(confidence);
    }
}
