using System.Text.Json;
using Logits.Sampling;

namespace Logits.Tests.Conformance;

public partial class DecodingConformanceTests
{
    static partial void AddFilters(Dictionary<string, Operator> operators)
    {
        operators["temperature"] = c => c.Check(c.In("temperature", ("temperature", c.Number("temperature"))));
        operators["temperature_ext"] = DynamicTemperatureCase;
        operators["quadratic_smoothing"] = c => c.Check([new QuadraticSmoothing(c.Number("smoothing_factor"), c.Number("smoothing_curve"))]);
        operators["top_k"] = c => c.Check(c.In("top-k", ("k", c.Integer("k")), ("min-keep", c.Integer("min_keep", 1))));
        operators["top_p"] = c => c.Check(c.In("top-p", ("p", c.Number("p")), ("min-keep", c.Integer("min_keep", 1))));
        operators["min_p"] = c => c.Check([new MinP(c.Number("p"), c.Integer("min_keep", 1))]);
        operators["typical"] = c => c.Check(c.In("typical", ("p", c.Number("p")), ("min-keep", c.Integer("min_keep", 1))));
        operators["tail_free"] = c => c.Check(c.In("tail-free", ("z", c.Number("z"))));
        operators["top_a"] = c => c.Check([new TopA(c.Number("a"))]);
        operators["top_h"] = c => c.Check([new TopH(c.Number("h"))]);
        operators["top_n_sigma"] = c => c.Check(c.In("top-n-sigma", ("n", c.Number("n"))));
        operators["p_less"] = c => c.Check([new PLess()]);
        operators["epsilon"] = c => c.Check(c.In("epsilon", ("epsilon", c.Number("epsilon")), ("min-keep", c.Integer("min_keep", 1))));
        operators["eta"] = c => c.Check([new EtaCutoff(c.Number("epsilon"), c.Integer("min_keep", 1))]);
        operators["xtc"] = XtcCase;
        operators["filter_queue"] = FilterQueue;
        operators["chain"] = c => c.Check([.. c.Params.GetProperty("steps").EnumerateArray().SelectMany(step => Step(step))]);
    }

    static string? DynamicTemperatureCase(DecodingCase c)
    {
        var sampler = new DynamicTemperature(c.Number("temperature"), c.Number("delta"), c.Number("exponent"), CountMasked: c.Dialect == "llama");
        if (c.Expected.TryGetProperty("effective_temperature", out var expected))
        {
            var candidates = new SamplerChainProbe().Open(c.Logits);
            if (c.Compare("effective_temperature", expected.GetDouble(), sampler.Effective(ref candidates)) is { } problem) return problem;
        }
        return c.Check([sampler]);
    }

    static string? XtcCase(DecodingCase c)
    {
        var candidates = new SamplerChainProbe().Open(c.Logits);
        new Xtc(c.Number("probability"), c.Number("threshold"), c.Integer("min_keep", 1)).Apply(ref candidates, c.Number("u"));
        return c.Check(ref candidates);
    }

    /// <summary>One step of a chain case: its name, then its numbers. XTC's last number is the uniform draw.</summary>
    static IEnumerable<ISampler> Step(JsonElement step)
    {
        double Argument(int i) => DecodingCase.ToDouble(step[i]);
        return step[0].GetString() switch
        {
            "temperature" => [new Temperature(Argument(1))],
            "top_k" => [new TopK((int)Argument(1))],
            "top_p" => [new TopP(Argument(1))],
            "min_p" => [new MinP(Argument(1))],
            "typical" => [new Typical(Argument(1))],
            "xtc" => [new GivenDraw(new Xtc(Argument(1), Argument(2)), Argument(3))],
            "logit_bias" => [new LogitBias(Biases(step[1]))],
            "penalties" =>
            [
                new RepetitionPenalty(Argument(2), (int)Argument(1)),
                new FrequencyPenalty(Argument(3), (int)Argument(1)),
                new PresencePenalty(Argument(4), (int)Argument(1)),
            ],
            var name => throw new FormatException($"the step {name} is not known"),
        };
    }

    /// <summary>XTC under a given uniform draw.</summary>
    sealed record GivenDraw(Xtc Xtc, double Uniform) : ISampler
    {
        public void Apply(ref Candidates candidates, in History history) => Xtc.Apply(ref candidates, Uniform);
    }

    /// <summary>Logit ln(id) for each id; the letters k, p, m are filters in that order.</summary>
    static string? FilterQueue(DecodingCase c)
    {
        var logits = Enumerable.Range(0, c.Integer("n_vocab")).Select(i => Math.Log(i)).ToArray();
        SamplerChain chain = [.. c.Text("sequence").Select(letter => (ISampler)(letter switch
        {
            'k' => new TopK(c.Integer("k")),
            'p' => new TopP(c.Number("p")),
            'm' => new MinP(c.Number("min_p")),
            _ => throw new FormatException($"filter {letter}"),
        }))];
        foreach (bool narrow in (bool[])[false, true])
        {
            var left = narrow ? chain.Start(0).Survivors([.. logits.Select(z => (float)z)]) : chain.Start(0).Survivors(logits);
            int least = int.MaxValue, most = -1;
            foreach (var candidate in left.Items) (least, most) = (Math.Min(least, candidate.Token), Math.Max(most, candidate.Token));
            string? problem = c.Compare("kept_count", c.Expected.GetProperty("kept_count").GetDouble(), left.Count)
                ?? c.Compare("max_id", c.Expected.GetProperty("max_id").GetDouble(), most)
                ?? c.Compare("min_id", c.Expected.GetProperty("min_id").GetDouble(), least);
            if (problem is not null) return problem;
        }
        return null;
    }
}

/// <summary>Candidates of a row, without a chain.</summary>
sealed class SamplerChainProbe
{
    readonly Decoder _decoder = SamplerChain.Of([]).Start(0);

    public Candidates Open(ReadOnlySpan<double> logits) => _decoder.Survivors(logits);
}
