using System.Text.Json;
using Logits.Apis;
using Logits.Grammars;
using Logits.Sampling;
using Logits.Search;
using Logits.Watermarks;

namespace Logits.Tests.Conformance;

public partial class DecodingConformanceTests
{
    static partial void AddSearchOperators(Dictionary<string, Operator> operators)
    {
        operators["beam_search"] = Beams;
        operators["beam_score"] = c => c.Compare("score", c.Expected.GetProperty("score").GetDouble(),
            new LengthPenalty(c.Number("length_penalty"), c.Dialect switch { "gnmt" => LengthConvention.Gnmt, "ort" => LengthConvention.WholeSequence, _ => LengthConvention.Generated })
                .Score(c.Number("sum_logprob"), c.Integer("prompt_length"), c.Integer("generated_length")));
        operators["diverse_beam_hamming"] = c =>
        {
            double[] scores = c.Logits;
            Diversity.Penalise(scores, c.Ids("previous_group_tokens").CountBy(token => token).ToDictionary(), c.Number("penalty"));
            return c.Compare("logits", DecodingCase.ToDoubles(c.Expected.GetProperty("logits")), scores);
        };
        operators["speculative_chain"] = SpeculativeChain;
        operators["speculative_greedy"] = c => DecodingCase.Compare("emitted", DecodingCase.ToInts(c.Expected.GetProperty("emitted")),
            SpeculativeSampling.VerifyGreedily(c.Ids("draft"), c.Ids("target_argmax")));
        operators["speculative_tree_target_only"] = TreeByTarget;
        operators["grammar_mask"] = GrammarMask;
        operators["stop_strings"] = Stops;
        operators["api_validate"] = Api;
        operators["top_logprobs"] = TopLogProbabilities;
        operators["sequence_logprob"] = Sequence;
        operators["cfg_logprob"] = c => Guided(c, Guidance.LogProbabilities);
        operators["cfg_raw"] = c => Guided(c, Guidance.Raw);
        operators["cfg_cond_centred"] = c => Guided(c, Guidance.CentredOnConditional);
        operators["contrastive_search"] = c =>
        {
            double[] p = DecodingCase.ToDoubles(c.Field("probs")), scores = new double[p.Length];
            int best = new ContrastiveSearch(c.Number("alpha")).Score(p, c.Numbers("max_similarity"), scores);
            return c.Compare("scores", DecodingCase.ToDoubles(c.Expected.GetProperty("scores")), scores) ?? c.Compare("selected", c.Expected.GetProperty("selected").GetInt32(), best);
        };
        operators["dola"] = c =>
        {
            var contrast = new float[c.Logits.Length];
            new Dola((float)c.Number("relative_top")).Contrast(Narrow(c.Logits), Narrow(c.Numbers("early_logits")), contrast);
            return Same(c, contrast) ?? c.Compare("selected", c.Expected.GetProperty("selected").GetInt32(), ArgMax(contrast));
        };
        operators["watermark_green_bias"] = c =>
        {
            float[] logits = Narrow(c.Logits);
            GreenList.Mark(c.Ids("green"), c.Number("bias"), logits);
            return Same(c, logits);
        };
        operators["watermark_detect"] = c =>
        {
            var test = new WatermarkTest(c.Integer("green_count"), c.Integer("total"), c.Number("greenlist_ratio"));
            return c.Compare("z", c.Expected.GetProperty("z").GetDouble(), test.Z)
                ?? Relative("p_value_exact", c.Expected.GetProperty("p_value_exact").GetDouble(), test.NormalPValue)
                ?? c.Compare("p_value_hf_approx", c.Expected.GetProperty("p_value_hf_approx").GetDouble(), test.TransformersPValue)
                ?? (c.Expected.GetProperty("detected").GetBoolean() == test.IsDetected(c.Number("z_threshold")) ? null : $"detected: z is {test.Z}");
        };
        operators["synthid_hash"] = c =>
        {
            long hash = SynthId.Hash(long.Parse(c.Text("start")), [.. c.Ids("data").Select(id => (long)id)]);
            return hash.ToString() == c.Expected.GetProperty("hash").GetString() ? null : $"hash: got {hash}";
        };
        operators["synthid_update"] = c =>
        {
            byte[][] g = [.. c.Params.GetProperty("g_values").EnumerateArray().Select(row => (byte[])[.. DecodingCase.ToInts(row).Select(v => (byte)v)])];
            double[] p = c.Logits.AsLogits(g.Length).Softmax().Values.ToArray();
            SynthId.Update([.. g.SelectMany(row => row)], g[0].Length, p);
            return c.Compare("probs", DecodingCase.ToDoubles(c.Expected.GetProperty("probs")), p);
        };
        operators["synthid_expected_mean_g"] = c => c.Compare("value", c.Expected.GetProperty("value").GetDouble(), SynthId.ExpectedMean(c.Integer("vocab_size")));
    }

    delegate void GuidanceForm(ReadOnlySpan<float> conditional, ReadOnlySpan<float> unconditional, double scale, Span<float> destination);

    static string? Guided(DecodingCase c, GuidanceForm form)
    {
        var guided = new float[c.Logits.Length];
        form(Narrow(c.Logits), Narrow(c.Numbers("unconditional")), c.Number("scale"), guided);
        return Same(c, guided);
    }

    static string? Beams(DecodingCase c)
    {
        double[][] transitions = [.. c.Params.GetProperty("transition_logits").EnumerateArray().Select(DecodingCase.ToDoubles)];
        var stopping = c.Params.GetProperty("early_stopping");
        var search = new BeamSearch(c.Integer("num_beams"), c.Integer("max_new_tokens"))
        {
            EndTokens = [.. c.Ids("eos")],
            LengthPenalty = new(c.Number("length_penalty")),
            EarlyStopping = stopping.ValueKind switch { JsonValueKind.True => EarlyStopping.WhenFull, JsonValueKind.False => EarlyStopping.Heuristic, _ => EarlyStopping.Never },
            Return = c.Integer("num_return"),
        };
        var found = search.Run([c.Integer("start")], transitions[0].Length, (beams, logits) =>
        {
            for (int i = 0; i < beams.Count; i++)
                Narrow(transitions[beams.LastToken(i)]).CopyTo(logits[(i * transitions[0].Length)..]);
        });
        var expected = c.Expected.GetProperty("sequences").EnumerateArray().Select(DecodingCase.ToInts).ToArray();
        for (int i = 0; i < expected.Length; i++)
            if (i >= found.Length || DecodingCase.Compare($"sequences[{i}]", expected[i], found[i].Tokens) is { } problem)
                return $"sequences[{i}]: expected [{string.Join(' ', expected[i])}], got [{(i < found.Length ? string.Join(' ', found[i].Tokens) : "")}]";
        return c.Compare("scores", DecodingCase.ToDoubles(c.Expected.GetProperty("scores")), [.. found.Select(one => one.Score)]);
    }

    static string? SpeculativeChain(DecodingCase c)
    {
        double[] draft = Rows(c, "draft_probs", out int classes), target = Rows(c, "target_probs", out _), next = new double[classes];
        int accepted = SpeculativeSampling.Verify(c.Ids("draft"), new Probabilities<double>(draft, classes), new Probabilities<double>(target, classes), c.Numbers("u"), next, acceptImpossibleDrafts: c.Dialect == "ort");
        return c.Compare("accepted", c.Expected.GetProperty("accepted").GetInt32(), accepted)
            ?? c.Compare("next_distribution", DecodingCase.ToDoubles(c.Expected.GetProperty("next_distribution")), next);
    }

    static string? TreeByTarget(DecodingCase c)
    {
        var nodes = c.Params.GetProperty("nodes").EnumerateArray().ToArray();
        var tree = new SpeculativeTree([.. nodes.Select(node => node.GetProperty("token").GetInt32())], [.. nodes.Select(node => node.GetProperty("parent").GetInt32())]);
        double[] target = Rows(c, "target_probs", out int classes), next = new double[classes];
        var accepted = tree.VerifyByTarget(new Probabilities<double>(target, classes), c.Numbers("coins"), next, c.Number("threshold_single"), c.Number("threshold_acc"));
        double running = 0;
        int token = 0;
        while (token < classes - 1 && (running += next[token]) <= c.Number("final_u")) token++;
        return DecodingCase.Compare("accepted", DecodingCase.ToInts(c.Expected.GetProperty("accepted")), accepted)
            ?? c.Compare("next_distribution", DecodingCase.ToDoubles(c.Expected.GetProperty("next_distribution")), next)
            ?? c.Compare("next_token", c.Expected.GetProperty("next_token").GetInt32(), token);
    }

    static string? GrammarMask(DecodingCase c)
    {
        var grammar = c.Text("kind") == "regex" ? Grammar.FromRegex(c.Text("grammar")) : Grammar.FromGbnf(c.Text("grammar"));
        string[] texts = [.. c.Params.GetProperty("vocab").EnumerateArray().Select(text => text.GetString()!)];
        var vocabulary = new TokenVocabulary(texts, c.Integer("eos"));
        var state = grammar.Start().Advance(System.Text.Encoding.UTF8.GetBytes(c.Text("prefix")));
        if (state is null) return "the prefix itself is refused";
        var allowed = new bool[texts.Length];
        vocabulary.Allow(state, allowed);
        return DecodingCase.Compare("allowed", DecodingCase.ToInts(c.Expected.GetProperty("allowed")), Enumerable.Range(0, allowed.Length).Where(id => allowed[id]));
    }

    static string? Stops(DecodingCase c)
    {
        var stops = new StopSequences(c.Params.GetProperty("stop").EnumerateArray().Select(stop => stop.GetString()!), c.Flag("include_stop"));
        var deltas = new List<string>();
        foreach (var chunk in c.Params.GetProperty("chunks").EnumerateArray())
        {
            deltas.Add(stops.Push(chunk.GetString()!));
            if (stops.Matched is not null) break;
        }
        if (stops.Matched is null) deltas.Add(stops.Flush());
        string[] expected = [.. c.Expected.GetProperty("deltas").EnumerateArray().Select(delta => delta.GetString()!)];
        if (!expected.SequenceEqual(deltas)) return $"deltas: expected [{string.Join('|', expected)}], got [{string.Join('|', deltas)}]";
        if (c.Expected.GetProperty("text").GetString() != string.Concat(deltas)) return $"text: got {string.Concat(deltas)}";
        return c.Expected.GetProperty("matched").GetString() == stops.Matched ? null : $"matched: got {stops.Matched}";
    }

    static string? Api(DecodingCase c)
    {
        var endpoint = c.Text("endpoint") switch { "chat.completions" => ApiEndpoint.ChatCompletions, "completions" => ApiEndpoint.Completions, "responses" => ApiEndpoint.Responses, var other => throw new FormatException(other) };
        ApiError? error = HostedApi.Validate(endpoint, c.Params.GetProperty("body"));
        string? expected = c.Expected.GetProperty("ok").GetBoolean() ? null : c.Expected.GetProperty("error_param").GetString();
        return expected == error?.Parameter ? null : $"expected {expected ?? "acceptance"}, got {error?.ToString() ?? "acceptance"}";
    }

    static string? TopLogProbabilities(DecodingCase c)
    {
        var report = TokenLogProbabilities.Of(Narrow(c.Logits), c.Integer("sampled"), c.Integer("top_logprobs"), c.Number("temperature", 1));
        var expected = c.Expected.GetProperty("top").EnumerateArray().Select(DecodingCase.ToDoubles).ToArray();
        return c.Compare("sampled_logprob", c.Expected.GetProperty("sampled_logprob").GetDouble(), report.LogProbability)
            ?? c.Compare("sampled_rank", c.Expected.GetProperty("sampled_rank").GetInt32(), report.Rank)
            ?? DecodingCase.Compare("top ids", expected.Select(one => (int)one[0]), report.Top.Select(one => one.Token))
            ?? c.Compare("top", [.. expected.Select(one => one[1])], [.. report.Top.Select(one => one.LogProbability)])
            ?? (c.Expected.GetProperty("sampled_in_top").GetBoolean() == report.IsInTop ? null : "sampled_in_top");
    }

    static string? Sequence(DecodingCase c)
    {
        double[] logits = Rows(c, "logits_per_step", out int classes);
        var score = SequenceScore.Of(Narrow(logits).AsLogits(classes), c.Ids("tokens"));
        return c.Compare("token_logprobs", DecodingCase.ToDoubles(c.Expected.GetProperty("token_logprobs")), score.TokenLogProbabilities)
            ?? c.Compare("sum", c.Expected.GetProperty("sum").GetDouble(), score.Sum)
            ?? c.Compare("mean", c.Expected.GetProperty("mean").GetDouble(), score.Mean)
            ?? c.Compare("perplexity", c.Expected.GetProperty("perplexity").GetDouble(), score.Perplexity);
    }

    static string? Same(DecodingCase c, float[] actual) => c.Compare("logits", DecodingCase.ToDoubles(c.Expected.GetProperty("logits")), [.. actual.Select(z => (double)z)]);

    static string? Relative(string what, double expected, double actual) =>
        Math.Abs(expected - actual) <= 1e-9 * Math.Abs(expected) ? null : $"{what}: expected {expected:R}, got {actual:R}";

    static float[] Narrow(double[] wide) => [.. wide.Select(z => (float)z)];

    static int ArgMax(float[] values) => Array.IndexOf(values, values.Max());

    static double[] Rows(DecodingCase c, string name, out int classes)
    {
        double[][] rows = [.. c.Params.GetProperty(name).EnumerateArray().Select(DecodingCase.ToDoubles)];
        classes = rows[0].Length;
        return [.. rows.SelectMany(row => row)];
    }
}
