namespace Logits.Metrics;

/// <summary>A range that is meant to hold the true value with a stated probability.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether <paramref name="value"/> lies in the interval, ends included.</summary>
    public bool Contains(double value) => value >= Low && value <= High;
}
