using System.Globalization;
using System.Text;

namespace Logits.Formats;

/// <summary>Turns what stands for a class, a number or a name, into its index.</summary>
/// <remarks>A name that is written exactly so wins over a number, because classes may be named 1 to 10.</remarks>
sealed class ClassLabels
{
    readonly IReadOnlyList<string>? _names;
    readonly Dictionary<string, int>? _byName;
    readonly int _count;

    /// <summary>Labels of this many classes; with one class, the answers no (0) and yes (1).</summary>
    public ClassLabels(int classes, IReadOnlyList<string>? names)
    {
        _count = classes == 1 ? 2 : classes;
        _names = names;
        if (names is null)
            return;
        _byName = new(names.Count, StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
            _byName.TryAdd(names[i], i);
    }

    /// <summary>Why a number is no label, or null when it is one.</summary>
    public string? Refuse(Int128 label) => label >= 0 && label < _count ? null : $"label {label} is outside 0..{_count - 1}";

    /// <summary>The class that a text names.</summary>
    /// <returns>Null when <paramref name="label"/> holds it, else why there is none.</returns>
    public string? Parse(ReadOnlySpan<byte> text, out int label)
    {
        label = -1;
        if (_byName is not null)
        {
            Span<char> chars = text.Length <= 256 ? stackalloc char[256] : new char[text.Length];
            int length = Encoding.UTF8.GetChars(text, chars);
            if (_byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars[..length], out label))
                return null;
        }
        return ParseIndex(text, out label);
    }

    /// <summary>The class whose index a text is.</summary>
    /// <inheritdoc cref="Parse"/>
    public string? ParseIndex(ReadOnlySpan<byte> text, out int label)
    {
        label = -1;
        if (Number(text) is { } number)
        {
            label = (int)Math.Clamp(number, -1, int.MaxValue);
            return Refuse(number);
        }
        if (text.IsEmpty)
            return "the label is empty";
        return _names is null
            ? $"label {DataFormatException.Quote(text)} is no number, and the names of the classes are not known; write 0..{_count - 1}, or give the names"
            : $"label {DataFormatException.Quote(text)} is neither a class nor 0..{_count - 1}; the classes are {DataFormatException.List(_names)}";
    }

    /// <summary>A whole number, also in the forms that tables of floats give it: 3.0, 3.000e+00.</summary>
    static long? Number(ReadOnlySpan<byte> text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole
        : NumberText.TryParse(text, out double value) && value == Math.Floor(value) && Math.Abs(value) <= 1L << 53 ? (long)value : null;
}
