using Logits.Sampling;

namespace Logits.Tests.Conformance;

public partial class DecodingConformanceTests
{
    static partial void AddSelectors(Dictionary<string, Operator> operators)
    {
        operators["greedy"] = c => Selected(c, SamplerChain.Of([new Greedy()]).Start(0).Next(c.Logits))
            ?? Selected(c, SamplerChain.Of([new Greedy()]).Start(0).Next([.. c.Logits.Select(z => (float)z)]));
        operators["sample_inverse_cdf"] = c =>
        {
            var candidates = new SamplerChainProbe().Open(c.Logits);
            // llama.cpp's walk stops at once when the draw is exactly 0, also on a token of probability 0: its dialect alone returns one.
            return Selected(c, c.Dialect == "llama"
                ? InverseCdf.WalkAsLlamaCpp(ref candidates, c.Number("u"))
                : InverseCdf.Walk(ref candidates, c.Number("u"), byRank: c.Text("order") == "desc"));
        };
        operators["gumbel_max"] = c => Selected(c, Race.Winner(c.Logits, c.Numbers("gumbel")));
        operators["exponential_race"] = c => Selected(c, Race.Winner(c.Logits, [.. c.Numbers("exponential").Select(e => -StableMath.Log(e))]));
        operators["gumbel_top_k"] = c => DecodingCase.Compare("selected", DecodingCase.ToInts(c.Expected.GetProperty("selected")), Gumbel.TopK(c.Logits, c.Numbers("gumbel"), c.Integer("k")));
        operators["stochastic_beam_gumbel"] = c =>
        {
            var log = DecodingCase.ToDoubles(c.Field("log_probs"));
            var conditioned = new double[log.Length];
            Gumbel.ConditionOnMaximum([.. log.Zip(c.Numbers("gumbel"), (p, g) => p + g)], c.Number("parent_gumbel"), conditioned);
            return c.Compare("conditioned", DecodingCase.ToDoubles(c.Expected.GetProperty("conditioned")), conditioned);
        };
    }

    static string? Selected(DecodingCase c, int token) => c.Compare("selected", c.Expected.GetProperty("selected").GetInt32(), token);
}
