using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Logits.Formats;

/// <summary>What stands for a class in a line: a number is its index, a string its name.</summary>
readonly struct JsonLabel(ref Utf8JsonReader json)
{
    readonly bool _isNumber = json.TokenType == JsonTokenType.Number;
    readonly byte[]? _text = json.TokenType == JsonTokenType.Number ? json.ValueSpan.ToArray() : Encoding.UTF8.GetBytes(json.GetString()!);

    /// <summary>Whether the line has a label.</summary>
    public bool IsThere => _text is not null;

    /// <summary>The class; see <see cref="ClassLabels.Parse"/>.</summary>
    public string? Parse(ClassLabels classes, out int label) => _isNumber ? classes.ParseIndex(_text, out label) : classes.Parse(_text, out label);
}

/// <summary>One line of <c>.jsonl</c>: <c>{"logits":[1.5,"-inf"],"label":3}</c>. Other keys are passed over.</summary>
/// <remarks>Python's json writes NaN, Infinity and -Infinity, which are no JSON; they are taken as what they mean.</remarks>
static class JsonLine
{
    /// <summary>Reads a line.</summary>
    /// <param name="text">The line, for errors.</param>
    /// <param name="line">Its bytes.</param>
    /// <param name="scores">Receives the scores, as many as fit.</param>
    /// <param name="label">Receives the label.</param>
    /// <returns>The number of scores in the line; −1 when it has none.</returns>
    public static int Read<T>(LineText text, ReadOnlySpan<byte> line, Span<T> scores, out JsonLabel label) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            return Parse(text, line, scores, out label);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            if (line.IndexOf("NaN"u8) < 0 && line.IndexOf("Infinity"u8) < 0)
                throw NotJson(text, e);
        }
        try
        {
            return Parse(text, Quoted(line), scores, out label);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw NotJson(text, e);
        }
    }

    static int Parse<T>(LineText text, ReadOnlySpan<byte> line, Span<T> scores, out JsonLabel label) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        label = default;
        int count = -1;
        var json = new Utf8JsonReader(line);
        json.Read();
        if (json.TokenType is JsonTokenType.Number or JsonTokenType.String)
            label = new(ref json);
        else if (json.TokenType != JsonTokenType.StartObject)
            throw text.Wrong("a line is an object, {\"logits\":[…],\"label\":0}");
        else
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("logits"u8))
                {
                    if (count >= 0)
                        throw text.Wrong("\"logits\" occurs twice");
                    json.Read();
                    count = Scores(text, ref json, scores);
                }
                else if (json.ValueTextEquals("label"u8))
                {
                    if (label.IsThere)
                        throw text.Wrong("\"label\" occurs twice");
                    json.Read();
                    if (json.TokenType is not (JsonTokenType.Number or JsonTokenType.String))
                        throw text.Wrong($"\"label\" is {Kind(json.TokenType)}; it is a number or a name");
                    label = new(ref json);
                }
                else
                    json.Skip();
            }
        while (json.Read())
            ;       // What follows the value is an error that the reader finds.
        return count;
    }

    static int Scores<T>(LineText text, ref Utf8JsonReader json, Span<T> scores) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw text.Wrong($"\"logits\" is {Kind(json.TokenType)}; it is an array of numbers");
        int k = 0;
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; k++)
        {
            T score;
            switch (json.TokenType)
            {
                case JsonTokenType.Number when NumberText.TryParse(json.ValueSpan, out score):
                case JsonTokenType.String when NumberText.TryParse(json.ValueSpan, out score) && !T.IsFinite(score):
                    break;
                default:
                    string what = json.TokenType == JsonTokenType.String ? $"the string {DataFormatException.Quote(json.ValueSpan)}" : Kind(json.TokenType);
                    throw text.Wrong($"score {k} is {what}; it is a number, \"inf\", \"-inf\" or \"nan\"");
            }
            if (k < scores.Length)
                scores[k] = score;
        }
        return k;
    }

    static string Kind(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "true or false",
    };

    static DataFormatException NotJson(LineText text, Exception e)
    {
        string message = e.Message;
        int end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (end < 0) end = message.IndexOf(" Path:", StringComparison.Ordinal);
        string place = e is JsonException { BytePositionInLine: { } at } ? $" at byte {at}" : "";
        return text.Wrong($"is not JSON{place}: {(end < 0 ? message : message[..end]).TrimEnd('.')}");
    }

    /// <summary>The line with quotes around NaN and Infinity wherever they stand outside of strings.</summary>
    static byte[] Quoted(ReadOnlySpan<byte> line)
    {
        var bytes = new List<byte>(line.Length + 64);
        bool inString = false;
        for (int i = 0; i < line.Length; i++)
        {
            ReadOnlySpan<byte> rest = line[i..], word = [];
            if (inString && line[i] == '\\' && rest.Length > 1)
                bytes.Add(line[i++]);
            else if (line[i] == '"')
                inString = !inString;
            else if (!inString)
                word = rest.StartsWith("-Infinity"u8) ? "-Infinity"u8 : rest.StartsWith("Infinity"u8) ? "Infinity"u8 : rest.StartsWith("NaN"u8) ? "NaN"u8 : [];
            if (word.Length > 0)
            {
                bytes.AddRange([(byte)'"', .. word, (byte)'"']);
                i += word.Length - 1;
            }
            else
                bytes.Add(line[i]);
        }
        return [.. bytes];
    }
}
