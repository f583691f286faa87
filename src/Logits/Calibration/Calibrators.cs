using System.Numerics;
using Logits.Optimization;

namespace Logits.Calibration;

/// <summary>A way to learn a calibrator, by name: an entry of <see cref="Calibrators.All"/>.</summary>
public sealed class CalibrationMethod
{
    internal CalibrationMethod(string name, string summary, Func<HeldOut, Stopping?, ICalibrator> learn, Func<ParameterSet, int, FitFacts?, ICalibrator> read, Func<int, double> size) =>
        (Name, Summary, Learn, Read, Size) = (name, summary, learn, read, size);

    /// <summary>The name on the command line and in files.</summary>
    public string Name { get; }

    /// <summary>What it does, in a few words.</summary>
    public string Summary { get; }

    /// <summary>Learns with the method's default choices; the class of the result offers them one by one.</summary>
    /// <param name="logits">n ≥ 1 rows of scores the model was not trained on.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="stopping">Limits, progress and cancellation for methods that iterate long.</param>
    /// <exception cref="ArgumentException">Data the method cannot learn from; the message gives the row.</exception>
    public ICalibrator Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, Stopping? stopping = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Learn(HeldOut.From(logits, labels), stopping);

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal Func<HeldOut, Stopping?, ICalibrator> Learn { get; }

    internal Func<ParameterSet, int, FitFacts?, ICalibrator> Read { get; }

    /// <summary>Roughly how many free numbers it fits for k classes: its order in <see cref="CalibratorSelection"/>.</summary>
    internal Func<int, double> Size { get; }
}

/// <summary>The calibrators the library has.</summary>
public static class Calibrators
{
    /// <summary>All methods, from doing nothing to the freest.</summary>
    public static IReadOnlyList<CalibrationMethod> All { get; } =
    [
        new("none", "leaves the scores alone", (data, _) => NoCalibration.Fit(data), NoCalibration.Read, _ => 0),
        new("temperature", "softmax(z/T); keeps every ranking", (data, _) => TemperatureScaling.Fit(data.Logits, data.Labels), TemperatureScaling.Read, _ => 1),
        new("ets", "mixes softmax(z/T), softmax(z) and uniform; keeps every ranking", EnsembleTemperature.Fit, EnsembleTemperature.Read, _ => 3),
        new("temperature-per-class", "a temperature for each predicted class; keeps every ranking in a row", (data, _) => PerClassTemperature.Fit(data), PerClassTemperature.Read, k => k),
        new("temperature-per-label", "a temperature for each yes/no label, or class against the rest", (data, _) => LabelTemperatures.Fit(data), LabelTemperatures.Read, k => k == 2 ? 1 : k),
        new("bcts", "softmax(z/T + b): a temperature and a bias for each class", BiasCorrectedTemperature.Fit, BiasCorrectedTemperature.Read, k => k),
        new("platt", "sigmoid(a s + b) on log-odds", (data, _) => PlattScaling.Fit(data), (p, k, f) => PlattScaling.Read(p, k, f, PlattTargets.Exact), k => 2 * Curves(k)),
        new("platt-smoothed", "the same with Platt's smoothed targets", (data, _) => PlattScaling.Fit(data, PlattTargets.Smoothed), (p, k, f) => PlattScaling.Read(p, k, f, PlattTargets.Smoothed), k => 2 * Curves(k)),
        new("beta-am", "beta calibration with a = b", (data, _) => BetaCalibration.Fit(data, BetaForm.Am), (p, k, f) => BetaCalibration.Read(p, k, f, BetaForm.Am), k => 2 * Curves(k)),
        new("beta-ab", "beta calibration with c = 0", (data, _) => BetaCalibration.Fit(data, BetaForm.Ab), (p, k, f) => BetaCalibration.Read(p, k, f, BetaForm.Ab), k => 2 * Curves(k)),
        new("vector", "softmax(w z + b): a weight and a bias for each class", (data, stopping) => VectorScaling.Fit(data, ScoreFrame.Detect, stopping), VectorScaling.Read, k => 2 * k - 1),
        new("svs", "temperature, then a weight and a bias for each class held near 1 and 0", (data, stopping) => StructuredVectorScaling.Fit(data, 1, stopping), StructuredVectorScaling.Read, k => 2 * k),
        new("beta", "a ln p − b ln(1 − p) + c", (data, _) => BetaCalibration.Fit(data), (p, k, f) => BetaCalibration.Read(p, k, f, BetaForm.Abm), k => 3 * Curves(k)),
        new("quadratic", "sigmoid of a quadratic in the log-odds", (data, _) => QuadraticScaling.Fit(data), QuadraticScaling.Read, k => 3 * Curves(k)),
        new("spline", "a natural cubic spline on the log-odds", (data, _) => SplineCalibration.Fit(data), SplineCalibration.Read, k => 6 * Curves(k)),
        new("histogram", "frequencies in 15 bins of equal width", (data, _) => HistogramBinning.Fit(data), (p, k, f) => HistogramBinning.Read(p, k, f, BinCuts.EqualWidth), k => 15 * Curves(k)),
        new("histogram-equal-mass", "frequencies in 15 bins of equal numbers of rows", (data, _) => HistogramBinning.Fit(data, BinCuts.EqualMass), (p, k, f) => HistogramBinning.Read(p, k, f, BinCuts.EqualMass), k => 15 * Curves(k)),
        new("histogram-top-label", "frequencies of being right, for each predicted class", (data, _) => TopLabelBinning.Fit(data), TopLabelBinning.Read, k => 15 * k),
        new("bbq", "an average of many binnings (BBQ)", (data, _) => BayesianBinning.Fit(data), BayesianBinning.Read, k => 20 * Curves(k)),
        new("isotonic", "the best nondecreasing curve", (data, _) => IsotonicCalibration.Fit(data), (p, k, f) => IsotonicCalibration.Read(p, k, f, false), k => 30 * Curves(k)),
        new("isotonic-centred", "the same through the middles of its steps", (data, _) => IsotonicCalibration.Fit(data, centred: true), (p, k, f) => IsotonicCalibration.Read(p, k, f, true), k => 30 * Curves(k)),
        new("enir", "an average of nearly nondecreasing curves (ENIR)", (data, _) => NearIsotonicEnsemble.Fit(data), NearIsotonicEnsemble.Read, k => 30 * Curves(k)),
        new("venn-abers", "Venn–Abers, all held-out rows at once", (data, _) => VennAbers.Fit(data), VennAbers.Read, k => 30 * Curves(k)),
        new("venn-abers-cross", "Venn–Abers, 5 folds merged", (data, _) => VennAbers.Fit(data, folds: 5), VennAbers.Read, k => 30 * Curves(k)),
        new("sms", "temperature, then a matrix held near the identity by kind of entry", (data, stopping) => StructuredMatrixScaling.Fit(data, 1, stopping), StructuredMatrixScaling.Read, k => k * (k + 1.0)),
        new("matrix", "softmax(W z + b), off-diagonal and biases penalised (ODIR)", (data, stopping) => MatrixScaling.Fit(data, null, ScoreFrame.Detect, stopping), MatrixScaling.Read, k => k * (k + 1.0)),
        new("dirichlet", "softmax(W ln p + b), off-diagonal and biases penalised (ODIR)", (data, stopping) => DirichletCalibration.Fit(data, null, stopping), (p, k, f) => DirichletCalibration.Read(p, k, f, DirichletPenalty.Odir), k => k * (k + 1.0)),
        new("dirichlet-l2", "the same, all of W held near the identity", (data, stopping) => DirichletCalibration.FitL2(data, null, stopping), (p, k, f) => DirichletCalibration.Read(p, k, f, DirichletPenalty.L2), k => k * (k + 1.0)),
    ];

    /// <summary>The method of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static CalibrationMethod Find(string name)
    {
        foreach (var method in All)
            if (method.Name == name) return method;
        throw new ArgumentException($"method {name} is unknown; the methods are {string.Join(", ", All)}.", nameof(name));
    }

    /// <summary>Makes the calibrator that a file describes.</summary>
    /// <exception cref="FormatException">An unknown method, or a missing or misshapen parameter.</exception>
    internal static ICalibrator Read(string method, ParameterSet parameters, int classes, FitFacts? facts)
    {
        if (method == "chain") return CalibratorChain.Read(parameters, classes, facts);
        foreach (var entry in All)
            if (entry.Name == method) return entry.Read(parameters, classes, facts);
        throw new FormatException($"\"method\" is \"{method}\"; this version knows {string.Join(", ", All)} and chain.");
    }

    static double Curves(int classes) => classes == 2 ? 1 : classes;
}
