using System.Collections;

namespace Logits.Calibration;

/// <summary>The named values of a calibrator, in the order they are written: numbers, lists of numbers, words, or further calibrators' parameters.</summary>
/// <remarks>The neutral form between a calibrator and a file. A missing or misshapen entry is refused by its name.</remarks>
public sealed class ParameterSet : IReadOnlyCollection<KeyValuePair<string, object>>
{
    readonly List<KeyValuePair<string, object>> _entries = [];

    /// <summary>Adds a number; ±∞ and NaN are allowed.</summary>
    public void Add(string name, double value) => _entries.Add(new(name, value));

    /// <summary>Adds a list of numbers.</summary>
    public void Add(string name, Numbers values) => _entries.Add(new(name, values));

    /// <summary>Adds a word: the name of a choice.</summary>
    public void Add(string name, string value) => _entries.Add(new(name, value));

    /// <summary>Adds a list of nested parameters.</summary>
    public void Add(string name, IReadOnlyList<ParameterSet> children) => _entries.Add(new(name, children));

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <summary>The number called <paramref name="name"/>.</summary>
    /// <exception cref="FormatException">It is missing or not a number.</exception>
    public double Number(string name) => Entry<double>(name, "a number");

    /// <summary>The whole number called <paramref name="name"/>, at least <paramref name="least"/>.</summary>
    /// <exception cref="FormatException">It is missing, not whole, or too small.</exception>
    public int Whole(string name, int least)
    {
        double value = Number(name);
        return value >= least && value <= int.MaxValue && value == Math.Floor(value) ? (int)value
            : throw new FormatException($"\"{name}\" is {value}; it is a whole number of at least {least}.");
    }

    /// <summary>The list called <paramref name="name"/>; of <paramref name="count"/> elements when that is not negative.</summary>
    /// <exception cref="FormatException">It is missing, not a list of numbers, or of another length.</exception>
    public Numbers List(string name, int count = -1)
    {
        var values = Entry<Numbers>(name, "a list of numbers");
        return count < 0 || values.Count == count ? values
            : throw new FormatException($"\"{name}\" holds {values.Count} numbers; it needs {count}.");
    }

    /// <summary>The word called <paramref name="name"/>.</summary>
    /// <exception cref="FormatException">It is missing or not a word.</exception>
    public string Word(string name) => Entry<string>(name, "a word");

    /// <summary>The nested parameters called <paramref name="name"/>.</summary>
    /// <exception cref="FormatException">They are missing or not a list of objects.</exception>
    public IReadOnlyList<ParameterSet> Children(string name) => Entry<IReadOnlyList<ParameterSet>>(name, "a list of objects");

    /// <summary>Whether there is an entry called <paramref name="name"/>.</summary>
    public bool Has(string name) => _entries.Exists(entry => entry.Key == name);

    /// <summary><c>temperature = 1.5, frame = centred</c></summary>
    public override string ToString() => string.Join(", ", _entries.Select(entry =>
        $"{entry.Key} = {(entry.Value is IReadOnlyList<ParameterSet> children ? $"{{{string.Join("; ", children.Take(3))}{(children.Count > 3 ? $"; … ({children.Count})" : "")}}}" : entry.Value)}"));

    TValue Entry<TValue>(string name, string kind)
    {
        foreach (var entry in _entries)
            if (entry.Key == name)
                return entry.Value switch
                {
                    TValue value => value,
                    // An empty JSON array does not say of what it is empty.
                    Numbers { Count: 0 } when typeof(TValue) == typeof(IReadOnlyList<ParameterSet>) => (TValue)(object)Array.Empty<ParameterSet>(),
                    _ => throw new FormatException($"\"{name}\" is not {kind}."),
                };
        throw new FormatException($"the parameter \"{name}\" is missing; it is {kind}.");
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
