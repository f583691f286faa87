using Logits.Watermarks;

namespace Logits.Sampling;

/// <summary>The catalogue of stages: what a command line can name and a page can show.</summary>
public static class Samplers
{
    /// <summary>Every stage the library has, by the order of the documentation.</summary>
    public static IReadOnlyList<SamplerInfo> All { get; } =
    [
        Greedy.Info,
        Temperature.Info,
        DynamicTemperature.Info,
        QuadraticSmoothing.Info,
        TopK.Info,
        TopP.Info,
        MinP.Info,
        Typical.Info,
        TailFree.Info,
        TopA.Info,
        TopH.Info,
        TopNSigma.Info,
        PLess.Info,
        EpsilonCutoff.Info,
        EtaCutoff.Info,
        Xtc.Info,
        Mirostat.Info,
        MirostatV1.Info,
        AdaptiveP.Info,
        RepetitionPenalty.Info,
        FrequencyPenalty.Info,
        PresencePenalty.Info,
        RepetitionSlope.Info,
        EncoderRepetitionPenalty.Info,
        Dry.Info,
        NoRepeatNgram.Info,
        EncoderNoRepeatNgram.Info,
        BadWords.Info,
        SequenceBias.Info,
        LogitBias.Info,
        MinLength.Info,
        MinNewTokens.Info,
        ForcedBos.Info,
        ForcedEos.Info,
        Suppress.Info,
        SuppressAtBegin.Info,
        ExponentialDecayLength.Info,
        AllowedTokens.Info,
        EosPrioritizer.Info,
        ReasoningBudget.Info,
        LogSoftmax.Info,
        RemoveInfNan.Info,
        GreenList.Info,
        SynthId.Info,
        Race.Info,
        InverseCdf.Info,
    ];

    static readonly Dictionary<string, SamplerInfo> s_byName = All.ToDictionary(info => info.Name);
    static readonly Dictionary<Type, SamplerInfo> s_byType = All.ToDictionary(info => info.Type);

    /// <summary>The entry of that name, or null.</summary>
    public static SamplerInfo? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>Makes a stage by name; the setting under the empty name is the first one.</summary>
    /// <exception cref="ArgumentException">The name or a setting is unknown, unreadable or out of range.</exception>
    public static ISampler Create(string name, IReadOnlyDictionary<string, string> settings)
    {
        var info = Find(name) ?? throw new ArgumentException($"\"{name}\" is no stage; the stages are {string.Join(", ", s_byName.Keys.Order(StringComparer.Ordinal))}.", nameof(name));
        if (!settings.TryGetValue("", out string? first)) return info.Create(settings);
        if (info.Settings.Count == 0) throw new ArgumentException($"{name} takes no setting; write {name}.", nameof(settings));
        var named = new Dictionary<string, string>(settings) { [info.Settings[0].Name] = first };
        named.Remove("");
        return info.Create(named);
    }

    /// <summary>The stage as <see cref="SamplerChain.Parse"/> reads it; a stage that is not in the catalogue by its own name.</summary>
    public static string Describe(ISampler sampler)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        return s_byType.TryGetValue(sampler.GetType(), out var info) ? info.Print(sampler) : sampler.ToString() ?? sampler.GetType().Name;
    }
}
