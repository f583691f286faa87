using System.Globalization;

namespace Logits.Cli.Reports;

/// <summary>Maps values to positions and finds the round numbers to write beside them.</summary>
sealed class Axis
{
    readonly bool logarithmic;

    Axis(double low, double high, IReadOnlyList<double> ticks, Func<double, string> label, bool logarithmic)
    {
        (Low, High, Ticks, Label, this.logarithmic) = (low, high, ticks, label, logarithmic);
    }

    /// <summary>The value at the start.</summary>
    public double Low { get; }

    /// <summary>The value at the end.</summary>
    public double High { get; }

    /// <summary>Round values within the bounds.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>How a tick is written.</summary>
    public Func<double, string> Label { get; }

    /// <summary>Where a value lies between the start (0) and the end (1).</summary>
    public double Share(double value) => logarithmic
        ? Math.Log(value / Low) / Math.Log(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>0 % to 100 %, or the part of it given.</summary>
    public static Axis Percent(double low = 0, double high = 1, int ticks = 5) =>
        Linear(low, high, roundEnds: false, value => (100 * value).ToString("0.##", CultureInfo.InvariantCulture) + " %", ticks);

    /// <summary>A linear axis; with <paramref name="roundEnds"/> the ends move out to ticks.</summary>
    public static Axis Linear(double low, double high, bool roundEnds = true, Func<double, string>? label = null, int about = 5)
    {
        if (!(high > low))
            (low, high) = (low - 0.5, low + 0.5);
        double step = RoundStep((high - low) / about);
        if (roundEnds)
            (low, high) = (Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step);
        var ticks = new List<double>();
        for (double i = Math.Ceiling(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
            ticks.Add(i == 0 ? 0 : i * step);      // no −0
        int digits = Math.Max(0, (int)Math.Ceiling(-Math.Log10(step) - 1e-9));
        return new(low, high, ticks, label ?? (value => value.ToString(value == 0 ? "0" : $"N{digits}", Spaced)), logarithmic: false);
    }

    /// <summary>A logarithmic axis, ticks at 1, 2 and 5 times powers of ten.</summary>
    public static Axis Logarithmic(double low, double high)
    {
        var ticks = new List<double>();
        for (int power = (int)Math.Floor(Math.Log10(low)) - 1; power <= Math.Log10(high) + 1; power++)
            foreach (int digit in (ReadOnlySpan<int>)[1, 2, 5])
                if (digit * Math.Pow(10, power) is var tick && tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9))
                    ticks.Add(tick);
        if (ticks.Count > 9)
            ticks.RemoveAll(tick => Math.Abs(Math.Log10(tick) - Math.Round(Math.Log10(tick))) > 1e-9);
        // Over many powers of ten, every second, third, … will do.
        int every = (ticks.Count + 7) / 8;
        ticks.RemoveAll(tick => (int)Math.Round(Math.Log10(tick)) % every != 0 && every > 1);
        return new(low, high, ticks, PowerOfTen, logarithmic: true);
    }

    static string PowerOfTen(double value)
    {
        if (value is >= 1e-4 and < 1e5)
            return value.ToString("0.######", CultureInfo.InvariantCulture);
        int power = (int)Math.Floor(Math.Log10(value) + 1e-9), digit = (int)Math.Round(value / Math.Pow(10, power));
        string raised = string.Concat(power.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));
        return digit == 1 ? $"10{raised}" : $"{digit}·10{raised}";
    }

    /// <summary>Names one under the other: the first at the top, item i at height count − i − ½.</summary>
    public static Axis Names(IReadOnlyList<string> names) =>
        new(0, names.Count, [.. Enumerable.Range(0, names.Count).Select(i => names.Count - i - 0.5)], value => names[(int)Math.Round(names.Count - value - 0.5)], logarithmic: false);

    /// <summary>Thousands apart by a thin space, as the SI writes them.</summary>
    public static NumberFormatInfo Spaced { get; } = new() { NumberGroupSeparator = "\u202F", NumberDecimalSeparator = ".", NegativeSign = "−" };

    static double RoundStep(double atLeast)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(atLeast)));
        double digit = atLeast / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }
}
