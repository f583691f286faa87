using System.Globalization;
using Logits.Apis;

namespace Logits.Sampling;

/// <summary>vLLM's sampling parameters, in the order of vllm/v1/sample.</summary>
sealed class VllmDialect() : Dialect("vllm")
{
    static readonly string[] s_order = ["allowed-tokens", "min-new-tokens", "logit-bias", "repetition-penalty", "frequency-penalty", "presence-penalty", "temperature", "min-p", "top-k", "top-p"];

    private protected override IEnumerable<ISampler> Make(Draft draft)
    {
        switch (draft.Name)
        {
            case "temperature" when draft.Main is not (>= 0 and <= 2): throw draft.Refused(Name, "0 to 2");
            case "temperature" when draft.Main < 1e-5: return [new Greedy()];
            case "temperature" when draft.Main < 0.01: return [new Temperature(0.01)];
            case "top-k" when draft.Main < -1: throw draft.Refused(Name, "0 or -1 (off), or at least 1");
            case "top-k" when draft.Main <= 0: return [];
            case "top-k": draft.With("ties", "true"); break;
            case "top-p" when draft.Main is not (> 0 and <= 1): throw draft.Refused(Name, "above 0 and at most 1");
            case "min-p" when draft.Main is not (>= 0 and <= 1): throw draft.Refused(Name, "0 to 1");
            case "frequency-penalty" or "presence-penalty" when draft.Main is not (>= -2 and <= 2): throw draft.Refused(Name, "-2 to 2");
            case "frequency-penalty" or "presence-penalty": draft.With("output-only", "true"); break;
            case "repetition-penalty" when !(draft.Main > 0): throw draft.Refused(Name, "above 0");
            case "logit-bias": return [Clamped((LogitBias)draft.Create())];
        }
        return [draft.Create()];
    }

    static LogitBias Clamped(LogitBias bias) => new([.. bias.Biases.Select(b => new TokenBias(b.Sequence, Math.Clamp(b.Bias, -100, 100)))]);

    private protected override IEnumerable<ISampler> Stages(Config config, string[]? order)
    {
        config.AtMost("min_tokens", "max_tokens");
        if (config.Number("n") is > 1 and var n && config.Number("temperature") is >= 0 and < 1e-5)
            throw new ArgumentException($"n is {n} and temperature is {config.Text("temperature", "")}; {Name} takes the likeliest token then, so every one of the n would be the same. Set n to 1, or temperature above 0.", nameof(n));
        return (order ?? s_order).SelectMany(stage => Configured(config, stage));
    }

    IEnumerable<ISampler> Configured(Config config, string stage) => stage switch
    {
        "allowed-tokens" => From(config, stage, "allowed_token_ids"),
        "min-new-tokens" => config.Is("min_tokens", 0) ? [] : From(config, stage, "min_tokens", null, ("eos", "stop_token_ids/eos_token_id")),
        "logit-bias" => From(config, stage, "logit_bias"),
        "repetition-penalty" or "frequency-penalty" or "presence-penalty" or "temperature" or "min-p" or "top-k" or "top-p" => From(config, stage, stage.Replace('-', '_')),
        _ => throw new ArgumentException($"\"{stage}\" is no stage of vLLM; they are {string.Join(", ", s_order)}.", nameof(stage)),
    };

    /// <summary>A temperature of 0 takes the likeliest token: no filter after it matters.</summary>
    private protected override IEnumerable<ISampler> Chain(IEnumerable<ISampler> stages, Config? config = null)
    {
        foreach (var stage in stages)
        {
            yield return stage;
            if (stage is Greedy) yield break;
        }
    }
}

/// <summary>The hosted OpenAI API.</summary>
sealed class OpenAIDialect() : Dialect("openai")
{
    private protected override IEnumerable<ISampler> Make(Draft draft)
    {
        switch (draft.Name)
        {
            case "temperature" when !ApiRange.Temperature.Holds(draft.Main): throw draft.Refused(Name, ApiRange.Temperature.ToString());
            case "top-p" when !ApiRange.TopP.Holds(draft.Main): throw draft.Refused(Name, ApiRange.TopP.ToString());
            case "frequency-penalty" or "presence-penalty" when !ApiRange.Penalty.Holds(draft.Main): throw draft.Refused(Name, ApiRange.Penalty.ToString());
            case "frequency-penalty" or "presence-penalty": draft.With("output-only", "true"); break;
            case "logit-bias":
                var bias = (LogitBias)draft.Create();
                foreach (var b in bias.Biases.Span)
                    if (!ApiRange.Bias.Holds(b.Bias))
                        throw new ArgumentOutOfRangeException("logit_bias", b.Bias, $"logit_bias of token {b.Sequence} is {b.Bias.ToString(CultureInfo.InvariantCulture)}; {Name} allows {ApiRange.Bias}.");
                return [bias];
        }
        return [draft.Create()];
    }

    private protected override IEnumerable<ISampler> Stages(Config config, string[]? order) =>
        (order ?? ["logit-bias", "frequency-penalty", "presence-penalty", "temperature", "top-p"]).SelectMany(stage => From(config, stage, stage.Replace('-', '_')));
}

/// <summary>onnxruntime-genai's search options.</summary>
sealed class OnnxRuntimeGenAIDialect() : Dialect("onnxruntime-genai", "ort", "onnx")
{
    private protected override IEnumerable<ISampler> Make(Draft draft)
    {
        switch (draft.Name)
        {
            case "temperature" when draft.Main < 0: throw draft.Refused(Name, "at least 0");
            case "temperature" when draft.Main == 0: return [new Greedy()];
            case "top-k" when draft.Main < 0: throw draft.Refused(Name, "at least 0");
            case "top-k" when draft.Main == 0: return [];
            case "top-p" when draft.Main is < 0 or > 1: throw draft.Refused(Name, "0 to 1");
        }
        return [draft.Create()];
    }

    private protected override IEnumerable<ISampler> Stages(Config config, string[]? order)
    {
        config.AtMost("min_length", "max_length");
        if (config.Number("num_beams") is > 1 and var beams)
        {
            config.AtMost("num_return_sequences", "num_beams");
            if (config.Flag("do_sample")) throw new ArgumentException($"num_beams is {beams} and do_sample is true; {Name} does not draw within a beam search. Set num_beams to 1 or do_sample to false.", "num_beams");
        }
        var stages = new List<ISampler>();
        if (!config.Is("min_length", 0)) stages.AddRange(From(config, "min-length", "min_length", null, ("eos", "eos_token_id")));
        stages.AddRange(From(config, "repetition-penalty", "repetition_penalty"));
        if (!config.Is("no_repeat_ngram_size", 0)) stages.AddRange(From(config, "no-repeat-ngram", "no_repeat_ngram_size"));
        string k = config.Text("top_k", "50");
        if (!config.Flag("do_sample") || k == "1") return [.. stages, new Greedy()];
        stages.AddRange(From(config, "temperature", "temperature", "1"));
        stages.AddRange(From(config, "top-k", "top_k", "50"));
        // Beside top-k, a top_p of 0 is off; alone, it is a nucleus of one token.
        if (config.Text("top_p") is { } p && (k == "0" || p is not ("0" or "0.0"))) stages.AddRange(From(config, "top-p", "top_p"));
        return stages;
    }
}

/// <summary>koboldcpp's samplers in its numbered order.</summary>
sealed class KoboldCppDialect() : Dialect("koboldcpp", "kobold")
{
    private protected override IEnumerable<ISampler> Make(Draft draft) => draft.Name switch
    {
        // No division by zero: nearly 0, and then the best alone.
        "temperature" => draft.Main <= 0 ? [new Temperature(1.0 / 256), new TopK(1)] : [draft.Create()],
        "top-k" => draft.Main <= 0 ? [] : [draft.Create()],
        "top-p" => draft.Main >= 1 ? [] : [draft.Create()],
        "top-a" or "min-p" => draft.Main <= 0 ? [] : [draft.Create()],
        "tail-free" => draft.Main >= 1 ? [] : [draft.Create()],
        "typical" => draft.Main >= 1 ? [] : [draft.With("beyond", "true").Create()],
        // A reward for repetition is the same near and far.
        "repetition-slope" => [(draft.Main < 1 ? draft.With("slope", "1") : draft).Create()],
        "dry" => draft.Main <= 0 ? [] : [(draft.Number("last-n") <= 0 ? draft.With("last-n", "-1") : draft).With("penalize-breakers", "true").Create()],
        "top-n-sigma" => draft.Main <= 0 ? [] : [draft.Create()],
        "xtc" => draft.Main <= 0 || draft.Number("threshold") > 0.5 ? [] : [draft.With("below", "true").Create()],
        _ => [draft.Create()],
    };

    private protected override IEnumerable<ISampler> Stages(Config config, string[]? order)
    {
        var stages = new List<ISampler>();
        stages.AddRange(From(config, "logit-bias", "logit_bias"));
        stages.AddRange(DryFrom(config));
        stages.Add(new TopK(3000));
        string version = config.Text("mirostat", "0");
        if (version is not ("0" or "1" or "2")) throw new ArgumentOutOfRangeException("mirostat", version, $"mirostat is {version}; {Name} has 0 (off), 1 and 2.");
        if (version != "0")
            return [.. stages, .. Repetition(config), .. Temperatures(config, dynamic: false), .. From(config, version == "1" ? "mirostat-v1" : "mirostat", "mirostat_tau", "5", ("eta", "mirostat_eta"))];
        foreach (string stage in order ?? config.Text("sampler_order", "6 0 1 3 4 2 5").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            stages.AddRange(stage switch
            {
                "6" or "repetition-slope" => Repetition(config),
                "0" or "top-k" => From(config, "top-k", "top_k", "100"),
                "1" or "top-a" => From(config, "top-a", "top_a"),
                "2" or "top-p" => [.. From(config, "top-p", "top_p", "0.92"), .. From(config, "min-p", "min_p")],
                "3" or "tail-free" => From(config, "tail-free", "tfs"),
                "4" or "typical" => From(config, "typical", "typical"),
                "5" or "temperature" => [.. Temperatures(config, dynamic: true), .. From(config, "top-n-sigma", "nsigma")],
                _ => throw new ArgumentException($"\"{stage}\" is no sampler of koboldcpp; they are 0 top-k, 1 top-a, 2 top-p, 3 tail-free, 4 typical, 5 temperature, 6 repetition-slope.", nameof(order)),
            });
        stages.AddRange(From(config, "xtc", "xtc_probability", null, ("threshold", "xtc_threshold")));
        return stages;
    }

    IEnumerable<ISampler> Repetition(Config config) => config.Is("rep_pen", 1) && config.Is("presence_penalty", 0) ? []
        : From(config, "repetition-slope", "rep_pen", "1", ("range", "rep_pen_range"), ("slope", "rep_pen_slope"), ("presence", "presence_penalty"));

    /// <summary>The temperature, which may move with the entropy, and the smoothing that belongs to it; at 0 it is the best token alone.</summary>
    IEnumerable<ISampler> Temperatures(Config config, bool dynamic)
    {
        bool moves = dynamic && !config.Is("dynatemp_range", 0);
        var temperature = moves ? From(config, "dynamic-temperature", "temperature", "0.75", ("delta", "dynatemp_range"), ("exponent", "dynatemp_exponent")) : From(config, "temperature", "temperature", "0.75");
        bool smooth = config.Number("smoothing_factor") > 0 && (moves || (config.Number("temperature") ?? 0.75) > 0);
        return smooth ? [.. temperature, .. From(config, "quadratic-smoothing", "smoothing_factor")] : temperature;
    }
}
