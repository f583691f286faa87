using System.Globalization;
using System.Text.Json;
using Logits.Sampling;

namespace Logits.Tests.Conformance;

public partial class DecodingConformanceTests
{
    static partial void AddProcessors(Dictionary<string, Operator> operators)
    {
        operators["penalties"] = c => c.Check(
            [
                new RepetitionPenalty(c.Number("repeat"), c.Integer("last_n")),
                new FrequencyPenalty(c.Number("frequency"), c.Integer("last_n")),
                new PresencePenalty(c.Number("presence"), c.Integer("last_n")),
            ]);
        operators["penalties_openai"] = OpenAiPenalties;
        operators["repetition_penalty"] = c => c.Check([new RepetitionPenalty(c.Number("penalty"), IgnoreFirst: c.Integer("prompt_ignore_length", 0), Normalize: c.Flag("normalize"))]);
        operators["encoder_repetition_penalty"] = c => c.Check([new EncoderRepetitionPenalty(c.Number("penalty"), c.Ids("encoder_ids"))]);
        operators["repetition_slope"] = c => c.Check([new RepetitionSlope(c.Number("penalty"), c.Integer("range"), c.Number("slope"), c.Number("presence"))]);
        operators["dry"] = DryCase;
        operators["no_repeat_ngram"] = c => c.Check([new NoRepeatNgram(c.Integer("n"))]);
        operators["encoder_no_repeat_ngram"] = c => c.Check([new EncoderNoRepeatNgram(c.Integer("n"), c.Ids("encoder_ids"))]);
        operators["bad_words"] = c => c.Check([new BadWords(Sequences(c.Params.GetProperty("sequences")), c.Ids("eos"), LongHistory: c.Dialect == "hf")]);
        operators["sequence_bias"] = c => c.Check([new SequenceBias([.. c.Params.GetProperty("biases").EnumerateArray().Select(b => new TokenBias(DecodingCase.ToInts(b[0]), DecodingCase.ToDouble(b[1])))])]);
        operators["logit_bias"] = c => c.Check(c.In("logit-bias", ("biases", c.Biases("bias"))));
        operators["min_length"] = c => c.Check([new MinLength(c.Integer("min_length"), c.Ids("eos"))]);
        operators["min_new_tokens"] = c => c.Check([new MinNewTokens(c.Integer("min_new_tokens"), c.Ids("eos"))], c.Integer("prompt_length"));
        operators["forced_bos"] = c => c.Check([new ForcedBos(c.Integer("bos"))]);
        operators["forced_eos"] = c => c.Check([new ForcedEos(c.Integer("max_length"), c.Ids("eos"))]);
        operators["suppress"] = c => c.Check([new Suppress(c.Ids("tokens"))]);
        operators["suppress_at_begin"] = c => c.Check([new SuppressAtBegin(c.Ids("tokens"), c.Integer("begin_index"))]);
        operators["exponential_decay_length"] = c => c.Check([new ExponentialDecayLength(c.Integer("start"), c.Number("factor"), c.Ids("eos"))], c.Integer("prompt_length"));
        operators["allowed_tokens"] = c => c.Check([new AllowedTokens(c.Ids("allowed"))]);
        operators["eos_prioritizer"] = c => c.Check([new EosPrioritizer(c.Ids("eos"), c.Number("min_eos_p"))]);
        operators["log_softmax"] = c => c.Check([new LogSoftmax()]);
        operators["remove_inf_nan"] = c => c.Check([new RemoveInfNan()]);
        operators["mirostat_v1"] = MirostatV1Case;
        operators["mirostat_v2"] = MirostatCase;
        operators["adaptive_p"] = AdaptivePCase;
        operators["reasoning_budget"] = ReasoningBudgetCase;
    }

    static TokenSequences Sequences(JsonElement e) => [.. e.EnumerateArray().Select(s => (TokenList)DecodingCase.ToInts(s))];

    static TokenBiases Biases(JsonElement e) => [.. e.EnumerateObject().Select(b => new TokenBias(int.Parse(b.Name, CultureInfo.InvariantCulture), DecodingCase.ToDouble(b.Value)))];

    static string? OpenAiPenalties(DecodingCase c)
    {
        SamplerChain chain =
        [
            new RepetitionPenalty(c.Number("repetition")),
            new FrequencyPenalty(c.Number("frequency"), OutputOnly: true),
            new PresencePenalty(c.Number("presence"), OutputOnly: true),
        ];
        var decoder = chain.Start(0, c.Ids("prompt"));
        foreach (int token in c.Ids("output")) decoder.Accept(token);
        var candidates = decoder.Survivors(c.Logits);
        return c.Check(ref candidates);
    }

    static string? DryCase(DecodingCase c)
    {
        var breakers = c.Params.GetProperty("breakers");
        bool single = c.Dialect == "tgw";
        int window = single ? c.Integer("range") is > 0 and var range ? range : -1 : c.Integer("last_n");
        return c.Check(c.In("dry", ("multiplier", c.Number("multiplier")), ("base", c.Number("base")), ("allowed-length", c.Integer("allowed_length")), ("last-n", window),
            ("breakers", single ? string.Join('|', DecodingCase.ToInts(breakers)) : Sequences(breakers))));
    }

    static string? MirostatCase(DecodingCase c) => MirostatStep(c, new Mirostat(c.Number("tau"), c.Number("eta")).Start(c.Number("mu")));

    static string? MirostatV1Case(DecodingCase c) => MirostatStep(c, new MirostatV1(c.Number("tau"), c.Number("eta"), c.Integer("m")).Start(c.Number("mu")));

    static string? MirostatStep(DecodingCase c, MirostatState state)
    {
        var candidates = new SamplerChainProbe().Open(c.Logits);
        state.Apply(ref candidates, default);
        if (c.Check(ref candidates) is { } problem) return problem;
        if (c.Expected.TryGetProperty("k_real", out var k) && c.Compare("k_real", k.GetDouble(), state.RealK) is { } other) return other;
        state.Accept(c.Integer("selected"), ref candidates, default);
        return c.Compare("mu_after", c.Expected.GetProperty("mu_after").GetDouble(), state.Mu);
    }

    static string? AdaptivePCase(DecodingCase c)
    {
        var state = new AdaptiveP(c.Number("target"), c.Number("decay")).Start(c.Number("weighted_sum"), c.Number("total_weight"));
        var candidates = new SamplerChainProbe().Open(c.Logits);
        if (c.Compare("adapted_target", c.Expected.GetProperty("adapted_target").GetDouble(), state.Adapted) is { } problem) return problem;
        state.Apply(ref candidates, default);
        if (c.Check(ref candidates) is { } other) return other;
        state.Accept(c.Integer("selected"), ref candidates, default);
        return c.Compare("weighted_sum_after", c.Expected.GetProperty("weighted_sum_after").GetDouble(), state.WeightedSum)
            ?? c.Compare("total_weight_after", c.Expected.GetProperty("total_weight_after").GetDouble(), state.TotalWeight);
    }

    static string? ReasoningBudgetCase(DecodingCase c)
    {
        var state = new ReasoningBudgetState(new ReasoningBudget(c.Ids("start"), c.Ids("end"), c.Ids("forced"), c.Integer("budget"), c.Flag("armed")));
        var forced = new List<int?> { state.Next };
        for (int n = 1; n <= c.History.Length; n++)
        {
            var none = default(Candidates);
            state.Accept(c.History[n - 1], ref none, new History(c.History.AsSpan(0, n)));
            forced.Add(state.Next);
        }
        var expected = c.Expected.GetProperty("forced_after_each").EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Null ? (int?)null : e.GetInt32());
        return expected.SequenceEqual(forced) ? null : $"forced_after_each: got [{string.Join(' ', forced.Select(f => f?.ToString() ?? "null"))}]";
    }
}
