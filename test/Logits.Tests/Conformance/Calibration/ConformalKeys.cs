using System.Text.Json;
using Logits.Conformal;

namespace Logits.Tests.Conformance.Calibration;

/// <summary>The golden keys of prediction sets.</summary>
static class ConformalKeys
{
    public static void Run(ConformanceRun run, CalibrationSet set)
    {
        Block(run, set, "conformal_alpha0.1_uncalibrated", 1);
        Block(run, set, "conformal_alpha0.1_after_T", set.Golden.GetProperty("temperature").GetProperty("T").GetDouble());
    }

    static void Block(ConformanceRun run, CalibrationSet set, string block, double temperature)
    {
        double[] validation = CalibrationSet.Tempered(set.Validation, temperature), test = CalibrationSet.Tempered(set.Test, temperature);
        Sets("lac", new LeastAmbiguousSets());
        Sets("aps_nonrandom", new AdaptiveSets());
        Sets("raps_nonrandom_lam0.01_kreg5", new RegularizedAdaptiveSets(0.01, 5));

        void Sets(string key, ISetScore score)
        {
            JsonElement golden = set.Golden.GetProperty(block).GetProperty(key);
            double threshold = golden.GetProperty("qhat").GetDouble();
            var sets = ConformalSets.Fit(validation.AsLogits(set.Classes), set.ValidationLabels, new() { Score = score });
            string id = $"{set.Name}/{block}/{key}";
            run.Case($"{id}/qhat", () => Close.Relative(threshold, sets.Threshold));
            var report = sets.Apply(test.AsLogits(set.Classes)).Against(set.TestLabels);
            if (threshold == Math.BitDecrement(1.0))
            {
                // The true threshold is 1, so every set is full. The golden sets were cut by which p₁ + p₂ happened to round to a little less than 1, with
                // p = exp(z − logsumexp) in NumPy: its coverage and size (0.9088, 1.0816) come from the last bits of NumPy's exp. The C library's exp in the
                // same formula gives 0.91256 and 1.2232, softmax by division gives 0.91104 and 1.216; none of them says anything about the model.
                run.Case($"{id}/full sets", () => Close.Relative(1, report.Coverage) ?? Close.Relative(set.Classes, report.MeanSize));
                return;
            }
            run.Case($"{id}/coverage", () => Close.Relative(golden.GetProperty("coverage").GetDouble(), report.Coverage));
            run.Case($"{id}/mean_size", () => Close.Relative(golden.GetProperty("mean_size").GetDouble(), report.MeanSize));
            if (golden.TryGetProperty("empty", out var empty)) run.Case($"{id}/empty", () => Close.Relative(empty.GetDouble(), report.EmptyShare));
        }
    }
}
