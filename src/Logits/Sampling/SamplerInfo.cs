using System.Globalization;

namespace Logits.Sampling;

/// <summary>What a setting of a stage holds.</summary>
public enum SettingKind
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>Token ids, written <c>3 7 9</c>.</summary>
    Tokens,

    /// <summary>Sequences of token ids, written <c>1 3|2 5 6</c>.</summary>
    Sequences,

    /// <summary>Sequences of token ids with a number each, written <c>8:6|1 3:-2.5</c>.</summary>
    Biases,
}

/// <summary>One setting of a stage, as a command line or a slider needs to know it.</summary>
/// <param name="Name">Its name in <see cref="SamplerChain.Parse"/>.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Doc">One line about it.</param>
/// <param name="Least">The smallest value allowed.</param>
/// <param name="Most">The largest value allowed.</param>
/// <param name="Default">Its value when left out, as written; null when it must be given.</param>
public sealed record Setting(string Name, SettingKind Kind, string Doc, double Least = double.NegativeInfinity, double Most = double.PositiveInfinity, string? Default = null);

/// <summary>A stage as the catalogue lists it: its name, settings and how to make one.</summary>
public abstract class SamplerInfo
{
    private protected SamplerInfo(string name, string doc, Setting[] settings) => (Name, Doc, Settings) = (name, doc, settings);

    /// <summary>Its name in <see cref="SamplerChain.Parse"/>, such as <c>top-k</c>.</summary>
    public string Name { get; }

    /// <summary>One line about it.</summary>
    public string Doc { get; }

    /// <summary>Its settings; the first may be written right after the name, <c>top-k=40</c>.</summary>
    public IReadOnlyList<Setting> Settings { get; }

    /// <summary>The type of stage.</summary>
    public abstract Type Type { get; }

    /// <summary>Makes a stage from settings by name; those left out take their defaults.</summary>
    /// <exception cref="ArgumentException">A setting is unknown, missing, unreadable or out of range; the message names it.</exception>
    public abstract ISampler Create(IReadOnlyDictionary<string, string> settings);

    /// <summary>The settings of a stage, as written, in the order of <see cref="Settings"/>.</summary>
    internal abstract string[] Values(ISampler sampler);

    /// <summary>The stage as <see cref="SamplerChain.Parse"/> reads it: settings at their defaults are left out.</summary>
    internal string Print(ISampler sampler)
    {
        string[] values = Values(sampler);
        var given = new List<string>();
        for (int i = 0; i < values.Length; i++)
            if (values[i] != Settings[i].Default) given.Add($"{Settings[i].Name}={values[i]}");
        if (given.Count == 0) return Name;
        return given.Count == 1 && values[0] != Settings[0].Default ? $"{Name}={values[0]}" : $"{Name}({string.Join(',', given)})";
    }
}

/// <summary>A stage of one type.</summary>
sealed class SamplerInfo<TSampler>(string name, string doc, (Setting Setting, Func<TSampler, string> Read)[] settings, Func<SettingReader, TSampler> create)
    : SamplerInfo(name, doc, [.. settings.Select(s => s.Setting)]) where TSampler : ISampler
{
    public override Type Type => typeof(TSampler);

    public override ISampler Create(IReadOnlyDictionary<string, string> settings) => create(new SettingReader(this, settings));

    internal override string[] Values(ISampler sampler) => [.. settings.Select(s => s.Read((TSampler)sampler))];
}

/// <summary>The ways a setting is declared.</summary>
static class Settings
{
    public static (Setting, Func<T, string>) Number<T>(string name, Func<T, double> read, string doc, double least = double.NegativeInfinity, double most = double.PositiveInfinity, double? byDefault = null) =>
        (new(name, SettingKind.Number, doc, least, most, byDefault?.ToString(CultureInfo.InvariantCulture)), s => read(s).ToString(CultureInfo.InvariantCulture));

    public static (Setting, Func<T, string>) Integer<T>(string name, Func<T, int> read, string doc, int least = int.MinValue, int most = int.MaxValue, int? byDefault = null) =>
        (new(name, SettingKind.Integer, doc, least, most, byDefault?.ToString(CultureInfo.InvariantCulture)), s => read(s).ToString(CultureInfo.InvariantCulture));

    /// <summary>A whole number of 64 bits.</summary>
    public static (Setting, Func<T, string>) Key<T>(string name, Func<T, ulong> read, string doc) =>
        (new(name, SettingKind.Integer, doc, 0, ulong.MaxValue), s => read(s).ToString(CultureInfo.InvariantCulture));

    public static (Setting, Func<T, string>) Flag<T>(string name, Func<T, bool> read, string doc) =>
        (new(name, SettingKind.Flag, doc, 0, 1, "false"), s => read(s) ? "true" : "false");

    public static (Setting, Func<T, string>) Tokens<T>(string name, Func<T, TokenList> read, string doc, string? byDefault = null) =>
        (new(name, SettingKind.Tokens, doc, 0, int.MaxValue, byDefault), s => read(s).ToString());

    public static (Setting, Func<T, string>) Sequences<T>(string name, Func<T, TokenSequences> read, string doc, string? byDefault = null) =>
        (new(name, SettingKind.Sequences, doc, 0, int.MaxValue, byDefault), s => read(s).ToString());

    public static (Setting, Func<T, string>) Biases<T>(string name, Func<T, TokenBiases> read, string doc) =>
        (new(name, SettingKind.Biases, doc), s => read(s).ToString());
}

/// <summary>Reads the settings of one stage from text.</summary>
sealed class SettingReader
{
    readonly SamplerInfo _info;
    readonly IReadOnlyDictionary<string, string> _given;

    public SettingReader(SamplerInfo info, IReadOnlyDictionary<string, string> given)
    {
        (_info, _given) = (info, given);
        foreach (string name in given.Keys)
            if (info.Settings.All(s => s.Name != name))
                throw new ArgumentException($"{info.Name} has no setting {name}; its settings are {(info.Settings.Count == 0 ? "none" : string.Join(", ", info.Settings.Select(s => s.Name)))}.");
    }

    public double Number(string name) => double.TryParse(Text(name) switch { "inf" => "Infinity", "-inf" => "-Infinity", var t => t }, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Unreadable(name, "a number");

    public int Integer(string name) => int.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : throw Unreadable(name, "a whole number");

    public ulong Key(string name) => ulong.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : throw Unreadable(name, "a whole number of 64 bits");

    public bool Flag(string name) => Text(name) switch { "true" or "1" => true, "false" or "0" => false, _ => throw Unreadable(name, "true or false") };

    public TokenList Tokens(string name) => TokenList.TryParse(Text(name), out var value) ? value : throw Unreadable(name, "token ids with spaces between them");

    public TokenSequences Sequences(string name) => TokenSequences.TryParse(Text(name), out var value) ? value : throw Unreadable(name, "token ids with spaces between them, sequences with | between them");

    public TokenBiases Biases(string name) => TokenBiases.TryParse(Text(name), out var value) ? value : throw Unreadable(name, "entries id:bias with | between them");

    string Text(string name) => _given.TryGetValue(name, out string? text) ? text : _info.Settings.First(s => s.Name == name).Default
        ?? throw new ArgumentException($"{_info.Name} needs {name}: write {_info.Name}={name.ToUpperInvariant()}, or {_info.Name}({name}=…).");

    ArgumentException Unreadable(string name, string expected) => new($"{_info.Name}: {name} is \"{Text(name)}\"; it is {expected}.");
}
