using System.Collections.Immutable;

namespace Logits.Conformal;

/// <summary>The catalogue of set scores, with their usual settings.</summary>
public static class SetScores
{
    /// <summary>One of each family.</summary>
    public static ImmutableArray<ISetScore> All { get; } = [new LeastAmbiguousSets(), new AdaptiveSets(), new RegularizedAdaptiveSets(), new TopRankedSets()];

    /// <summary>The score of that name: <c>lac</c>, <c>aps</c>, <c>raps</c> or <c>top-k</c>.</summary>
    /// <exception cref="ArgumentException">No score has the name; the message lists them.</exception>
    public static ISetScore Named(string name) =>
        All.FirstOrDefault(score => score.Name == name)
        ?? throw new ArgumentException($"score {name} is unknown; the scores are {string.Join(", ", All.Select(score => score.Name))}.", nameof(name));
}
