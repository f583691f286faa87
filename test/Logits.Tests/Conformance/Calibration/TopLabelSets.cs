using System.Text.Json;
using Logits.Metrics;

namespace Logits.Tests.Conformance.Calibration;

/// <summary>Networks known by confidence, prediction and truth alone.</summary>
static class TopLabelSets
{
    public static void Run(ConformanceRun run, string folder)
    {
        if (!File.Exists(Path.Combine(folder, "golden.json"))) return;
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")));
        foreach (var set in golden.RootElement.EnumerateObject())
        {
            var forecasts = Read(Path.Combine(folder, set.Name));
            string id = $"toplabel/{set.Name}";
            MetricKeys.TopLabel(run, id, set.Value, forecasts);
            run.Case($"{id}/peer_relplot_smECE", () => Close.Relative(set.Value.GetProperty("peer_relplot_smECE").GetDouble(), CalibrationConventions.Named("relplot").Of(forecasts)));
            run.Case($"{id}/n", () => Close.Relative(set.Value.GetProperty("n").GetDouble(), forecasts.Count));
            run.Case($"{id}/accuracy", () => Close.Relative(set.Value.GetProperty("accuracy").GetDouble(), forecasts.BaseRate));
        }
    }

    public static Forecasts Read(string folder) => Forecasts.Of(
        Npy.Read<double>(Path.Combine(folder, "confidence.npy")),
        Array.ConvertAll(Npy.Read<short>(Path.Combine(folder, "pred_label.npy")), label => (int)label),
        Array.ConvertAll(Npy.Read<short>(Path.Combine(folder, "true_label.npy")), label => (int)label));
}
