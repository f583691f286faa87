namespace Logits.Sampling;

/// <summary>Keeps the tokens whose information −ln p is nearest the entropy H, until their probability reaches <paramref name="Mass"/>.</summary>
/// <param name="Mass">Above 0, at most 1; 1 keeps all.</param>
/// <param name="MinKeep">Keeps at least this many.</param>
/// <param name="Beyond">Go on until the mass exceeds the bound (llama.cpp); without, until it reaches it.</param>
/// <param name="Ties">Also keep all that are as far from H as the last one kept (transformers).</param>
/// <remarks>Of equal distances the likelier token comes first, then the lower id. Source: Meister et al., Locally Typical Sampling (2023).</remarks>
public sealed record Typical(double Mass, int MinKeep = 1, bool Beyond = false, bool Ties = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Typical>("typical", "Keeps tokens whose information is near the entropy.",
        [
            Settings.Number<Typical>("p", s => s.Mass, "the probability to reach", 0, 1),
            Settings.Integer<Typical>("min-keep", s => s.MinKeep, "keeps at least this many", least: 1, byDefault: 1),
            Settings.Flag<Typical>("beyond", s => s.Beyond, "go on until the mass exceeds p"),
            Settings.Flag<Typical>("ties", s => s.Ties, "keep all that tie with the last"),
        ],
        s => new(s.Number("p"), s.Integer("min-keep"), s.Flag("beyond"), s.Flag("ties")));

    /// <summary>The mass.</summary>
    public double Mass { get; } = StableMath.AsWritten(Throw.IfNotShare(Mass, "typical"));

    /// <summary>The least number kept.</summary>
    public int MinKeep { get; } = Throw.IfLess(MinKeep, 1, "min-keep");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Mass >= 1 || candidates.Count <= MinKeep) return;
        double entropy = candidates.Entropy(), log = candidates.LogMass(), top = candidates.TopScore;
        candidates.Rank();
        var list = candidates.List;

        // Places in the ranked list, ordered by distance from the entropy: nearer first, then the likelier.
        var order = Workspace.Room(ref candidates.Work.Pairs, list.Length);
        for (int i = 0; i < list.Length; i++) order[i] = new(i, -Math.Abs(log - (list[i].Score - top) - entropy));
        Selection.Sort(order);
        for (int i = 1, start = 0; i <= order.Length; i++)
        {
            // Distances apart by rounding alone are one distance.
            if (i < order.Length && order[i - 1].Score - order[i].Score <= StableMath.Tie) continue;
            if (i - start > 1) SortByPlace(order[start..i]);
            start = i;
        }

        double sum = 0, bound = Beyond ? Mass * (1 + StableMath.Tie) : Mass * (1 - StableMath.Tie);
        int kept = 0;
        while (kept < order.Length && (kept < MinKeep || (Beyond ? sum <= bound : sum < bound))) sum += StableMath.Exp(list[order[kept++].Token].Score - top - log);
        if (Ties)
            while (kept < order.Length && order[kept - 1].Score - order[kept].Score <= StableMath.Tie) kept++;
        SortByPlace(order[..kept]);
        for (int i = 0; i < kept; i++) list[i] = list[order[i].Token];
        candidates.KeepFirst(kept);
    }

    static void SortByPlace(Span<Candidate> order)
    {
        double same = order.IsEmpty ? 0 : order[0].Score;
        foreach (ref var pair in order) pair = pair with { Score = same };
        Selection.Sort(order);
    }
}
