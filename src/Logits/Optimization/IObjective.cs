namespace Logits.Optimization;

/// <summary>A smooth function of several variables that a solver makes small.</summary>
/// <remarks>
/// The contract with every solver: the solver calls <see cref="ValueAndGradient"/> at a point; what it asks afterwards
/// (<see cref="ICurvedObjective"/>, <see cref="IHessianObjective"/>) is meant at that same point, so an objective may keep what it computed there.
/// An objective belongs to one solver at a time.
/// </remarks>
public interface IObjective
{
    /// <summary>The number of variables.</summary>
    int Dimension { get; }

    /// <summary>The value at <paramref name="point"/>, and the gradient there.</summary>
    /// <returns>+∞ or NaN outside the domain; a solver then steps back.</returns>
    double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient);
}

/// <summary>An objective that can multiply its Hessian by a vector: what <see cref="NewtonCg"/> asks for.</summary>
public interface ICurvedObjective : IObjective
{
    /// <summary>H × <paramref name="direction"/> at the latest point; H is positive semidefinite.</summary>
    void HessianTimes(ReadOnlySpan<double> direction, Span<double> result);

    /// <summary>The diagonal of H at the latest point, or anything of its size: it preconditions. Entries that are not positive count as 1.</summary>
    void HessianDiagonal(Span<double> diagonal);
}

/// <summary>An objective of few variables that writes down its whole Hessian: what <see cref="Newton"/> and <see cref="ProximalNewton"/> ask for.</summary>
public interface IHessianObjective : IObjective
{
    /// <summary>H at the latest point, dimension × dimension, all of it (both triangles).</summary>
    void Hessian(Span<double> hessian);
}
