namespace Logits.Tests.Conformance.Calibration;

/// <summary>Comparisons that answer null when they hold, else what was expected and what came.</summary>
static class Close
{
    public static string? Relative(double expected, double actual, double tolerance = 1e-9) =>
        Math.Abs(actual - expected) <= tolerance * Math.Abs(expected) ? null : $"expected {expected:R}, got {actual:R} (relative difference {Math.Abs(actual / expected - 1):E1})";

    public static string? Absolute(double expected, double actual, double tolerance = 1e-9) =>
        Math.Abs(actual - expected) <= tolerance ? null : $"expected {expected:R}, got {actual:R} (difference {actual - expected:E1})";

    /// <summary>Equal once rounded to as many digits as were printed.</summary>
    public static string? Printed(double expected, double actual, int digits) =>
        Math.Abs(actual - expected) <= 0.5 * Math.Pow(10, -digits) * (1 + 1e-9) ? null : $"expected {expected} at {digits} digits, got {actual:R}";
}
