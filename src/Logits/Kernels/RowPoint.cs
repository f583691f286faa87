namespace Logits.Kernels;

/// <summary>The largest score of a row and what follows from it and the temperature: all that exp((x − max) / T) needs besides x.</summary>
/// <remarks>
/// x − max rounds, and an error of half an ulp of a difference of 100 is an error of 50 ulp in its exponential. So the exponent is reduced from x itself:
/// x = (b + <see cref="Steps"/>) · T ln 2 + remainder, where b, in sixteenths, is the power of two that exp makes of it, <see cref="Steps"/> the same for max,
/// and <see cref="Remainder"/> what is left of max; one fused multiply-add finds x − (b + Steps) · T ln 2 exactly. At x = max
/// everything cancels, and the largest element's weight is 1 without an error.
/// For |max| too large for that, every x whose weight matters is within a factor of two of max, and x − max is exact:
/// then <see cref="Shift"/> is max, and Steps and Remainder are 0.
/// </remarks>
internal readonly struct RowPoint
{
    public RowPoint(double max, double temperature)
    {
        Max = max;
        Temperature = temperature;
        Step = DoubleMath.Ln2 * temperature;
        StepRest = Math.FusedMultiplyAdd(DoubleMath.Ln2, temperature, -Step) + DoubleMath.Ln2Rest * temperature;
        Inverse = 1 / temperature;
        Scale = DoubleMath.Log2E * Inverse;
        if (Math.Abs(max) > 1e12 * temperature) Shift = max;
        Top = max - Shift;
        Floor = Top - 760 * temperature;
        Steps = Math.FusedMultiplyAdd(Top, Scale, DoubleMath.SixteenthMagic) - DoubleMath.SixteenthMagic;
        Remainder = Math.FusedMultiplyAdd(-Steps, Step, Top);
    }

    public double Max { get; }

    public double Temperature { get; }

    /// <summary>log₂e / T.</summary>
    public double Scale { get; }

    /// <summary>T ln 2, rounded; and the rest of it.</summary>
    public double Step { get; }
    public double StepRest { get; }

    /// <summary>1 / T.</summary>
    public double Inverse { get; }

    /// <summary>Shifted scores below weigh nothing and are lifted to here, −∞ too, so that no infinity enters the arithmetic.</summary>
    public double Floor { get; }

    public double Shift { get; }
    public double Top { get; }
    public double Steps { get; }
    public double Remainder { get; }

    /// <summary>Whether the lanes' formula holds; beyond, <see cref="OddRows"/> goes the slow way.</summary>
    public static bool Holds(double max, double temperature) =>
        temperature is >= 1e-250 and <= 1e250 && Math.Abs(max) <= 4e307;
}
