using Logits.Sampling;

namespace Logits.Tests.Conformance;

public partial class DecodingConformanceTests
{
    static partial void AddFilters(Dictionary<string, Operator> operators)
    {
        operators["temperature"] = c => c.Check([new Temperature(c.Number("temperature"))]);
        operators["top_k"] = c => c.Check([new TopK(c.Integer("k"), c.Dialect == "hf", c.Integer("min_keep", 1))]);
        operators["top_p"] = c => c.Check([new TopP(c.Number("p"), c.Integer("min_keep", 1))]);
        operators["min_p"] = c => c.Check([new MinP(c.Number("p"), c.Integer("min_keep", 1))]);
        operators["filter_queue"] = FilterQueue;
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
