namespace Logits.Sampling;

/// <summary>Transformers' logits processors and warpers, in the order generation/utils.py lists them.</summary>
class TransformersDialect(string name = "transformers", params string[] otherNames) : Dialect(name, [.. otherNames, .. (string[])(name == "transformers" ? ["hf"] : [])])
{
    private protected override IEnumerable<ISampler> Make(Draft draft)
    {
        switch (draft.Name)
        {
            case "temperature" when !(draft.Main > 0): throw draft.Refused(Name, "a temperature above 0 (for the likeliest token: do_sample false)");
            case "temperature" when draft.Main == 1: return [];
            case "top-k" when draft.Main < 1: throw draft.Refused(Name, "a whole number of at least 1");
            case "top-k": draft.With("ties", "true"); break;
            case "top-p" or "min-p" when draft.Main is < 0 or > 1: throw draft.Refused(Name, "0 to 1");
            case "typical" when draft.Main is <= 0 or >= 1: throw draft.Refused(Name, "above 0 and below 1");
            case "typical": draft.With("ties", "true"); break;
            case "epsilon" or "eta" when draft.Main is <= 0 or >= 1: throw draft.Refused(Name, "above 0 and below 1");
            case "top-h" when draft.Main is <= 0 or > 1: throw draft.Refused(Name, "above 0 and at most 1");
            case "bad-words": draft.With("long-history", "true"); break;
            case "sequence-bias": draft.With("any-history", "false"); break;
        }
        return [draft.Create()];
    }

    private protected override IEnumerable<ISampler> Stages(Config config, string[]? order)
    {
        (string, string) eos = ("eos", "eos_token_id");
        config.AtMost("min_length", "max_length");
        config.AtMost("min_new_tokens", "max_new_tokens");
        if (config.Number("num_return_sequences") is > 1 and var returned)
        {
            if (config.Number("num_beams") is > 1) config.AtMost("num_return_sequences", "num_beams");
            else if (!Samples(config))
                throw new ArgumentException($"num_return_sequences is {returned} and do_sample is false; without beams there is one likeliest sequence. Set num_return_sequences to 1, num_beams to at least {returned}, or do_sample to true.", "num_return_sequences");
        }
        IEnumerable<ISampler> Processors() =>
        [
            .. From(config, "sequence-bias", "sequence_bias"),
            .. config.Text("encoder_input_ids") is null ? [] : From(config, "encoder-repetition-penalty", "encoder_repetition_penalty", null, ("encoder-ids", "encoder_input_ids")),
            .. Unless(1, "repetition-penalty", "repetition_penalty"),
            .. Unless(0, "no-repeat-ngram", "no_repeat_ngram_size"),
            .. config.Text("encoder_input_ids") is null ? [] : Unless(0, "encoder-no-repeat-ngram", "encoder_no_repeat_ngram_size", ("encoder-ids", "encoder_input_ids")),
            .. From(config, "bad-words", "bad_words_ids", null, eos),
            .. config.Text("eos_token_id") is null ? [] : Unless(0, "min-length", "min_length", eos),
            .. config.Text("eos_token_id") is null ? [] : Unless(0, "min-new-tokens", "min_new_tokens", eos),
            .. From(config, "forced-bos", "forced_bos_token_id"),
            .. config.Text("max_length") is null ? [] : config.Text("forced_eos_token_id") is null ? [] : From(config, "forced-eos", "max_length", null, ("eos", "forced_eos_token_id")),
            .. config.Flag("remove_invalid_values") ? [new RemoveInfNan()] : Array.Empty<ISampler>(),
            .. config.Text("exponential_decay_length_penalty") is { } decay ? Decay(decay, config) : [],
            .. From(config, "suppress", "suppress_tokens"),
            .. config.Text("begin_suppress_tokens") is null ? [] : From(config, "suppress-at-begin", "begin_suppress_tokens", null, ("begin-index", "begin_index")),
        ];
        var processors = Processors().OrderBy(s => s is RemoveInfNan ? 0 : 1);
        if (!Samples(config)) return [.. processors, new Greedy()];
        string[] warpers = order ?? WarperOrder;
        return [.. processors, .. warpers.SelectMany(stage => Warper(config, stage))];

        IEnumerable<ISampler> Unless(double off, string stage, string key, params (string, string)[] others) =>
            !config.Is(key, off) ? From(config, stage, key, null, others) : [];
    }

    private protected virtual string[] WarperOrder => ["temperature", "top-h", "top-k", "top-p", "min-p", "typical", "epsilon", "eta", "log-softmax"];

    private protected virtual bool Samples(Config config) => config.Flag("do_sample");

    private protected virtual IEnumerable<ISampler> Warper(Config config, string stage) => stage switch
    {
        "temperature" => From(config, stage, "temperature"),
        "top-h" => From(config, stage, "top_h"),
        "top-k" => config.Text("top_k", "50") is "0" ? [] : From(config, stage, "top_k", "50"),
        "top-p" => config.Is("top_p", 1) ? [] : From(config, stage, "top_p"),
        "min-p" => From(config, stage, "min_p"),
        "typical" => config.Is("typical_p", 1) ? [] : From(config, stage, "typical_p"),
        "epsilon" => config.Is("epsilon_cutoff", 0) ? [] : From(config, stage, "epsilon_cutoff"),
        "eta" => config.Is("eta_cutoff", 0) ? [] : From(config, stage, "eta_cutoff"),
        "log-softmax" => config.Flag("renormalize_logits") ? [new LogSoftmax()] : [],
        _ => throw new ArgumentException($"\"{stage}\" is no warper of {Name}; they are {string.Join(", ", WarperOrder)}.", nameof(stage)),
    };

    IEnumerable<ISampler> Decay(string decay, Config config)
    {
        string[] parts = decay.Split(' ');
        if (parts.Length != 2) throw new ArgumentException($"exponential_decay_length_penalty is \"{decay}\"; it is a start and a factor, [5, 1.1].", nameof(decay));
        return Stage("exponential-decay-length", new Dictionary<string, string> { ["start"] = parts[0], ["factor"] = parts[1], ["eos"] = config.Text("eos_token_id", "") });
    }
}

/// <summary>text-generation-webui: transformers with samplers of its own.</summary>
sealed class TextGenerationWebUiDialect() : TransformersDialect("text-generation-webui", "tgw", "ooba")
{
    private protected override string[] WarperOrder =>
        ["repetition-penalty", "presence-penalty", "frequency-penalty", "dry", "temperature", "dynamic-temperature", "quadratic-smoothing", "top-n-sigma", "top-k", "top-p", "typical", "epsilon", "eta", "tail-free", "top-a", "min-p", "adaptive-p", "mirostat", "xtc"];

    private protected override IEnumerable<ISampler> Make(Draft draft) => draft.Name switch
    {
        "tail-free" => draft.Main >= 1 ? [] : [draft.With("one-more", "true").Create()],
        "top-n-sigma" => draft.Main <= 0 ? [] : [draft.With("masked-as-zero", "true").Create()],
        "dry" => draft.Main <= 0 ? [] : [draft.With("max-match", "50").With("penalize-breakers", "true").Create()],
        "top-a" => draft.Main <= 0 ? [] : [draft.Create()],
        "xtc" => draft.Main <= 0 ? [] : [draft.With("below", "true").Create()],
        _ => base.Make(draft),
    };

    private protected override bool Samples(Config config) => config.Text("do_sample", "true") == "true";

    private protected override IEnumerable<ISampler> Warper(Config config, string stage) => stage switch
    {
        // Already among the processors of transformers.
        "repetition-penalty" => [],
        "presence-penalty" => From(config, stage, "presence_penalty"),
        "frequency-penalty" => From(config, stage, "frequency_penalty"),
        "dry" => DryFrom(config),
        "temperature" => config.Flag("dynamic_temperature") ? [] : base.Warper(config, stage),
        "dynamic-temperature" => config.Flag("dynamic_temperature") ? Dynamic(config) : [],
        "quadratic-smoothing" => config.Is("smoothing_factor", 0) ? [] : From(config, stage, "smoothing_factor", null, ("curve", "smoothing_curve")),
        "top-n-sigma" => From(config, stage, "top_n_sigma"),
        "top-k" => config.Is("top_k", 0) ? [] : From(config, stage, "top_k"),
        "tail-free" => From(config, stage, "tfs"),
        "top-a" => From(config, stage, "top_a"),
        "min-p" => config.Is("min_p", 0) ? [] : base.Warper(config, stage),
        "adaptive-p" => From(config, stage, "adaptive_target", null, ("decay", "adaptive_decay")),
        "mirostat" => config.Text("mirostat_mode", "0") == "2" ? From(config, stage, "mirostat_tau", "5", ("eta", "mirostat_eta")) : [],
        "xtc" => config.Is("xtc_probability", 0) ? [] : From(config, stage, "xtc_probability", null, ("threshold", "xtc_threshold")),
        _ => base.Warper(config, stage),
    };

    /// <summary>A range from dynatemp_low to dynatemp_high.</summary>
    static IEnumerable<ISampler> Dynamic(Config config)
    {
        double low = config.Number("dynatemp_low") ?? 1, high = config.Number("dynatemp_high") ?? 1;
        config.AtMost("dynatemp_low", "dynatemp_high");
        return [new DynamicTemperature((low + high) / 2, (high - low) / 2, config.Number("dynatemp_exponent") ?? 1)];
    }
}
