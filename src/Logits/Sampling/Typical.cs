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
        double entropy = candidates.Entropy(), log = candidates.LogSum();
        candidates.Rank();
        var list = candidates.List;
        var distance = Workspace.Room(ref candidates.Work.Weights, list.Length);
        for (int i = 0; i < list.Length; i++) distance[i] = Math.Abs(log - list[i].Score - entropy);
        // From a ranked list a stable order by distance: equal distances stay likelier first. Distances apart by rounding alone are equal.
        distance.Sort(list, static (a, b) => a.CompareTo(b));
        for (int i = 1, start = 0; i <= list.Length; i++)
        {
            if (i < list.Length && distance[i] - distance[i - 1] <= StableMath.Tie) continue;
            if (i - start > 1) list[start..i].Sort(default(Candidate.ByRank));
            start = i;
        }

        double sum = 0, bound = Beyond ? Mass * (1 + StableMath.Tie) : Mass * (1 - StableMath.Tie);
        int kept = 0;
        while (kept < list.Length && (kept < MinKeep || (Beyond ? sum <= bound : sum < bound))) sum += StableMath.Exp(list[kept++].Score - log);
        if (Ties)
            while (kept < list.Length && distance[kept] - distance[kept - 1] <= StableMath.Tie) kept++;
        candidates.Unrank();
        candidates.KeepFirst(kept);
    }
}
