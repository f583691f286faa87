using System.Text.Json;
using Logits.Metrics;

namespace Logits.Tests.Conformance.Calibration;

/// <summary>The golden keys that name a metric.</summary>
static class MetricKeys
{
    public static void Run(ConformanceRun run, CalibrationSet set)
    {
        float[] all = [.. set.Validation.Values, .. set.Test.Values];
        int[] allLabels = [.. set.ValidationLabels, .. set.TestLabels];
        double temperature = set.Golden.GetProperty("temperature").GetProperty("T").GetDouble();

        Block(run, set, "val_before", CalibrationSet.Tempered(set.Validation, 1), set.ValidationLabels);
        Block(run, set, "test_before", CalibrationSet.Tempered(set.Test, 1), set.TestLabels);
        Block(run, set, "all_before", CalibrationSet.Tempered(all.AsLogits(set.Classes), 1), allLabels);
        Block(run, set, "test_after_T", CalibrationSet.Tempered(set.Test, temperature), set.TestLabels);
    }

    static void Block(ConformanceRun run, CalibrationSet set, string block, double[] scores, int[] labels)
    {
        JsonElement golden = set.Golden.GetProperty(block);
        var evaluation = Evaluation.Of(scores.AsLogits(set.Classes), labels);
        Case("n", evaluation.Rows);
        Case("k", evaluation.Classes);
        Case("accuracy", evaluation.Accuracy);
        Case("mean_confidence", evaluation.MeanConfidence);
        Case("nll", evaluation.NegativeLogLikelihood);
        Case("brier", evaluation.Brier);
        Case("ece15", evaluation.ExpectedCalibrationError);
        Case("mce15", evaluation.MaximumCalibrationError);
        Case("ace15_netcal", evaluation.AverageCalibrationError);
        Case("ece15_equal_mass", evaluation.EqualMassCalibrationError);
        Case("classwise_ece15", evaluation.ClasswiseCalibrationError);
        TopLabel(run, $"{set.Name}/{block}", golden, evaluation.Forecasts);
        if (set.Golden.GetProperty("smece_exact").TryGetProperty(block, out JsonElement smooth))
        {
            // The golden search stopped within 2e-9 of the fixed point σ = smECE(σ): its value is compared at its σ, and its value and σ with the fixed point.
            double sigma = smooth.GetProperty("sigma").GetDouble(), value = smooth.GetProperty("smece").GetDouble();
            run.Case($"{set.Name}/{block}/smece at its sigma", () => Close.Relative(value, SmoothCalibrationError.At(evaluation.Forecasts, sigma).Value));
            run.Case($"{set.Name}/{block}/smece", () => Close.Absolute(value, evaluation.SmoothCalibrationError.Value));
            run.Case($"{set.Name}/{block}/smece sigma", () => Close.Absolute(sigma, evaluation.SmoothCalibrationError.Bandwidth, 2e-9));
        }

        if (golden.TryGetProperty("binary", out JsonElement binary)) Binary(run, $"{set.Name}/{block}/binary", binary, scores, labels);

        void Case(string key, double actual) => run.Case($"{set.Name}/{block}/{key}", () => Close.Relative(golden.GetProperty(key).GetDouble(), actual));
    }

    /// <summary>Two classes seen as one yes/no score, z₁ − z₀.</summary>
    static void Binary(ConformanceRun run, string id, JsonElement golden, double[] scores, int[] labels)
    {
        double[] odds = [.. labels.Select((_, i) => scores[2 * i + 1] - scores[2 * i])];
        var evaluation = Evaluation.Of(new BinaryLogits<double>(odds, 1), labels).Overall;
        Case("brier", evaluation.Brier);
        Case("ece15_p1", evaluation.ExpectedCalibrationError);
        Case("ece15_equal_mass_p1", evaluation.EqualMassCalibrationError);
        Case("spiegelhalter_z", evaluation.Spiegelhalter.Statistic);
        Case("ks", evaluation.KolmogorovSmirnovError);
        JsonElement corp = golden.GetProperty("corp");
        run.Case($"{id}/corp/brier", () => Close.Relative(corp.GetProperty("brier").GetDouble(), evaluation.BrierDecomposition.Score));
        run.Case($"{id}/corp/mcb", () => Close.Relative(corp.GetProperty("mcb").GetDouble(), evaluation.BrierDecomposition.Miscalibration));
        run.Case($"{id}/corp/dsc", () => Close.Relative(corp.GetProperty("dsc").GetDouble(), evaluation.BrierDecomposition.Discrimination));
        run.Case($"{id}/corp/unc", () => Close.Relative(corp.GetProperty("unc").GetDouble(), evaluation.BrierDecomposition.Uncertainty));

        void Case(string key, double actual) => run.Case($"{id}/{key}", () => Close.Relative(golden.GetProperty(key).GetDouble(), actual));
    }

    /// <summary>The keys that follow from confidence and correctness alone.</summary>
    public static void TopLabel(ConformanceRun run, string id, JsonElement golden, Forecasts forecasts)
    {
        Case("ece10", CalibrationError.Expected(forecasts, 10));
        Case("ece15", CalibrationError.Expected(forecasts));
        Case("mce15", CalibrationError.Maximum(forecasts));
        Case("ece15_equal_mass", CalibrationError.ExpectedEqualMass(forecasts));
        Case("ks_error", KolmogorovSmirnov.Error(forecasts));
        Case("mmce_laplace_w04", KernelCalibrationError.Mmce(forecasts));
        Case("spiegelhalter_z_top", Spiegelhalter.Test(forecasts).Statistic);
        Case("aurc", RiskCoverage.Area(forecasts));
        if (golden.TryGetProperty("ece20", out _)) Case("ece20", CalibrationError.Expected(forecasts, 20));
        if (golden.TryGetProperty("mce20", out _)) Case("mce20", CalibrationError.Maximum(forecasts, 20));
        Decomposition("toplabel_corp", ScoreDecomposition.Brier(forecasts));

        void Case(string key, double actual) => run.Case($"{id}/top-label/{key}", () => Close.Relative(golden.GetProperty(key).GetDouble(), actual));

        void Decomposition(string key, ScoreDecomposition actual)
        {
            JsonElement corp = golden.GetProperty(key);
            run.Case($"{id}/{key}/brier", () => Close.Relative(corp.GetProperty("brier").GetDouble(), actual.Score));
            run.Case($"{id}/{key}/mcb", () => Close.Relative(corp.GetProperty("mcb").GetDouble(), actual.Miscalibration));
            run.Case($"{id}/{key}/dsc", () => Close.Relative(corp.GetProperty("dsc").GetDouble(), actual.Discrimination));
            run.Case($"{id}/{key}/unc", () => Close.Relative(corp.GetProperty("unc").GetDouble(), actual.Uncertainty));
        }
    }
}
