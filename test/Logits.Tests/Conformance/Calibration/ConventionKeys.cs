using System.Text.Json;
using Logits.Metrics;

namespace Logits.Tests.Conformance.Calibration;

/// <summary>The numbers that the named projects print themselves, and those published for these networks.</summary>
static class ConventionKeys
{
    /// <summary>The golden keys, by the convention that reproduces them.</summary>
    static readonly (string Key, string Convention)[] Peers =
    [
        ("ece15", "guo2017"), ("ece10", "torch-uncertainty"), ("ece10", "hollance"), ("ece10", "netcal"), ("ece15", "torchmetrics"), ("ece15", "robustness-metrics"), ("mce15", "mce"), ("ace15_netcal", "ace"),
        ("ece15_equal_mass", "equal-mass"), ("ks_error", "ks"), ("classwise_ece15", "classwise"),
        ("peer_relplot_smECE", "relplot"), ("peer_verified_ece15", "kumar-ece"), ("peer_verified_ece15_em", "kumar-ece-equal-mass"),
        ("peer_verified_top_l2_debiased", "kumar-debiased-l2"), ("peer_verified_marginal_l2_debiased", "kumar-marginal-debiased-l2"),
    ];

    /// <summary>"Same predictions, each library's default", in percent, on the test halves.</summary>
    static readonly (string Convention, double Cifar10, double Cifar100)[] Defaults =
    [
        ("guo2017", 1.552, 5.684), ("torch-uncertainty", 1.490, 5.496), ("equal-mass", 1.562, 5.430), ("gce30", 1.577, 5.749),
        ("mapie-top-label", 3.133, 18.343), ("fortuna", 1.507, 5.235), ("relplot", 1.502, 5.667), ("smooth-exact", 1.541, 5.316),
        ("kumar-marginal-debiased-l2", 0.625, 0.327), ("classwise", 0.422, 0.259), ("ks", 1.497, 4.774),
    ];

    public static void Run(ConformanceRun run, CalibrationSet set)
    {
        Block(run, set, "test_before", 1);
        Block(run, set, "test_after_T", set.Golden.GetProperty("temperature").GetProperty("T").GetDouble());
    }

    static void Block(ConformanceRun run, CalibrationSet set, string block, double temperature)
    {
        var golden = set.Golden.GetProperty(block);
        var errors = CalibrationConventions.OfAll(CalibrationSet.Tempered(set.Test, temperature).AsLogits(set.Classes), set.TestLabels)
            .ToDictionary(pair => pair.Key.Name, pair => pair.Value);
        foreach (var (key, convention) in Peers)
            if (golden.TryGetProperty(key, out var expected))
                run.Case($"{set.Name}/{block}/{key} as {convention}", () => Close.Relative(expected.GetDouble(), errors[convention]));

        if (block != "test_before" || set.Name is not ("cifar10_resnet50" or "cifar100_wideresnet16_4")) return;
        foreach (var (convention, cifar10, cifar100) in Defaults)
            run.Case($"{set.Name}/defaults/{convention}", () => Close.Printed(set.Classes == 10 ? cifar10 : cifar100, 100 * errors[convention], digits: 3));
        // The library samples its noise; 1,000 draws leave the last two printed digits to chance.
        run.Case($"{set.Name}/defaults/kumar-debiased-l1", () => Close.Printed(set.Classes == 10 ? 1.48 : 5.34, 100 * errors["kumar-debiased-l1"], digits: 2));
    }

    /// <summary>published.json, at the printed digits.</summary>
    public static void Published(ConformanceRun run, string folder)
    {
        string file = Path.Combine(folder, "published.json");
        if (!File.Exists(file)) return;
        using var published = JsonDocument.Parse(File.ReadAllText(file));
        if (published.RootElement.TryGetProperty("cifar10_resnet50", out var cifar))
        {
            var set = new CalibrationSet(Path.Combine(folder, "cifar10_resnet50"));
            foreach (double temperature in (double[])[1, 1.1])
            {
                var forecasts = Forecasts.Of(CalibrationSet.Tempered(set.Test, temperature).AsLogits(10), set.TestLabels);
                string suffix = temperature == 1 ? "T1" : "T1.1";
                Printed(cifar, "cifar10_resnet50", $"ece15_percent_{suffix}", 100 * CalibrationConventions.Named("guo2017").Of(forecasts), 2);
                Printed(cifar, "cifar10_resnet50", $"toplabel_ece15_equal_mass_{suffix}", CalibrationConventions.Named("top-label-equal-mass").Of(forecasts), 3);
                if (temperature == 1) Printed(cifar, "cifar10_resnet50", "test_error_percent", 100 * (1 - forecasts.BaseRate), 2);
            }
        }
        foreach (string name in (string[])["toplabel/nncal_resnet110_c100", "toplabel/imagenet_torchvision_resnet101"])
        {
            if (!published.RootElement.TryGetProperty(name, out var network)) continue;
            var forecasts = TopLabelSets.Read(Path.Combine(folder, name));
            Printed(network, name, "ece10_percent", 100 * CalibrationConventions.Named("hollance").Of(forecasts), 2);
            if (!network.TryGetProperty("ece15", out _)) continue;
            Printed(network, name, "accuracy_percent", 100 * forecasts.BaseRate, 2);
            // The project's softmax was in float.
            run.Case($"{name}/published/ece15", () => Close.Relative(network.GetProperty("ece15").GetDouble(), CalibrationConventions.Named("guo2017").Of(forecasts), 1e-8));
            run.Case($"{name}/published/mce15", () => Close.Relative(network.GetProperty("mce15").GetDouble(), CalibrationConventions.Named("mce").Of(forecasts), 2e-7));
        }

        void Printed(JsonElement golden, string id, string key, double actual, int digits) =>
            run.Case($"{id}/published/{key}", () => Close.Printed(golden.GetProperty(key).GetDouble(), actual, digits));
    }
}
