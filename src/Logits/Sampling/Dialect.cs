using System.Globalization;
using System.Text.Json;

namespace Logits.Sampling;

/// <summary>How a project reads the same settings: its order of stages, defaults, ranges, ties and off-values.</summary>
/// <remarks>
/// A dialect reads text or JSON as that project would, and gives an ordinary <see cref="SamplerChain"/> that leaves that project's survivors.
/// Every difference between projects is a setting of a stage, so the chain that comes out says what it does.
/// </remarks>
public abstract class Dialect
{
    private protected Dialect(string name, params string[] otherNames) => (Name, OtherNames) = (name, otherNames);

    /// <summary>Ours: ties to the lower id, bounds decided to 2⁻⁴⁰, settings as the catalogue has them, an error for each one that is out of range.</summary>
    public static Dialect Exact { get; } = new ExactDialect();

    /// <summary>llama.cpp: off-values instead of errors, exactly k tokens, typical beyond its mass, penalties over the last 64 tokens.</summary>
    public static Dialect LlamaCpp { get; } = new LlamaCppDialect();

    /// <summary>Transformers: strict ranges, ties kept, greedy unless do_sample.</summary>
    public static Dialect Transformers { get; } = new TransformersDialect();

    /// <summary>vLLM: temperature first, ties kept, biases clamped to ±100.</summary>
    public static Dialect Vllm { get; } = new VllmDialect();

    /// <summary>The hosted OpenAI API: its ranges, and an error outside them.</summary>
    public static Dialect OpenAI { get; } = new OpenAIDialect();

    /// <summary>koboldcpp: the 3000 likeliest first, then its sampler order.</summary>
    public static Dialect KoboldCpp { get; } = new KoboldCppDialect();

    /// <summary>onnxruntime-genai: greedy unless do_sample, top-k before top-p.</summary>
    public static Dialect OnnxRuntimeGenAI { get; } = new OnnxRuntimeGenAIDialect();

    /// <summary>text-generation-webui: transformers' ranges with its own tail-free, top-n-sigma and DRY.</summary>
    public static Dialect TextGenerationWebUi { get; } = new TextGenerationWebUiDialect();

    /// <summary>Every dialect.</summary>
    public static IReadOnlyList<Dialect> All { get; } = [Exact, LlamaCpp, Transformers, Vllm, OpenAI, KoboldCpp, OnnxRuntimeGenAI, TextGenerationWebUi];

    /// <summary>Its name on the command line, such as <c>llama.cpp</c>.</summary>
    public string Name { get; }

    internal string[] OtherNames { get; }

    /// <summary>The dialect of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Dialect Find(string name) =>
        All.FirstOrDefault(d => d.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || d.OtherNames.Contains(name, StringComparer.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"\"{name}\" is no dialect; the dialects are {string.Join(", ", All.Select(d => d.Name))}.", nameof(name));

    /// <summary>What the project does when nothing is set.</summary>
    public SamplerChain DefaultChain => ReadConfig("{}");

    /// <summary>Reads a chain in the order it is written, with this project's meaning of each stage; names may be the project's own.</summary>
    /// <exception cref="ArgumentException">A stage or setting is unknown, or one the project refuses.</exception>
    public SamplerChain Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var stages = new List<ISampler>();
        foreach (var (name, settings) in ChainText.Read(text)) stages.AddRange(Stage(name, settings));
        return SamplerChain.Of([.. Chain(stages)]);
    }

    /// <summary>Reads the project's settings (a generation config, or the body of a request) in the project's order of stages.</summary>
    /// <param name="json">One object; keys that are no sampling settings are passed over.</param>
    /// <param name="order">Stages in another order, as <c>--samplers</c> takes them: <c>top_k;top_p;temperature</c>. Only these run.</param>
    /// <exception cref="ArgumentException">Not a JSON object, an unknown stage in the order, or a value the project refuses.</exception>
    public SamplerChain ReadConfig(string json, string? order = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        JsonDocument document;
        try { document = JsonDocument.Parse(json); }
        catch (JsonException e) { throw new ArgumentException($"the settings are no JSON: {e.Message}", nameof(json), e); }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new ArgumentException("the settings are no JSON object; write {\"temperature\": 0.8}.", nameof(json));
            var config = new Config(document.RootElement);
            return SamplerChain.Of([.. Chain(Stages(config, order is null ? null : [.. order.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Canonical)]), config)]);
        }
    }

    /// <summary>One stage by name, with this project's meaning; none when the value turns it off.</summary>
    internal IEnumerable<ISampler> Stage(string name, IReadOnlyDictionary<string, string> settings)
    {
        string canonical = Canonical(name);
        var info = Samplers.Find(canonical) ?? throw new ArgumentException($"\"{name}\" is no stage; the stages are {string.Join(", ", Samplers.All.Select(s => s.Name).Order(StringComparer.Ordinal))}.", nameof(name));
        return Make(new Draft(info, settings));
    }

    /// <summary>The catalogue's name of a stage.</summary>
    private protected virtual string Canonical(string name) => name.Replace('_', '-').ToLowerInvariant() switch
    {
        "temp" => "temperature",
        "typ-p" or "typical-p" => "typical",
        "tfs" or "tfs-z" => "tail-free",
        "repeat-penalty" or "rep-pen" => "repetition-penalty",
        "epsilon-cutoff" => "epsilon",
        "eta-cutoff" => "eta",
        "no-repeat-ngram-size" => "no-repeat-ngram",
        "bad-words-ids" => "bad-words",
        "suppress-tokens" => "suppress",
        "dynatemp" or "temp-ext" or "temperature-ext" => "dynamic-temperature",
        "nsigma" => "top-n-sigma",
        var known => known,
    };

    /// <summary>The stage as this project means it.</summary>
    private protected abstract IEnumerable<ISampler> Make(Draft draft);

    /// <summary>The stages of a config in the project's order, or in the given one.</summary>
    private protected abstract IEnumerable<ISampler> Stages(Config config, string[]? order);

    /// <summary>What the project makes of the whole, such as nothing but the likeliest token at temperature 0.</summary>
    private protected virtual IEnumerable<ISampler> Chain(IEnumerable<ISampler> stages, Config? config = null) => stages;

    /// <summary>A value of a config under any of some names, as text; null when absent or null.</summary>
    internal sealed class Config(JsonElement json)
    {
        public string? Text(params string[] keys)
        {
            foreach (string key in keys)
                if (json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null) return Write(value);
            return null;
        }

        public string Text(string key, string otherwise) => Text([key]) ?? otherwise;

        /// <summary>A number; null when absent.</summary>
        /// <exception cref="ArgumentException">The value is no number.</exception>
        public double? Number(string key) => Text([key]) is not { } text ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
            : throw new ArgumentException($"{key} is \"{text}\"; it is a number.", key);

        /// <summary>Whether a key is absent or a number at which its stage does nothing.</summary>
        public bool Is(string key, double off) => (Number(key) ?? off) == off;

        /// <summary>Refuses a least length above the greatest.</summary>
        public void AtMost(string least, string most)
        {
            if (Number(least) is { } low && Number(most) is { } high && low > high)
                throw new ArgumentException($"{least} is {low.ToString(CultureInfo.InvariantCulture)} and {most} is {high.ToString(CultureInfo.InvariantCulture)}; {least} is at most {most}. Lower the one or raise the other.", least);
        }

        /// <summary>Token sequences for DRY to stop at; nothing when absent.</summary>
        /// <exception cref="ArgumentException">They are written as texts, which only the model's tokenizer can read.</exception>
        public string? Breakers()
        {
            const string Key = "dry_sequence_breakers";
            if (!json.TryGetProperty(Key, out var value) || value.ValueKind == JsonValueKind.Null) return null;
            if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind is JsonValueKind.Number or JsonValueKind.Array))
                return string.Join('|', value.EnumerateArray().Select(Write));
            throw new ArgumentException($"{Key} is {value.GetRawText()}; texts become tokens by the model's tokenizer, which is not known here. Write their token ids, such as [[13], [4, 5]], or [] for none.", Key);
        }

        public bool Flag(string key) => Text([key]) == "true";

        static string Write(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            // {"8": 6} and [[8, 6]] are biases; [[1, 3], [2]] sequences; [3, 7] tokens.
            JsonValueKind.Object => string.Join('|', value.EnumerateObject().Select(p => $"{p.Name}:{Write(p.Value)}")),
            JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Array && value[0].GetArrayLength() == 2 && value[0][0].ValueKind == JsonValueKind.Array =>
                string.Join('|', value.EnumerateArray().Select(pair => $"{Write(pair[0])}:{Write(pair[1])}")),
            JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Array => string.Join('|', value.EnumerateArray().Select(Write)),
            JsonValueKind.Array => string.Join(' ', value.EnumerateArray().Select(Write)),
            _ => value.GetRawText(),
        };
    }

    /// <summary>A stage before it is made: its settings can be looked at outside their ranges, and changed.</summary>
    internal sealed class Draft
    {
        readonly Dictionary<string, string> _settings;

        public Draft(SamplerInfo info, IReadOnlyDictionary<string, string> settings)
        {
            Info = info;
            _settings = new(StringComparer.Ordinal);
            foreach (var (name, value) in settings)
                _settings[name.Length > 0 ? name : info.Settings.Count > 0 ? info.Settings[0].Name : throw new ArgumentException($"{info.Name} takes no setting; write {info.Name}.")] = value;
        }

        public SamplerInfo Info { get; }
        public string Name => Info.Name;

        /// <summary>The first setting as a number.</summary>
        public double Main => Number(Info.Settings[0].Name);

        public double Number(string name) => new SettingReader(Info, _settings).Number(name);

        public bool Has(string name) => _settings.ContainsKey(name);

        public Draft With(string name, string value)
        {
            _settings[name] = value;
            return this;
        }

        /// <summary>Gives a setting a value unless it was written.</summary>
        public Draft Default(string name, string value)
        {
            _settings.TryAdd(name, value);
            return this;
        }

        public ISampler Create() => Info.Create(_settings);

        /// <summary>The error for a value that this project refuses.</summary>
        public ArgumentException Refused(string project, string allowed) => Refused(project, Info.Settings[0].Name, allowed);

        public ArgumentException Refused(string project, string setting, string allowed) =>
            new ArgumentOutOfRangeException(Name, _settings.GetValueOrDefault(setting), $"{Name} is {_settings.GetValueOrDefault(setting)}; {project} allows {allowed}.");
    }

    /// <summary>DRY from a config in which it is on, with its breakers.</summary>
    private protected IEnumerable<ISampler> DryFrom(Config config)
    {
        if (config.Is("dry_multiplier", 0)) return [];
        var settings = new Dictionary<string, string> { [""] = config.Text("dry_multiplier", "0") };
        foreach (var (setting, key) in ((string, string)[])[("base", "dry_base"), ("allowed-length", "dry_allowed_length"), ("last-n", "dry_penalty_last_n")])
            if (config.Text([key]) is { } value) settings[setting] = value;
        if (config.Breakers() is { } breakers) settings["breakers"] = breakers;
        return Stage("dry", settings);
    }

    /// <summary>A stage from a config: its first setting under one of the keys, others beside it; nothing when the first is absent.</summary>
    private protected IEnumerable<ISampler> From(Config config, string stage, string keys, string? otherwise = null, params (string Setting, string Key)[] others)
    {
        if ((config.Text(keys.Split('/')) ?? otherwise) is not { } main) return [];
        var settings = new Dictionary<string, string> { [""] = main };
        foreach (var (setting, key) in others)
            if (config.Text(key.Split('/')) is { } value) settings[setting] = value;
        return Stage(stage, settings);
    }
}

/// <summary>Ours.</summary>
sealed class ExactDialect() : Dialect("exact")
{
    private protected override IEnumerable<ISampler> Make(Draft draft) => [draft.Create()];

    /// <summary>Every stage whose name, or whose name with underscores, is a key; in the catalogue's order.</summary>
    private protected override IEnumerable<ISampler> Stages(Config config, string[]? order) =>
        (order ?? [.. Samplers.All.Select(s => s.Name)]).SelectMany(name => From(config, name, $"{name}/{name.Replace('-', '_')}"));
}
