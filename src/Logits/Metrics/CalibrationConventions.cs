using System.Collections.Immutable;
using System.Numerics;

namespace Logits.Metrics;

/// <summary>The catalogue of calibration errors: every definition in use, by name.</summary>
/// <remarks>c is the probability of the predicted class, y whether it was right; n_b rows in bin b of n; gap_b = mean y − mean c in the bin.</remarks>
public static class CalibrationConventions
{
    /// <summary>All conventions, the predicted class alone first, then those that look at all classes.</summary>
    public static ImmutableArray<CalibrationConvention> All { get; } =
    [
        Top("guo2017", "Guo et al., ICML 2017; gpleiss/temperature_scaling", "Σ n_b/n |gap_b|, 15 equal-width bins (lo, hi]; c = 0 belongs to none",
            r => r.Expected(Edges.Linear(0, 1, 16), Edge.InLowerBin, below: false)),
        Top("torchmetrics", "Lightning-AI/torchmetrics", "Σ n_b/n |gap_b|, 15 equal-width bins [lo, hi); c = 1 falls in a 16th bin of its own",
            r => r.Expected(Edges.Linear(0, 1, 16), Edge.InUpperBin)),
        Top("torch-uncertainty", "ENSTA-U2IS-AI/torch-uncertainty", "as torchmetrics with 10 bins",
            r => r.Expected(Edges.Linear(0, 1, 11), Edge.InUpperBin)),
        Top("sklearn", "scikit-learn calibration_curve", "Σ n_b/n |gap_b| over the curve's points: 5 equal-width bins (lo, hi], the first with 0",
            r => r.Expected(Edges.Inner(5), Edge.InLowerBin)),
        Top("netcal", "EFS-OpenSource/calibration-framework", "Σ n_b/n |gap_b|, 10 equal-width bins [lo, hi), the last with 1; c clipped to [2⁻⁵², 1 − 2⁻⁵²]",
            r => r.Expected(Edges.Inner(10), Edge.InUpperBin, clip: true)),
        Top("robustness-metrics", "google-research/robustness_metrics", "Σ n_b/n |gap_b|, 15 equal-width bins [lo, hi), the last with 1",
            r => r.Expected(Edges.Inner(15), Edge.InUpperBin)),
        Top("gce30", "google/uncertainty-metrics, general calibration error", "Σ n_b/n |gap_b|, 30 equal-width bins [lo, hi); c = 1 falls in a bin of its own",
            r => r.Expected(Edges.Linear(0, 1, 31), Edge.InUpperBin)),
        Top("hollance", "hollance/reliability-diagrams", "Σ n_b |gap_b| / Σ n_b, 10 equal-width bins (lo, hi]; c = 0 belongs to none",
            r => r.Expected(Edges.Linear(0, 1, 11), Edge.InLowerBin, below: false, ofBinned: true)),
        Top("fortuna", "awslabs/fortuna", "Σ n_b/n |gap_b|, bins (lo, hi] between 10 edges from 1/n to 1, and all below 1/n: the first bin is not as wide as the rest",
            r => r.Expected(Edges.Linear(1.0 / r.Count, 1, 10), Edge.InLowerBin)),
        Top("mapie", "scikit-learn-contrib/MAPIE expected_calibration_error", "Σ n_b/n |gap_b|, 50 edges from 0 to 1, so 49 equal-width bins (lo, hi] and one that holds 0",
            r => r.Expected(Edges.Linear(0, 1, 50), Edge.InLowerBin)),
        Top("mapie-top-label", "scikit-learn-contrib/MAPIE top_label_ece", "the unweighted mean over predicted classes of the mapie error of their rows",
            r => r.MeanOverPredictedClasses(Edges.Linear(0, 1, 50))),
        Top("equal-mass", "Nixon et al., 2019; Nguyen and O'Connor, 2015", "Σ n_b/n |gap_b|, 15 bins of n/15 rows each in sorted order",
            r => r.EqualMass(15)),
        Top("top-label-equal-mass", "Gupta and Ramdas, ICLR 2022; AIgen/df-posthoc-calibration", "Σ n_b/n |gap_b|, 15 equal-mass bins within each predicted class",
            r => r.EqualMassByPredictedClass(15)),
        Top("kumar-ece", "p-lambda/verified_calibration get_ece", "Σ n_b/n |gap_b|, 15 equal-width bins (lo, hi], the first with 0",
            r => r.Expected(Edges.Inner(15), Edge.InLowerBin)),
        Top("kumar-ece-equal-mass", "p-lambda/verified_calibration get_ece_em", "Σ n_b/n |gap_b|, 15 equal-mass bins with edges midway between neighbours; edges that coincide are one",
            r => VerifiedError.L1(r, 15)),
        Top("kumar-l2", "Kumar, Liang and Ma, NeurIPS 2019", "√Σ n_b/n gap_b², bins as kumar-ece-equal-mass",
            r => VerifiedError.L2(r, 15)),
        Top("kumar-debiased-l2", "Kumar, Liang and Ma, NeurIPS 2019; get_top_calibration_error", "√max(0, Σ n_b/n (gap_b² − ȳ_b(1−ȳ_b)/(n_b−1))), bins as kumar-ece-equal-mass; bins of one row count 0",
            r => VerifiedError.DebiasedL2(r, 15)),
        Top("kumar-debiased-l1", "p-lambda/verified_calibration, debiased, p = 1", "2 E − E[Ẽ], E the kumar-ece-equal-mass error and Ẽ the error with normal noise on ȳ_b; the expectation is exact where the library samples it 1,000 times",
            r => VerifiedError.DebiasedL1(r, 15)),
        Top("mce", "Naeini et al., AAAI 2015", "max |gap_b|, 15 equal-width bins (lo, hi], the first with 0",
            r => r.Gaps(Edges.Inner(15), Edge.InLowerBin).Max()),
        Top("ace", "Neumann et al., 2018; netcal ACE", "the plain mean of |gap_b| over bins that are not empty, 15 equal-width bins (lo, hi], the first with 0",
            r => r.Gaps(Edges.Inner(15), Edge.InLowerBin).Average()),
        Top("ks", "Gupta et al., ICLR 2021", "max |Σ_{i≤m} (c_i − y_i)|/n in ascending order of c",
            r => KolmogorovSmirnov.Error(r.Forecasts)),
        Top("smooth-exact", "Błasiok and Nakkiran, ICLR 2024", "∫|K_σ ∗ residual| at the σ it equals, K the reflected Gaussian; rows at 0 and 1 keep their weight",
            r => SmoothCalibrationError.Of(r.Forecasts, start: r.Expected(Edges.Inner(15), Edge.InLowerBin)).Value),
        Top("relplot", "apple/ml-calibration smECE", "as smooth-exact on a grid, divided by a smoothed density, σ by ten bisections; its reflection loses half the weight of rows at 0 and 1, so saturated networks score wrongly",
            r => RelplotError.Of(r.Forecasts)),
        Top("relplot-binned", "apple/ml-calibration binnedECE", "Σ n_b/n |gap_b|, 10 equal-width bins [lo, hi); c = 1 falls in a bin of its own",
            r => r.Expected(Edges.Linear(0, 1, 11), Edge.InUpperBin)),

        Every("classwise", "Kull et al., NeurIPS 2019; PyCalib", "the mean over classes of Σ n_b/n |mean p − share|, 15 equal-width bins (lo, hi], the first with 0",
            p => p.Classwise()),
        Every("kumar-marginal-l2", "Kumar, Liang and Ma, NeurIPS 2019", "the root mean square over classes of the kumar-l2 error of each class's probability",
            p => p.Marginal(debiased: false)),
        Every("kumar-marginal-debiased-l2", "p-lambda/verified_calibration get_calibration_error, its default", "the root mean square over classes of the kumar-debiased-l2 error of each class's probability",
            p => p.Marginal(debiased: true)),
        Every("canonical-tv", "Vaicenavicius et al., AISTATS 2019; CalibrationErrors.jl", "Σ n_b/n ½‖mean p − mean onehot(y)‖₁ over the occupied cells of a grid with 10 equal bins (lo, hi] on every axis of the simplex",
            p => p.CanonicalTotalVariation(10)),
    ];

    /// <summary>The convention of that name.</summary>
    /// <exception cref="ArgumentException">No convention has the name; the message lists them.</exception>
    public static CalibrationConvention Named(string name) =>
        All.FirstOrDefault(convention => convention.Name == name)
        ?? throw new ArgumentException($"convention {name} is unknown; the conventions are {string.Join(", ", All.Select(convention => convention.Name))}.", nameof(name));

    /// <summary>The error under every convention, from one softmax and one sort.</summary>
    /// <param name="logits">n rows × k classes, n at least 1. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <returns>In the order of <see cref="All"/>.</returns>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax; the message gives the index.</exception>
    /// <remarks>Memory: 8 n k bytes for the probabilities and some 60 n more, most of it from the shared pool.</remarks>
    public static ImmutableArray<KeyValuePair<CalibrationConvention, double>> OfAll<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var probabilities = ClassProbabilities.Of(logits, labels);
        using var residuals = new SortedResiduals(probabilities.Top());
        var errors = ImmutableArray.CreateBuilder<KeyValuePair<CalibrationConvention, double>>(All.Length);
        foreach (var convention in All)
            errors.Add(new(convention, convention.OfTopLabel?.Invoke(residuals) ?? convention.OfAllClasses!(probabilities)));
        return errors.MoveToImmutable();
    }

    static CalibrationConvention Top(string name, string source, string definition, Func<SortedResiduals, double> of) => new(name, source, definition) { OfTopLabel = of };

    static CalibrationConvention Every(string name, string source, string definition, Func<ClassProbabilities, double> of) => new(name, source, definition) { OfAllClasses = of };
}
