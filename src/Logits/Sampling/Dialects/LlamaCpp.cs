using System.Globalization;

namespace Logits.Sampling;

/// <summary>llama.cpp's samplers, as common/sampling.cpp chains them.</summary>
sealed class LlamaCppDialect() : Dialect("llama.cpp", "llamacpp", "llama")
{
    static readonly string[] s_order = ["penalties", "dry", "top-n-sigma", "top-k", "typical", "top-p", "min-p", "xtc", "temperature"];

    private protected override IEnumerable<ISampler> Make(Draft draft) => draft.Name switch
    {
        "temperature" => [draft.Main <= 0 ? new Temperature(0) : draft.Create()],
        "dynamic-temperature" => draft.Number("delta") > 0 ? [draft.With("count-masked", "true").Create()] : [new Temperature(Math.Max(0, draft.Main))],
        "top-k" => draft.Main <= 0 ? [] : [draft.Create()],
        "top-p" => draft.Main >= 1 ? [] : [draft.Main < 0 ? draft.With("p", "0").Create() : draft.Create()],
        // Above 1 no token reaches the bound, and the best stays.
        "min-p" => draft.Main <= 0 ? [] : draft.Main > 1 ? [new TopK((int)draft.Number("min-keep"))] : [draft.Create()],
        "typical" => draft.Main >= 1 ? [] : [draft.With("beyond", "true").Create()],
        "top-n-sigma" => draft.Main <= 0 ? [] : [draft.Create()],
        "xtc" => draft.Main <= 0 || draft.Number("threshold") > 0.5 ? [] : [draft.Create()],
        "repetition-penalty" or "frequency-penalty" or "presence-penalty" => Windowed(draft),
        "dry" => draft.Main == 0 || draft.Number("base") < 1 || draft.Number("last-n") == 0 ? [] : [draft.Create()],
        "adaptive-p" => draft.Main < 0 ? [] : [draft.With("decay", Math.Clamp(draft.Number("decay"), 0, 0.99).ToString("R", CultureInfo.InvariantCulture)).Create()],
        _ => [draft.Create()],
    };

    static IEnumerable<ISampler> Windowed(Draft draft)
    {
        draft.Default("last-n", "64");
        return draft.Number("last-n") == 0 ? [] : [draft.Create()];
    }

    private protected override IEnumerable<ISampler> Stages(Config config, string[]? order)
    {
        order ??= config.Text("samplers") is { } written ? [.. written.Split([';', ' ', ','], StringSplitOptions.RemoveEmptyEntries).Select(Canonical)] : s_order;
        string keep = config.Is("min_keep", 0) ? "1" : config.Text("min_keep", "1");
        var stages = new List<ISampler>();
        stages.AddRange(From(config, "logit-bias", "logit_bias"));
        string version = config.Text("mirostat", "0");
        if (version is not ("0" or "1" or "2")) throw new ArgumentOutOfRangeException("mirostat", version, $"mirostat is {version}; llama.cpp has 0 (off), 1 and 2.");
        if (version != "0")
        {
            // A mirostat chain is temperature and mirostat alone; every filter is passed over.
            stages.AddRange(Temperatures(config));
            stages.AddRange(From(config, version == "1" ? "mirostat-v1" : "mirostat", "mirostat_tau", "5", ("eta", "mirostat_eta")));
            return stages;
        }
        foreach (string stage in order)
            stages.AddRange(stage switch
            {
                "penalties" =>
                [
                    .. From(config, "repetition-penalty", "repeat_penalty", null, ("last-n", "repeat_last_n")),
                    .. From(config, "frequency-penalty", "frequency_penalty", null, ("last-n", "repeat_last_n")),
                    .. From(config, "presence-penalty", "presence_penalty", null, ("last-n", "repeat_last_n")),
                ],
                "dry" => DryFrom(config),
                "top-n-sigma" => From(config, "top-n-sigma", "top_n_sigma"),
                "top-k" => From(config, "top-k", "top_k", "40"),
                "typical" => Kept(From(config, "typical", "typical_p/typ_p")),
                "top-p" => Kept(From(config, "top-p", "top_p", "0.95")),
                "min-p" => Kept(From(config, "min-p", "min_p", "0.05")),
                "xtc" => From(config, "xtc", "xtc_probability", null, ("threshold", "xtc_threshold")),
                "temperature" => Temperatures(config),
                "adaptive-p" => From(config, "adaptive-p", "adaptive_target", null, ("decay", "adaptive_decay")),
                _ => throw new ArgumentException($"\"{stage}\" is no llama.cpp sampler; they are {string.Join(", ", s_order)} and adaptive-p.", nameof(order)),
            });
        return stages;

        IEnumerable<ISampler> Kept(IEnumerable<ISampler> made) => made.Select(s => keep == "1" ? s : s switch
        {
            TopP p => new TopP(p.Mass, int.Parse(keep)),
            MinP m => new MinP(m.Ratio, int.Parse(keep)),
            Typical t => new Typical(t.Mass, int.Parse(keep), t.Beyond, t.Ties),
            _ => s,
        });
    }

    IEnumerable<ISampler> Temperatures(Config config) => config.Is("dynatemp_range", 0)
        ? From(config, "temperature", "temperature/temp", "0.8")
        : From(config, "dynamic-temperature", "temperature/temp", "0.8", ("delta", "dynatemp_range"), ("exponent", "dynatemp_exponent"));
}
