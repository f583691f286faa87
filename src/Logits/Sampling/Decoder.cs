using System.Text.Json;

namespace Logits.Sampling;

/// <summary>One sequence being decoded: its tokens, its seed, and what stateful stages remember. For one thread at a time.</summary>
/// <remarks>
/// The n-th token is a function of (chain, seed, history, logits, n) alone. A call that throws leaves the decoder as it was.
/// No memory is allocated per token once the first token has been drawn and the history's room has grown.
/// </remarks>
public sealed class Decoder
{
    readonly SamplerState?[] _states;
    readonly Workspace _work = new();
    int[] _tokens;
    int _length, _vocabulary, _largest = -1;

    internal Decoder(SamplerChain chain, ulong seed, ReadOnlySpan<int> prompt)
    {
        Throw.IfNegativeToken(prompt, nameof(prompt));
        Contradictions.CheckLengths(chain.Stages, prompt.Length);
        (Chain, Seed, PromptLength, _length) = (chain, seed, prompt.Length, prompt.Length);
        _tokens = new int[prompt.Length + 256];
        prompt.CopyTo(_tokens);
        foreach (int token in prompt) _largest = Math.Max(_largest, token);
        _states = new SamplerState?[chain.Count];
        for (int i = 0; i < _states.Length; i++)
        {
            _states[i] = (chain[i] as IStatefulSampler)?.Start();
            for (int n = 1; n <= prompt.Length; n++)
            {
                var none = default(Candidates);
                _states[i]?.Accept(prompt[n - 1], ref none, new History(prompt[..n], n));
            }
        }
    }

    Decoder(Decoder other)
    {
        (Chain, Seed, PromptLength, _length, _vocabulary, _largest) = (other.Chain, other.Seed, other.PromptLength, other._length, other._vocabulary, other._largest);
        _tokens = other._tokens.ToArray();
        _states = [.. other._states.Select(state => state?.Clone())];
    }

    /// <summary>The stages, shared and unchanging.</summary>
    public SamplerChain Chain { get; }

    /// <summary>What decides the draws: the one given to <see cref="SamplerChain.Start"/>, or the random one it chose.</summary>
    public ulong Seed { get; }

    /// <summary>How many of <see cref="Tokens"/> are the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Every token so far, the prompt first.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, _length);

    /// <summary>The tokens after the prompt.</summary>
    public ReadOnlySpan<int> Generated => Tokens[PromptLength..];

    History History => new(Tokens, PromptLength);

    Noise Noise => new(Seed, _length - PromptLength);

    /// <summary>Draws the next token and takes it into the history.</summary>
    /// <param name="logits">One score for each token of the vocabulary; −∞ rules a token out.</param>
    /// <exception cref="DecodingException">A score is NaN or +∞, or every token is ruled out.</exception>
    /// <exception cref="ArgumentException">The row is empty or of another length than before, or the history or a setting names a token it does not have.</exception>
    public int Next(ReadOnlySpan<float> logits)
    {
        var candidates = Open(logits);
        return Finish(ref candidates);
    }

    /// <inheritdoc cref="Next(ReadOnlySpan{float})"/>
    public int Next(ReadOnlySpan<double> logits)
    {
        var candidates = Open(logits);
        return Finish(ref candidates);
    }

    /// <summary>Draws the next token, or says why there is none, without an exception for causes that lie in the scores.</summary>
    /// <returns><see cref="DecodingError.None"/> when <paramref name="token"/> was drawn.</returns>
    public DecodingError TryNext(ReadOnlySpan<float> logits, out int token)
    {
        try
        {
            token = Next(logits);
            return DecodingError.None;
        }
        catch (DecodingException e)
        {
            token = -1;
            return e.Error;
        }
        catch (ArgumentException)
        {
            token = -1;
            return DecodingError.InvalidArgument;
        }
    }

    /// <summary>The candidates after the whole chain, for looking at; the decoder does not move. Valid until its next call.</summary>
    /// <inheritdoc cref="Next(ReadOnlySpan{float})"/>
    public Candidates Survivors(ReadOnlySpan<float> logits)
    {
        var candidates = Open(logits);
        Run(ref candidates);
        return candidates;
    }

    /// <inheritdoc cref="Survivors(ReadOnlySpan{float})"/>
    public Candidates Survivors(ReadOnlySpan<double> logits)
    {
        var candidates = Open(logits);
        Run(ref candidates);
        return candidates;
    }

    /// <summary>Takes a token from elsewhere into the history: one that was forced, or accepted from a draft.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The token is negative or not of the vocabulary.</exception>
    public void Accept(int token)
    {
        if (token < 0 || (_vocabulary > 0 && token >= _vocabulary)) Throw.TokenOutside(token, _vocabulary, "Accept");
        var none = default(Candidates);
        Append(token, ref none);
    }

    /// <summary>What each stage would do to these logits next, and why; the decoder does not move.</summary>
    /// <returns>The model's favourites, a report for each stage, and the survivors with their probabilities.</returns>
    public Explanation Explain(ReadOnlySpan<float> logits)
    {
        var candidates = Open(logits);
        return Explain(ref candidates);
    }

    /// <inheritdoc cref="Explain(ReadOnlySpan{float})"/>
    public Explanation Explain(ReadOnlySpan<double> logits)
    {
        var candidates = Open(logits);
        return Explain(ref candidates);
    }

    Explanation Explain(ref Candidates candidates)
    {
        var wanted = Explanation.Ranked(ref candidates);
        var before = wanted;
        var stages = new List<StageReport>();
        for (int i = 0; i < Chain.Count; i++)
        {
            RunStage(ref candidates, i);
            var after = Explanation.Ranked(ref candidates);
            stages.Add(StageReport.Of(Samplers.Describe(Chain[i]), before, after));
            before = after;
        }
        return new(wanted, stages, before, Select(ref candidates));
    }

    /// <summary>An independent copy: both go on alike when fed alike.</summary>
    public Decoder Clone() => new(this);

    /// <summary>The same chain, seed and prompt from the start again, in the same memory.</summary>
    internal void Restart()
    {
        _length = PromptLength;
        for (int i = 0; i < _states.Length; i++) _states[i] = (Chain[i] as IStatefulSampler)?.Start();
    }

    /// <summary>Everything that <see cref="Resume"/> needs to go on alike, as one JSON object.</summary>
    public byte[] Save()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("format", "logits/decoder");
            json.WriteNumber("version", 1);
            json.WriteString("chain", Chain.ToString());
            json.WriteNumber("seed", Seed);
            json.WriteNumber("prompt", PromptLength);
            json.WriteStartArray("tokens");
            foreach (int token in Tokens) json.WriteNumberValue(token);
            json.WriteEndArray();
            json.WriteStartArray("states");
            foreach (var state in _states)
            {
                json.WriteStartArray();
                foreach (double value in state?.Save() ?? []) json.WriteNumberValue(value);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Goes on from <see cref="Save"/>, in this process or another.</summary>
    /// <param name="chain">The chain it was saved under.</param>
    /// <param name="saved">What <see cref="Save"/> returned.</param>
    /// <exception cref="ArgumentException">Not a saved decoder, of a newer version, or of another chain; the message says which.</exception>
    public static Decoder Resume(SamplerChain chain, ReadOnlySpan<byte> saved)
    {
        ArgumentNullException.ThrowIfNull(chain);
        try
        {
            var reader = new Utf8JsonReader(saved);
            using var json = JsonDocument.ParseValue(ref reader);
            var root = json.RootElement;
            if (root.GetProperty("format").GetString() != "logits/decoder") throw new ArgumentException("saved is not a decoder: its format is not logits/decoder.", nameof(saved));
            if (root.GetProperty("version").GetInt32() != 1) throw new ArgumentException($"saved has version {root.GetProperty("version")}; this library reads version 1.", nameof(saved));
            if (root.GetProperty("chain").GetString() is var text && text != chain.ToString())
                throw new ArgumentException($"saved belongs to the chain \"{text}\"; it was resumed under \"{chain}\".", nameof(saved));
            int[] tokens = [.. root.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32())];
            int prompt = root.GetProperty("prompt").GetInt32();
            if ((uint)prompt > (uint)tokens.Length) throw new ArgumentException($"saved has a prompt of {prompt} tokens, but {tokens.Length} tokens.", nameof(saved));
            var decoder = new Decoder(chain, root.GetProperty("seed").GetUInt64(), tokens.AsSpan(0, prompt));
            foreach (int token in tokens.AsSpan(prompt)) decoder.Accept(token);
            int i = 0;
            foreach (var state in root.GetProperty("states").EnumerateArray())
            {
                decoder._states[i]?.Restore(state.EnumerateArray().Select(v => v.GetDouble()).ToArray(), decoder.History);
                i++;
            }
            return decoder;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new ArgumentException($"saved is not a decoder: {e.Message}", nameof(saved), e);
        }
    }

    Candidates Open(ReadOnlySpan<float> logits)
    {
        CheckVocabulary(logits.Length);
        return new(_work, logits, Noise, Repairs);
    }

    Candidates Open(ReadOnlySpan<double> logits)
    {
        CheckVocabulary(logits.Length);
        return new(_work, logits, Noise, Repairs);
    }

    bool Repairs => Chain.Count > 0 && Chain[0] is RemoveInfNan;

    void CheckVocabulary(int length)
    {
        if (length == 0) Throw.EmptyVocabulary();
        if (_vocabulary != 0 && length != _vocabulary) Throw.OtherVocabulary(length, _vocabulary);
        if (_largest >= length) Throw.TokenOutside(_largest, length, "the history");
    }

    void Run(ref Candidates candidates)
    {
        if (!Repairs && candidates.IsEmpty) Throw.NoCandidates("the row of logits");
        for (int i = 0; i < Chain.Count; i++) RunStage(ref candidates, i);
    }

    void RunStage(ref Candidates candidates, int stage)
    {
        candidates.Stage = stage;
        if (_states[stage] is { } state) state.Apply(ref candidates, History);
        else Chain[stage].Apply(ref candidates, History);
        if (candidates.IsEmpty) Throw.NoCandidates($"stage {stage + 1} ({Samplers.Describe(Chain[stage])})");
    }

    int Select(ref Candidates candidates) =>
        Chain.Count > 0 && Chain[^1] is ISelector selector ? selector.Select(ref candidates) : candidates.RaceWinner();

    int Finish(ref Candidates candidates)
    {
        Run(ref candidates);
        int token = Select(ref candidates);
        _vocabulary = candidates.Vocabulary;
        Append(token, ref candidates);
        return token;
    }

    void Append(int token, ref Candidates from)
    {
        if (_length == _tokens.Length) Array.Resize(ref _tokens, 2 * _length);
        _tokens[_length++] = token;
        _largest = Math.Max(_largest, token);
        foreach (var state in _states) state?.Accept(token, ref from, History);
    }
}
