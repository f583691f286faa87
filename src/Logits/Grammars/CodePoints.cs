using System.Globalization;
using System.Text;

namespace Logits.Grammars;

/// <summary>Sets of characters as sorted, disjoint ranges of code points.</summary>
internal static class CodePoints
{
    public const int Last = 0x10FFFF;

    /// <summary>Sorts and joins ranges, or gives everything else.</summary>
    public static List<(int Low, int High)> Normal(IEnumerable<(int Low, int High)> ranges, bool negated)
    {
        var joined = new List<(int Low, int High)>();
        foreach (var range in ranges.Order())
        {
            if (joined.Count > 0 && range.Low <= joined[^1].High + 1) joined[^1] = (joined[^1].Low, Math.Max(joined[^1].High, range.High));
            else joined.Add(range);
        }
        if (!negated) return joined;

        var rest = new List<(int, int)>();
        int next = 0;
        foreach (var (low, high) in joined)
        {
            if (low > next) rest.Add((next, low - 1));
            next = high + 1;
        }
        if (next <= Last) rest.Add((next, Last));
        return rest;
    }

    /// <summary>The characters of a Unicode general category, by its one- or two-letter name; null when there is no such name.</summary>
    public static List<(int Low, int High)>? Category(string name)
    {
        // The two-letter names in the order of UnicodeCategory's values.
        string[] names = ["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn"];
        if (name.Length is 0 or > 2 || !names.Any(category => category.StartsWith(name, StringComparison.Ordinal))) return null;

        var ranges = new List<(int, int)>();
        int start = -1;
        for (int code = 0; code <= Last + 1; code++)
        {
            bool inside = code <= Last && Rune.IsValid(code) && names[(int)CharUnicodeInfo.GetUnicodeCategory(code)].StartsWith(name, StringComparison.Ordinal);
            if (inside && start < 0) start = code;
            if (!inside && start >= 0)
            {
                ranges.Add((start, code - 1));
                start = -1;
            }
        }
        return ranges;
    }
}
