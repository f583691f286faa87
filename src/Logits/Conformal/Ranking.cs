namespace Logits.Conformal;

/// <summary>The classes of one row from the likeliest to the least likely; equal ones by class number.</summary>
public readonly ref struct Ranking
{
    internal Ranking(ReadOnlySpan<int> classes, ReadOnlySpan<double> probabilities, ReadOnlySpan<double> below)
    {
        Classes = classes;
        Probabilities = probabilities;
        Below = below;
    }

    /// <summary>The k class numbers.</summary>
    public ReadOnlySpan<int> Classes { get; }

    /// <summary>Their probabilities, falling.</summary>
    public ReadOnlySpan<double> Probabilities { get; }

    /// <summary>The total probability of the classes ranked below each one, summed from the smallest up: 0 at the last, and exact where 1 − Below rounds to 1.</summary>
    public ReadOnlySpan<double> Below { get; }
}
