using System.Text.Json;
using Logits.Calibration;
using Logits.Metrics;
using Logits.Optimization;

namespace Logits.Tests.Conformance.Calibration;

/// <summary>The golden keys that name a fit: temperature, bcts, vector, and the binary calibrators.</summary>
static class FitKeys
{
    /// <summary>Golden optima have gradients below 1e−13; metrics of rows near a bin's edge want ours there too.</summary>
    static readonly Stopping ToTheEnd = new() { GradientTolerance = 1e-14 };

    public static void Run(ConformanceRun run, CalibrationSet set)
    {
        Temperature(run, set);
        var bcts = BiasCorrectedTemperature.Fit(set.Validation, set.ValidationLabels, ToTheEnd);
        Optimum(run, set, "bcts", bcts, bcts.Biases);
        run.Case($"{set.Name}/bcts/w", () => Close.Relative(set.Golden.GetProperty("bcts").GetProperty("w")[0].GetDouble(), bcts.InverseTemperature));
        // The golden objective weighs the scores as they stand in the file. Measured from a row's own origin they are another problem, by the rounding of float scores.
        Optimum(run, set, "vector", VectorScaling.Fit(set.Validation, set.ValidationLabels, ScoreFrame.AsGiven, ToTheEnd), null);
        double framed = VectorScaling.Fit(set.Validation, set.ValidationLabels).Facts!.Nll;
        run.Case($"{set.Name}/vector/val_nll in the frame detected", () => Close.Absolute(set.Golden.GetProperty("vector").GetProperty("val_nll").GetDouble(), framed, 1e-8));
        if (set.Golden.TryGetProperty("binary_calibrators", out JsonElement binary)) Binary(run, set, binary);
    }

    static void Temperature(ConformanceRun run, CalibrationSet set)
    {
        JsonElement golden = set.Golden.GetProperty("temperature");
        var exact = TemperatureScaling.Fit(set.Validation, set.ValidationLabels);
        var oracle = TemperatureScaling.Fit(set.Test, set.TestLabels);
        var pass = new TemperatureAccumulator(set.Classes);
        pass.Add(set.Validation, set.ValidationLabels);
        var single = pass.Estimate();
        Case("T", exact.Temperature);
        Case("beta", 1 / exact.Temperature);
        Case("val_nll", exact.Facts!.Nll);
        Case("T_oracle_on_test", oracle.Temperature);
        Case("test_nll_oracle", oracle.Facts!.Nll);
        run.Case($"{set.Name}/temperature/T in a single pass", () => Close.Relative(golden.GetProperty("T").GetDouble(), single.Temperature, 1e-8));
        run.Case($"{set.Name}/temperature/T in a single pass, within its own bound", () =>
            Math.Abs(single.Temperature - golden.GetProperty("T").GetDouble()) <= single.TemperatureError ? null : single.ToString());

        void Case(string key, double actual) => run.Case($"{set.Name}/temperature/{key}", () => Close.Relative(golden.GetProperty(key).GetDouble(), actual));
    }

    static void Optimum(ConformanceRun run, CalibrationSet set, string method, ICalibrator fitted, Numbers? biases)
    {
        JsonElement golden = set.Golden.GetProperty(method);
        run.Case($"{set.Name}/{method}/val_nll", () => Close.Absolute(golden.GetProperty("val_nll").GetDouble(), fitted.Facts!.Nll, 1e-9));
        if (biases is not null)
            run.Case($"{set.Name}/{method}/b_mean_zero", () =>
            {
                double worst = golden.GetProperty("b_mean_zero").EnumerateArray().Zip(biases, (expected, actual) => Math.Abs(expected.GetDouble() - actual)).Max();
                return worst < 1e-6 ? null : $"biases differ by up to {worst}";
            });

        var test = fitted.Apply(CalibrationSet.Tempered(set.Test, 1).AsLogits(set.Classes));
        var evaluation = Evaluation.Of(test, set.TestLabels);
        JsonElement after = golden.GetProperty("test");
        Case("accuracy", evaluation.Accuracy);
        Case("nll", evaluation.NegativeLogLikelihood);
        Case("brier", evaluation.Brier);
        Case("ece15", evaluation.ExpectedCalibrationError);
        Case("mce15", evaluation.MaximumCalibrationError);
        Case("ece15_equal_mass", evaluation.EqualMassCalibrationError);
        Case("classwise_ece15", evaluation.ClasswiseCalibrationError);

        void Case(string key, double actual) => run.Case($"{set.Name}/{method}/test/{key}", () => Close.Absolute(after.GetProperty(key).GetDouble(), actual, 1e-9));
    }

    static void Binary(ConformanceRun run, CalibrationSet set, JsonElement golden)
    {
        double[] test = CalibrationSet.Tempered(set.Test, 1);

        JsonElement plain = golden.GetProperty("platt_no_target_smoothing");
        var platt = PlattScaling.Fit(set.Validation, set.ValidationLabels);
        Case("platt/a", plain, "a", ((AffineCurve)platt.Curves[0]).Slope, 1e-8);
        Case("platt/b", plain, "b", ((AffineCurve)platt.Curves[0]).Intercept, 1e-8);
        Case("platt/val_nll", plain, "val_nll", platt.Facts!.Nll, 1e-9);
        Judge("platt", plain, platt);

        JsonElement smooth = golden.GetProperty("platt_with_target_smoothing");
        var smoothed = PlattScaling.Fit(set.Validation, set.ValidationLabels, PlattTargets.Smoothed);
        Case("platt-smoothed/a", smooth, "a", ((AffineCurve)smoothed.Curves[0]).Slope, 1e-8);
        Case("platt-smoothed/b", smooth, "b", ((AffineCurve)smoothed.Curves[0]).Intercept, 1e-8);
        Judge("platt-smoothed", smooth, smoothed);

        JsonElement abm = golden.GetProperty("beta_abm");
        var beta = BetaCalibration.Fit(set.Validation, set.ValidationLabels);
        var curve = (BetaCurve)beta.Curves[0];
        Case("beta/a", abm, "a", curve.A, 1e-7);
        Case("beta/b", abm, "b", curve.B, 1e-7);
        Case("beta/c", abm, "c", curve.C, 1e-7);
        Case("beta/val_nll", abm, "val_nll", beta.Facts!.Nll, 1e-9);
        Judge("beta", abm, beta);

        JsonElement pav = golden.GetProperty("isotonic_pav_linear_interp");
        var isotonic = IsotonicCalibration.Fit(set.Validation, set.ValidationLabels);
        Case("isotonic/n_thresholds", pav, "n_thresholds", ((LinearCurve)isotonic.Curves[0]).Scores.Count, 0);
        Case("isotonic/val_brier", pav, "val_brier", Evaluate(isotonic, CalibrationSet.Tempered(set.Validation, 1), set.ValidationLabels).Brier, 1e-9);
        Judge("isotonic", pav, isotonic);

        void Judge(string method, JsonElement expected, IBinaryCalibrator calibrator)
        {
            var evaluation = Evaluate(calibrator, test, set.TestLabels);
            Case($"{method}/test_nll", expected, "test_nll", evaluation.NegativeLogLikelihood, 1e-8);
            Case($"{method}/test_brier", expected, "test_brier", evaluation.Brier, 1e-9);
            Case($"{method}/test_ece15_p1", expected, "test_ece15_p1", evaluation.ExpectedCalibrationError, 1e-7);
        }

        void Case(string id, JsonElement expected, string key, double actual, double tolerance)
        {
            if (expected.TryGetProperty(key, out JsonElement value))
                run.Case($"{set.Name}/binary_calibrators/{id}", () => Close.Relative(value.GetDouble(), actual, tolerance));
        }
    }

    static Evaluation Evaluate(IBinaryCalibrator calibrator, double[] scores, int[] labels)
    {
        double[] odds = [.. labels.Select((_, i) => scores[2 * i + 1] - scores[2 * i])];
        return Evaluation.Of(calibrator.Apply(new BinaryLogits<double>(odds, 1)), labels).Overall;
    }
}
