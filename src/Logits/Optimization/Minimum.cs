namespace Logits.Optimization;

/// <summary>Where a solver ended, and why there.</summary>
/// <param name="Point">The best point met.</param>
/// <param name="Value">The objective there.</param>
/// <param name="GradientNorm">The largest absolute entry of the gradient there; for penalised problems, of the smallest subgradient.</param>
/// <param name="Iterations">Outer steps taken.</param>
/// <param name="StoppedBecause">Not converging is a result: the point is the best one met all the same.</param>
public sealed record Minimum(double[] Point, double Value, double GradientNorm, int Iterations, StoppedBecause StoppedBecause)
{
    /// <summary>True when the point is a minimum as far as double precision can tell.</summary>
    public bool Converged => StoppedBecause is StoppedBecause.GradientIsSmall or StoppedBecause.RoundingIsReached;
}

/// <summary>Why a solver stopped.</summary>
public enum StoppedBecause
{
    /// <summary>The gradient is within the tolerance of 0.</summary>
    GradientIsSmall,

    /// <summary>The predicted gain of the next step is below the rounding of the value: nothing more can be seen in double precision.</summary>
    RoundingIsReached,

    /// <summary>The iteration limit was reached first.</summary>
    IterationLimit,

    /// <summary>No step along the search direction made the value smaller, although the gradient says one should.</summary>
    NoDescent,

    /// <summary>The objective is not finite at the starting point.</summary>
    NotFinite,
}

/// <summary>When to stop, whom to tell, and how to be interrupted.</summary>
public sealed record Stopping
{
    /// <summary>Stop when no entry of the gradient exceeds this; null for the usual value of what is being fitted, 1e−10 where nothing else is said.</summary>
    public double? GradientTolerance { get; init; }

    /// <summary>Stop after this many outer steps; 500.</summary>
    public int Iterations { get; init; } = 500;

    /// <summary>Told of every outer step.</summary>
    public IProgress<SolverStep>? Progress { get; init; }

    /// <summary>Interrupts between outer steps with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The defaults.</summary>
    public static Stopping Default { get; } = new();

    internal double Tolerance => GradientTolerance ?? 1e-10;

    internal void Tell(int iteration, double value, double gradientNorm)
    {
        Cancellation.ThrowIfCancellationRequested();
        Progress?.Report(new(iteration, value, gradientNorm));
    }
}

/// <summary>One outer step of a solver.</summary>
/// <param name="Iteration">Counted from 0, the start.</param>
/// <param name="Value">The objective after the step.</param>
/// <param name="GradientNorm">The largest absolute entry of the gradient after it.</param>
public readonly record struct SolverStep(int Iteration, double Value, double GradientNorm);
