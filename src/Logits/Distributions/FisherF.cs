namespace Logits.Distributions;

/// <summary>The F distribution of a ratio of mean squares.</summary>
public static class FisherF
{
    /// <summary>The probability of a ratio above f.</summary>
    public static double UpperTail(double f, double numeratorDegrees, double denominatorDegrees)
    {
        if (f <= 0)
            return 1;
        if (double.IsPositiveInfinity(f))
            return 0;
        double total = denominatorDegrees + numeratorDegrees * f;
        return Math.Exp(SpecialFunctions.LogBeta(denominatorDegrees / 2, numeratorDegrees / 2, denominatorDegrees / total, numeratorDegrees * f / total));
    }
}
