namespace Logits.Sampling;

/// <summary>Keeps the <paramref name="Count"/> best tokens.</summary>
/// <param name="Count">k, at least 1.</param>
/// <param name="Ties">Also keep every token that scores as the k-th does (transformers, vLLM); without, ties go to the lower id and exactly k stay.</param>
/// <param name="MinKeep">Keeps at least this many.</param>
/// <remarks>Source: Fan, Lewis, Dauphin, Hierarchical Neural Story Generation (2018).</remarks>
public sealed record TopK(int Count, bool Ties = false, int MinKeep = 1) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<TopK>("top-k", "Keeps the k likeliest tokens.",
        [
            Settings.Integer<TopK>("k", s => s.Count, "how many to keep", least: 1),
            Settings.Flag<TopK>("ties", s => s.Ties, "also keep all that tie with the k-th"),
            Settings.Integer<TopK>("min-keep", s => s.MinKeep, "keeps at least this many", least: 1, byDefault: 1),
        ],
        s => new(s.Integer("k"), s.Flag("ties"), s.Integer("min-keep")));

    /// <summary>k.</summary>
    public int Count { get; } = Throw.IfLess(Count, 1, "top-k");

    /// <summary>The least number kept.</summary>
    public int MinKeep { get; } = Throw.IfLess(MinKeep, 1, "min-keep");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history) => candidates.KeepTop(Math.Max(Count, MinKeep), Ties);
}
