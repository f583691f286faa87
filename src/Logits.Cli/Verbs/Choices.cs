using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Logits.Cli.Verbs;

/// <summary>Options whose wrong values are answered by a sentence: the option, the value, what is allowed.</summary>
static class Choices
{
    const int MostInPlaceholder = 6;

    /// <summary>A switch.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>A text, usually a path.</summary>
    public static Option<string?> Text(string name, string unit, string description) => new(name) { HelpName = unit, Description = description };

    /// <summary>One word of a list.</summary>
    public static Option<string?> OneOf(string name, string? otherwise, string description, params string[] words)
    {
        // A long list reads better as a sentence than as a placeholder.
        bool many = words.Length > MostInPlaceholder;
        var option = new Option<string?>(name)
        {
            HelpName = many ? "NAME" : string.Join('|', words),
            Description = many ? $"{description}: {string.Join(", ", words)}" : description,
            CustomParser = result =>
            {
                string word = result.Tokens[0].Value;
                if (!words.Contains(word))
                    result.AddError($"{name} is '{word}'; it is one of {string.Join(", ", words)}");
                return word;
            },
        };
        if (otherwise is not null)
            option.DefaultValueFactory = _ => otherwise;
        return option;
    }

    /// <summary>A whole number of at least <paramref name="least"/>.</summary>
    public static Option<int> Count(string name, string unit, int otherwise, int least, string description) =>
        new(name)
        {
            HelpName = unit,
            Description = description,
            DefaultValueFactory = _ => otherwise,
            CustomParser = result => Parse<int>(name, result, value => value >= least, $"a whole number of at least {least}"),
        };

    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> CountIfGiven(string name, string unit, int least, string description) =>
        new(name)
        {
            HelpName = unit,
            Description = description,
            CustomParser = result => Parse<int>(name, result, value => value >= least, $"a whole number of at least {least}"),
        };

    /// <summary>A seed: any whole number from 0 to 2⁶⁴ − 1.</summary>
    public static Option<ulong> Seed(string name, ulong otherwise, string description) =>
        new(name)
        {
            HelpName = "N",
            Description = description,
            DefaultValueFactory = _ => otherwise,
            CustomParser = result => Parse<ulong>(name, result, _ => true, "a whole number from 0 to 18446744073709551615"),
        };

    /// <summary>A number within bounds, which <paramref name="allowed"/> says in words.</summary>
    public static Option<double> Number(string name, string unit, double otherwise, Func<double, bool> within, string allowed, string description) =>
        new(name)
        {
            HelpName = unit,
            Description = description,
            DefaultValueFactory = _ => otherwise,
            CustomParser = result => Parse(name, result, within, allowed),
        };

    /// <summary>A number that may be left out.</summary>
    public static Option<double?> NumberIfGiven(string name, string unit, Func<double, bool> within, string allowed, string description) =>
        new(name)
        {
            HelpName = unit,
            Description = description,
            CustomParser = result => Parse(name, result, within, allowed),
        };

    static T Parse<T>(string name, ArgumentResult result, Func<T, bool> within, string allowed) where T : struct, INumberBase<T>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && within(value))
            return value;
        result.AddError($"{name} is '{text}'; it is {allowed}");
        return default;
    }
}
