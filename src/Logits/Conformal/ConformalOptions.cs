namespace Logits.Conformal;

/// <summary>How prediction sets are fitted.</summary>
public sealed record ConformalOptions
{
    /// <summary>The score of a class; least ambiguous sets unless said otherwise.</summary>
    public ISetScore Score { get; init; } = new LeastAmbiguousSets();

    /// <summary>α: how often the set may miss the label, above 0 and below 1.</summary>
    public double Alpha { get; init => field = Throw.IfNotLevel(value); } = 0.1;

    /// <summary>A threshold for each class, so that every class is covered; needs about 1/α held-out rows of each.</summary>
    public bool ClassConditional { get; init; }

    /// <summary>The seed of randomized scores.</summary>
    public ulong Seed { get; init; }
}
