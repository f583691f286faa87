using System.Collections.Immutable;
using System.Text;

namespace Logits.Sampling;

/// <summary>Watches a stream of text for stop strings, and holds back only what may still become one. One stream's state; not shareable.</summary>
public sealed class StopSequences
{
    readonly ImmutableArray<string> _stops;
    readonly bool _include;
    readonly StringBuilder _held = new();

    /// <summary>A watcher for the given strings.</summary>
    /// <param name="stops">Strings that end the text; none of them empty.</param>
    /// <param name="include">Emit the stop string itself too.</param>
    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public StopSequences(IEnumerable<string> stops, bool include = false)
    {
        ArgumentNullException.ThrowIfNull(stops);
        _stops = [.. stops];
        _include = include;
        for (int i = 0; i < _stops.Length; i++)
            if (string.IsNullOrEmpty(_stops[i]))
                throw new ArgumentException($"stops[{i}] is empty; an empty string would stop every text at once. Leave it out.", nameof(stops));
    }

    /// <summary>The stop string that was found, or null.</summary>
    public string? Matched { get; private set; }

    /// <summary>Takes the next piece of text and returns what may be shown now.</summary>
    /// <returns>
    /// The text up to the earliest place where a stop string begins (the longest where several do), or up to what may be the beginning of one. Nothing after a match.
    /// </returns>
    public string Push(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Matched is not null) return "";
        _held.Append(text);
        string held = _held.ToString();

        var (at, found) = Earliest(held);
        // A stop string that begins before the one found, and is not yet over, may still come first.
        int waits = held.Length;
        foreach (string stop in _stops)
            for (int length = Math.Min(stop.Length - 1, held.Length); length > 0; length--)
                if (held.AsSpan(held.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    waits = Math.Min(waits, held.Length - length);
                    break;
                }
        if (found is not null && at <= waits) return Cut(held, at, found);
        _held.Remove(0, waits);
        return held[..waits];
    }

    /// <summary>The text that was held back, once the stream has ended; a stop string that was only waited with is found now.</summary>
    public string Flush()
    {
        string held = _held.ToString();
        var (at, found) = Earliest(held);
        if (found is not null) return Cut(held, at, found);
        _held.Clear();
        return held;
    }

    (int At, string? Found) Earliest(string text)
    {
        (int At, string? Found) earliest = (int.MaxValue, null);
        foreach (string stop in _stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (at < earliest.At || at == earliest.At && stop.Length > earliest.Found!.Length)) earliest = (at, stop);
        }
        return earliest;
    }

    string Cut(string text, int at, string found)
    {
        Matched = found;
        _held.Clear();
        return text[..(_include ? at + found.Length : at)];
    }
}
