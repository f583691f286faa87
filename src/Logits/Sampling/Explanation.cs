namespace Logits.Sampling;

/// <summary>A token with its score and its probability among the tokens left at that point.</summary>
/// <param name="Token">The token id.</param>
/// <param name="Score">Its logit there.</param>
/// <param name="Probability">Its softmax probability there.</param>
public readonly record struct TokenProbability(int Token, double Score, double Probability);

/// <summary>What a chain makes of one row of logits, stage by stage.</summary>
/// <param name="Wanted">The model's distribution, likeliest first.</param>
/// <param name="Stages">What each stage did.</param>
/// <param name="Survivors">What the whole chain left, likeliest first.</param>
/// <param name="Token">The token that would be drawn.</param>
public sealed record Explanation(IReadOnlyList<TokenProbability> Wanted, IReadOnlyList<StageReport> Stages, IReadOnlyList<TokenProbability> Survivors, int Token)
{
    internal static TokenProbability[] Ranked(ref Candidates candidates)
    {
        candidates.Rank();
        var items = candidates.Items;
        var p = candidates.Probabilities();
        var ranked = new TokenProbability[items.Length];
        for (int i = 0; i < ranked.Length; i++) ranked[i] = new(items[i].Token, items[i].Score, p[i]);
        return ranked;
    }
}

/// <summary>What one stage did to the candidates.</summary>
/// <param name="Name">The stage, as <see cref="SamplerChain.Parse"/> reads it.</param>
/// <param name="In">How many candidates came in.</param>
/// <param name="Kept">How many went out.</param>
/// <param name="Removed">The likeliest of those it ruled out, at most 10, with their probabilities on the way in.</param>
/// <param name="Why">One sentence for a reader.</param>
public sealed record StageReport(string Name, int In, int Kept, IReadOnlyList<TokenProbability> Removed, string Why)
{
    internal static StageReport Of(string name, TokenProbability[] before, TokenProbability[] after)
    {
        var now = after.ToDictionary(t => t.Token);
        var removed = before.Where(t => !now.ContainsKey(t.Token)).ToArray();
        var changed = before.Where(t => now.TryGetValue(t.Token, out var a) && a.Score != t.Score).ToArray();
        string why = "changed nothing";
        if (removed.Length > 0)
        {
            var least = before.Last(t => now.ContainsKey(t.Token));
            why = $"ruled out {removed.Length} of {before.Length}, with {removed.Sum(t => t.Probability):G3} of the probability: the likeliest of them is token {removed[0].Token} (p = {removed[0].Probability:G3}); the least likely kept is token {least.Token} (p = {least.Probability:G3})";
        }
        else if (changed.Length > 0)
        {
            var most = changed.MaxBy(t => Math.Abs(now[t.Token].Probability - t.Probability));
            why = $"changed {changed.Length} scores; token {most.Token} went from p = {most.Probability:G3} to {now[most.Token].Probability:G3}";
        }
        return new(name, before.Length, after.Length, removed[..Math.Min(10, removed.Length)], why);
    }
}
