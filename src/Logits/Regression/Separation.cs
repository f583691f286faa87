namespace Logits.Regression;

/// <summary>Whether a combination of predictors tells the outcomes apart.</summary>
public enum SeparationStatus
{
    /// <summary>The outcomes overlap: the maximum-likelihood estimate exists.</summary>
    None,

    /// <summary>Some rows are told apart and the others lie on the border.</summary>
    QuasiComplete,

    /// <summary>Every row is told apart: the likelihood goes to 1.</summary>
    Complete,
}

/// <summary>Where a coefficient goes as the likelihood rises to its supremum.</summary>
public enum CoefficientDirection
{
    /// <summary>It stays finite.</summary>
    Finite,

    /// <summary>It goes to +∞.</summary>
    PlusInfinity,

    /// <summary>It goes to −∞.</summary>
    MinusInfinity,

    /// <summary>It may go either way: nothing in the data tells which.</summary>
    Both,
}

/// <summary>What separation does to a fit. Immutable.</summary>
/// <remarks>
/// The recession cone {d : sᵢxᵢᵀd ≥ 0 for all i} is examined by linear programming (Albert and Anderson 1984; Konis 2007): a direction in it
/// that is not 0 on some row raises the likelihood for ever.
/// </remarks>
public sealed record Separation(
    SeparationStatus Status,
    IReadOnlyList<string> Names,
    IReadOnlyList<CoefficientDirection> Directions,
    IReadOnlyList<int> SeparatedRows,
    int SeparatedConstraints,
    int Constraints)
{
    /// <summary>
    /// A direction of the coefficients along which no row's likelihood falls and that of every separated row rises for ever: the proof that no estimate exists, for
    /// anyone to check. Empty without separation.
    /// </summary>
    public IReadOnlyList<double> Direction { get; init; } = [];

    /// <summary>What to do instead.</summary>
    internal string Remedy { get; init; } = "new Firth() gives finite estimates with intervals";

    internal static Separation None(IReadOnlyList<string> names) =>
        new(SeparationStatus.None, names, [.. names.Select(_ => CoefficientDirection.Finite)], [], 0, 0);

    /// <summary>One sentence that says what was found and what to do.</summary>
    public string Message
    {
        get
        {
            if (Status == SeparationStatus.None)
                return "the outcomes overlap; the estimate exists.";
            string infinite = string.Join(", ", Names.Zip(Directions).Where(pair => pair.Second is not CoefficientDirection.Finite).Take(12).Select(pair =>
                $"{pair.First} {(pair.Second switch { CoefficientDirection.PlusInfinity => "→ +∞", CoefficientDirection.MinusInfinity => "→ −∞", _ => "undetermined" })}"));
            return $"the predictors separate the outcomes {(Status == SeparationStatus.Complete ? "completely" : "quasi-completely")} ({SeparatedRows.Count} rows): {infinite}. "
                + $"The estimate does not exist; {Remedy}.";
        }
    }
}
