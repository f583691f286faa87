using System.Buffers;
using System.Text.Json;
using Logits.Calibration;

namespace Logits.Formats;

/// <summary>Calibrators as JSON: saved, loaded and applied, they give the same bits as before.</summary>
/// <remarks>
/// <c>{"format":"logits/calibrator","version":1,"method":…,"classes":…,"parameters":{…},"fit":{"rows":…,"nll":…,"nll_before":…,"converged":…,"iterations":…}}</c>.
/// Numbers are written so that they read back exactly; infinities and NaN are the words "inf", "-inf" and "nan". "fit" is null for a calibrator written down by hand.
/// </remarks>
public static class CalibratorFile
{
    const string Format = "logits/calibrator";
    const int Version = 1;

    /// <summary>Writes a calibrator beside <paramref name="path"/> and then moves it there, so that no one ever sees half a file.</summary>
    /// <exception cref="IOException">The place cannot be written to; what stood there before still does.</exception>
    public static void Save(ICalibrator calibrator, string path)
    {
        using var file = new AtomicFile(path);
        file.Stream.Write(ToUtf8(calibrator));
        file.Commit();
    }

    /// <summary>The calibrator in a file.</summary>
    /// <exception cref="DataFormatException">Not a calibrator, of a newer version, or with a missing or misshapen entry; the message names the file and the entry.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ICalibrator Load(string path) => FromUtf8(File.ReadAllBytes(path), path);

    /// <summary>The JSON of a calibrator.</summary>
    public static byte[] ToUtf8(ICalibrator calibrator)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            json.WriteString("method", calibrator.Method);
            json.WriteNumber("classes", calibrator.Classes);
            json.WritePropertyName("parameters");
            Write(json, calibrator.Parameters);
            json.WritePropertyName("fit");
            Write(json, calibrator.Facts);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The calibrator in a JSON text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call it in messages: its file's name.</param>
    /// <exception cref="DataFormatException">As <see cref="Load"/>.</exception>
    public static ICalibrator FromUtf8(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new DataFormatException(name, $"line {error.LineNumber + 1}", $"byte {error.BytePositionInLine + 1} is not JSON.", error);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            // A missing entry, or a value that its calibrator refuses.
            throw new DataFormatException(name, null, error.Message, error);
        }
    }

    static ICalibrator Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new FormatException("a calibrator is a JSON object.");
        string format = Text(root, "format");
        if (format != Format) throw new FormatException($"\"format\" is \"{format}\"; a calibrator's is \"{Format}\".");
        int version = Whole(root, "version");
        if (version > Version) throw new FormatException($"\"version\" is {version}; this program reads up to {Version}. Update it, or save the calibrator again with an older one.");
        if (version < 1) throw new FormatException($"\"version\" is {version}; versions start at 1.");
        string method = Text(root, "method");
        int classes = Whole(root, "classes");
        if (classes < 0) throw new FormatException($"\"classes\" is {classes}; it is at least 0.");
        var parameters = Parameters(Key(root, "parameters"), "parameters");
        return Calibrators.Read(method, parameters, classes, Facts(Key(root, "fit")));
    }

    static void Write(Utf8JsonWriter json, ParameterSet parameters)
    {
        json.WriteStartObject();
        foreach (var (name, value) in parameters)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case double number: Write(json, number); break;
                case string word: json.WriteStringValue(word); break;
                case Numbers list:
                    json.WriteStartArray();
                    foreach (double number in list.Span) Write(json, number);
                    json.WriteEndArray();
                    break;
                case IReadOnlyList<ParameterSet> children:
                    json.WriteStartArray();
                    foreach (var child in children) Write(json, child);
                    json.WriteEndArray();
                    break;
            }
        }
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteStringValue(double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf");
    }

    static void Write(Utf8JsonWriter json, FitFacts? facts)
    {
        if (facts is null)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        json.WriteNumber("rows", facts.Rows);
        json.WritePropertyName("nll");
        Write(json, facts.Nll);
        json.WritePropertyName("nll_before");
        Write(json, facts.NllBefore);
        json.WriteBoolean("converged", facts.Converged);
        json.WriteNumber("iterations", facts.Iterations);
        json.WriteEndObject();
    }

    static FitFacts? Facts(JsonElement fit)
    {
        if (fit.ValueKind == JsonValueKind.Null) return null;
        if (fit.ValueKind != JsonValueKind.Object) throw new FormatException("\"fit\" is neither an object nor null.");
        // Rows and NLL are what the format promises; the rest came with this program.
        return new(Whole(fit, "rows"),
            fit.TryGetProperty("nll_before", out var before) ? Number(before, "nll_before") : double.NaN,
            Number(Key(fit, "nll"), "nll"),
            !fit.TryGetProperty("converged", out var converged) || converged.ValueKind == JsonValueKind.True,
            fit.TryGetProperty("iterations", out _) ? Whole(fit, "iterations") : 0);
    }

    static ParameterSet Parameters(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new FormatException($"\"{name}\" is not an object.");
        var parameters = new ParameterSet();
        foreach (var property in element.EnumerateObject())
        {
            var value = property.Value;
            switch (value.ValueKind)
            {
                case JsonValueKind.Number: parameters.Add(property.Name, Number(value, property.Name)); break;
                case JsonValueKind.String when IsNumber(value): parameters.Add(property.Name, Number(value, property.Name)); break;
                case JsonValueKind.String: parameters.Add(property.Name, value.GetString()!); break;
                case JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object:
                    parameters.Add(property.Name, [.. value.EnumerateArray().Select(child => Parameters(child, property.Name))]);
                    break;
                case JsonValueKind.Array:
                    parameters.Add(property.Name, [.. value.EnumerateArray().Select(number => Number(number, property.Name))]);
                    break;
                default: throw new FormatException($"\"{property.Name}\" is {value.GetRawText()}; a parameter is a number, a word, or a list.");
            }
        }
        return parameters;
    }

    static bool IsNumber(JsonElement value) => value.GetString() is "inf" or "-inf" or "nan";

    static double Number(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when IsNumber(value) => value.GetString() switch { "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, _ => double.NaN },
        _ => throw new FormatException($"\"{name}\" holds {value.GetRawText()}, which is not a number."),
    };

    static JsonElement Key(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value : throw new FormatException($"the key \"{name}\" is missing.");

    static string Text(JsonElement element, string name) =>
        Key(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw new FormatException($"\"{name}\" is not a string.");

    static int Whole(JsonElement element, string name) =>
        Key(element, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int whole) ? whole : throw new FormatException($"\"{name}\" is not a whole number.");
}
