using System.Globalization;
using Logits.Distributions;

namespace Logits.Regression;

/// <summary>A range of values; an end may be infinite.</summary>
public readonly record struct Interval(double Low, double High)
{
    internal Interval Map(Func<double, double> increasing) => new(increasing(Low), increasing(High));

    /// <inheritdoc/>
    public override string ToString() => $"[{Low:G6}, {High:G6}]";
}

/// <summary>A test: its statistic, degrees of freedom, and the probability of one as large if nothing is there.</summary>
public readonly record struct HypothesisTest(double Statistic, int DegreesOfFreedom, double P)
{
    internal static HypothesisTest ChiSquare(double statistic, int degrees) =>
        new(Math.Max(0, statistic), degrees, ChiSquared.UpperTail(Math.Max(0, statistic), degrees));

    /// <inheritdoc/>
    public override string ToString() => $"χ²({DegreesOfFreedom}) = {Statistic:G6}, p = {P:G4}";
}

/// <summary>The three tests of leaving a term out.</summary>
/// <param name="Term">The term.</param>
/// <param name="LikelihoodRatio">From the refit without it: 2(ℓ − ℓ₀).</param>
/// <param name="Score">Rao's, from the slope at the refit: gᵀI⁻¹g.</param>
/// <param name="Wald">From the fit alone: bᵀV⁻¹b.</param>
public sealed record TermTest(string Term, HypothesisTest LikelihoodRatio, HypothesisTest Score, HypothesisTest Wald);

/// <summary>How the bounds of a coefficient are found.</summary>
public enum IntervalKind
{
    /// <summary>Estimate ± z·standard error.</summary>
    Wald,

    /// <summary>Where the profile likelihood has fallen by half a χ² quantile; exact, not interpolated.</summary>
    Profile,
}

/// <summary>One line of a coefficient table.</summary>
/// <param name="Name">The column of the design, or a threshold such as <c>low|medium</c>.</param>
/// <param name="Level">The class the coefficient speaks for, in multinomial models.</param>
/// <param name="Estimate">The coefficient; ±∞ where separation sends it there, NaN where nothing determines it.</param>
/// <param name="StandardError">From the expected information; NaN where there is none.</param>
/// <param name="Z">Estimate / standard error.</param>
/// <param name="P">Two-sided, from the normal distribution.</param>
/// <param name="Bounds">The confidence interval.</param>
/// <param name="OddsRatio">exp(Estimate), where the link makes it one; otherwise NaN.</param>
/// <param name="OddsRatioBounds">The interval of the odds ratio.</param>
public sealed record Coefficient(string Name, string? Level, double Estimate, double StandardError, double Z, double P, Interval Bounds, double OddsRatio, Interval OddsRatioBounds);

/// <summary>What a <see cref="Certificate"/> proves.</summary>
public enum Proof
{
    /// <summary>Nothing: the information is too nearly singular, or the solver stopped too early, for a bound.</summary>
    None,

    /// <summary>
    /// An optimum of the neighbourhood: the objective is not convex (the cauchit link, Firth's penalty), so that another one far away cannot be ruled out.
    /// </summary>
    Local,

    /// <summary>The optimum: the objective is convex.</summary>
    Global,
}

/// <summary>A proof of how close a fit is to the optimum.</summary>
/// <param name="Decrement">gᵀH⁻¹g at the solution; NaN where it is not what the proof rests on.</param>
/// <param name="GapBound">The log-likelihood (or objective) is within this of its optimum; +∞ without a proof.</param>
/// <param name="Proof">Whether that is proven, and of which optimum.</param>
/// <param name="CoefficientBounds">Each coefficient is within this of its optimum; empty where not computed.</param>
/// <remarks>
/// The theorems: logit, softmax and matched-set likelihoods are self-concordant (Bach, Self-concordant analysis for logistic regression, 2010). For other links,
/// ordered classes and Firth's penalty the third derivative is bounded in a ball around the estimate, and the theorem of Newton and Kantorovich puts a stationary
/// point into it (Ortega and Rheinboldt, Iterative Solution of Nonlinear Equations in Several Variables, 1970, 12.6.2); where the likelihood is concave (Pratt,
/// Concavity of the log likelihood, 1981) that is the maximum. Penalised fits: strong convexity or Fenchel duality. For likelihoods the bound includes what rounding may have done to
/// the value, the gradient and the information, given functions right to 64 units in the last place; for penalised fits an estimate, 1e-15 of the objective.
/// What is bounded is the problem over the standardized columns as the computer holds them.
/// </remarks>
public sealed record Certificate(double Decrement, double GapBound, Proof Proof, IReadOnlyList<double> CoefficientBounds)
{
    /// <summary>Whether anything is proven.</summary>
    public bool IsProven => Proof != Proof.None;

    /// <summary>Why nothing is proven; null when something is.</summary>
    public string? Obstacle { get; init; }

    /// <summary>What is proven, in words, of an objective such as "log-likelihood" and its optimum, "maximum" or "minimum".</summary>
    internal string Words(string objective, string optimum) => Proof switch
    {
        Proof.Global => string.Create(CultureInfo.InvariantCulture, $"{objective} within {GapBound:G2} of its {optimum} (proven)"),
        Proof.Local => string.Create(CultureInfo.InvariantCulture, $"{objective} within {GapBound:G2} of a local {optimum} (proven; it is not known to be the only one)"),
        _ => $"how far the {objective} is from its {optimum} could not be proven{(Obstacle is null ? "" : $": {Obstacle}")}",
    };

    /// <summary>What the evaluation of an objective of this size may be wrong by.</summary>
    internal static double Rounding(double value) => 1e-15 * (1 + Math.Abs(value));

    /// <summary>
    /// The bound from self-concordance: with t = ρλ &lt; 1 the optimum is within −log(1−t)/ρ in the norm of the Hessian, and the gap is at most
    /// (t + (1−t)log(1−t))/ρ² ≈ λ²/2.
    /// </summary>
    internal static (double Gap, double Radius) Bound(double decrement, double rho)
    {
        double lambda = Math.Sqrt(decrement), t = rho * lambda;
        if (!(t < 1))
            return (double.PositiveInfinity, double.PositiveInfinity);
        if (t < 1e-4)
            return (0.5 * decrement * (1 + t / 3 + t * t / 5), lambda * (1 + 0.5 * t + t * t / 3));
        double log = LogMath.Log1P(-t);
        return ((t + (1 - t) * log) / (rho * rho), -log / rho);
    }
}
