using System.Globalization;

namespace Logits.Cli;

/// <summary>Numbers as people read them, in tables and reports.</summary>
static class Show
{
    static readonly CultureInfo Plainly = CultureInfo.InvariantCulture;

    /// <summary>A share as a percentage: 9.06 %, 0.031 %, 100 %.</summary>
    public static string Percent(double share) =>
        !double.IsFinite(share) ? Plain(share) : share is 0 or 1 ? (100 * share).ToString(Plainly) + " %" : (100 * share).ToString(Math.Abs(share) >= 0.001 ? "0.00" : "0.0000", Plainly) + " %";

    /// <summary>A percentage for axes and sentences: 66.7 %, 95 %.</summary>
    public static string RoundPercent(double share) => double.IsFinite(share) ? (100 * share).ToString("0.#", Plainly) + " %" : Plain(share);

    /// <summary>Four significant digits and more where the number is large.</summary>
    public static string Plain(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "∞" : "−∞";
        double size = Math.Abs(value);
        string digits = size >= 1e6 || size is > 0 and < 1e-4 ? value.ToString("0.###e+0", Plainly) : value.ToString(size >= 100 ? "0.##" : size >= 1 ? "0.0000" : "0.00000", Plainly);
        return digits.Replace('-', '−');
    }

    /// <summary>A log-likelihood in nats.</summary>
    public static string Nats(double value) => double.IsFinite(value) ? value.ToString("0.0000", Plainly) : Plain(value);

    /// <summary>A p-value: 0.042, or below 0.0001.</summary>
    public static string PValue(double p) => double.IsNaN(p) ? "nan" : p < 1e-4 ? "< 0.0001" : p.ToString("0.0000", Plainly);

    /// <summary>A count with thin spaces between thousands.</summary>
    public static string Count(long count) => count.ToString("N0", Reports.Axis.Spaced);

    /// <inheritdoc cref="Count(long)"/>
    public static string Count(double count) => Count((long)Math.Round(count));
}
