using System.Collections;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Logits.Sampling;

/// <summary>Stages in the order they run, which decides the result. Immutable and shareable.</summary>
/// <remarks>
/// <code>
/// SamplerChain chain = [new RepetitionPenalty(1.1), new TopK(40), new MinP(0.05), new Temperature(0.8)];
/// var decoder = chain.Start(seed: 42);
/// int token = decoder.Next(logits);
/// </code>
/// Each stage sees what the ones before it left; probabilities are over those alone. After the last stage the token is drawn by
/// <see cref="Race"/>, unless the last stage is another <see cref="ISelector"/>.
/// </remarks>
[CollectionBuilder(typeof(SamplerChain), nameof(Of))]
public sealed class SamplerChain : IReadOnlyList<ISampler>, IEquatable<SamplerChain>
{
    readonly ISampler[] _stages;

    SamplerChain(ISampler[] stages) => _stages = stages;

    /// <summary>A chain of the given stages, first to last.</summary>
    /// <exception cref="ArgumentException">A selector stands before the end, a repair of non-finite scores after the start, or two stages contradict each other; the message names them, the value, the bound and the way out.</exception>
    public static SamplerChain Of(ReadOnlySpan<ISampler> stages)
    {
        for (int i = 0; i < stages.Length; i++)
            ArgumentNullException.ThrowIfNull(stages[i], $"stages[{i}]");
        Contradictions.Check(stages);
        return new(stages.ToArray());
    }

    /// <summary>Reads a chain as it is printed: <c>repetition-penalty=1.1,top-k=40,dry(multiplier=0.8,base=1.75)</c>.</summary>
    /// <param name="text">Stages with commas between them, in the order they run; names and settings are those of <see cref="Samplers.All"/>. Empty for no stage.</param>
    /// <exception cref="ArgumentException">A stage or setting is unknown, unreadable or out of range; the message names it.</exception>
    public static SamplerChain Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Of([.. ChainText.Read(text).Select(stage => Samplers.Create(stage.Name, stage.Settings))]);
    }

    internal ReadOnlySpan<ISampler> Stages => _stages;

    /// <summary>The number of stages.</summary>
    public int Count => _stages.Length;

    /// <summary>A stage, 0 the first.</summary>
    public ISampler this[int index] => _stages[index];

    /// <summary>Begins a sequence.</summary>
    /// <param name="seed">Decides every draw; left out, a random one, to be read from <see cref="Decoder.Seed"/>.</param>
    /// <param name="prompt">The tokens before the first generated one.</param>
    /// <exception cref="ArgumentException">A prompt token is negative, or the prompt leaves no room for the tokens that the chain asks for.</exception>
    public Decoder Start(ulong? seed = null, ReadOnlySpan<int> prompt = default) =>
        new(this, seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), prompt);

    /// <summary>What each stage does to a row of logits at the start of a sequence, and why.</summary>
    /// <inheritdoc cref="Decoder.Explain(ReadOnlySpan{float})"/>
    /// <param name="logits">One score for each token of the vocabulary.</param>
    /// <param name="history">The tokens so far.</param>
    /// <param name="seed">Decides the draws within stages.</param>
    public Explanation Explain(ReadOnlySpan<float> logits, ReadOnlySpan<int> history = default, ulong seed = 0) => Start(seed, history).Explain(logits);

    /// <inheritdoc cref="Explain(ReadOnlySpan{float}, ReadOnlySpan{int}, ulong)"/>
    public Explanation Explain(ReadOnlySpan<double> logits, ReadOnlySpan<int> history = default, ulong seed = 0) => Start(seed, history).Explain(logits);

    /// <summary>The chain as <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Join(',', _stages.Select(Samplers.Describe));

    /// <inheritdoc/>
    public bool Equals(SamplerChain? other) => other is not null && _stages.AsSpan().SequenceEqual(other._stages);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SamplerChain);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var stage in _stages) hash.Add(stage);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<ISampler> GetEnumerator() => ((IEnumerable<ISampler>)_stages).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>The text form of a chain, before names are known: <c>name</c>, <c>name=value</c> or <c>name(setting=value,…)</c>, with commas between.</summary>
static class ChainText
{
    /// <summary>The stages by name; a value right after the name stands under the empty key.</summary>
    public static List<(string Name, Dictionary<string, string> Settings)> Read(string text)
    {
        var stages = new List<(string, Dictionary<string, string>)>();
        foreach (string stage in Split(text))
        {
            var settings = new Dictionary<string, string>();
            int open = stage.IndexOf('('), equals = stage.IndexOf('=');
            if (open >= 0 && (equals < 0 || open < equals))
            {
                if (!stage.EndsWith(')')) throw new ArgumentException($"\"{stage}\" lacks its closing parenthesis; write name(setting=value,…).", nameof(text));
                foreach (string setting in Split(stage[(open + 1)..^1]))
                {
                    int at = setting.IndexOf('=');
                    if (at <= 0) throw new ArgumentException($"\"{setting}\" in \"{stage}\" is not setting=value.", nameof(text));
                    if (!settings.TryAdd(setting[..at].Trim(), setting[(at + 1)..].Trim()))
                        throw new ArgumentException($"\"{stage}\" gives {setting[..at].Trim()} twice; once is enough.", nameof(text));
                }
                stages.Add((stage[..open].Trim(), settings));
            }
            else if (equals >= 0)
            {
                settings[""] = stage[(equals + 1)..].Trim();
                stages.Add((stage[..equals].Trim(), settings));
            }
            else stages.Add((stage, settings));
        }
        return stages;
    }

    static List<string> Split(string text)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '(') depth++;
            if (i < text.Length && text[i] == ')') depth--;
            if (i < text.Length && (text[i] != ',' || depth > 0)) continue;
            if (text[start..i].Trim() is { Length: > 0 } part) parts.Add(part);
            else if (i < text.Length || parts.Count > 0) throw new ArgumentException($"the chain \"{text}\" has nothing between two commas, or ends in one.", nameof(text));
            start = i + 1;
        }
        return parts;
    }
}
