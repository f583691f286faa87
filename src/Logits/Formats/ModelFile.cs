using System.Buffers;
using System.Text.Json;
using Logits.Regression;
using Logits.Students;

namespace Logits.Formats;

/// <summary>Fitted models as JSON: saved, loaded and applied, they give the same bits as before.</summary>
/// <remarks>
/// <c>{"format":"logits/model","version":1,"method":…,"classes":…,"parameters":{…},"fit":{"rows":…,"nll":…}}</c>. Numbers are written so that
/// they read back exactly; infinities and NaN are the words "inf", "-inf" and "nan".
/// </remarks>
public static class ModelFile
{
    const string Format = "logits/model";
    const int Version = 1;

    /// <summary>Writes a model beside <paramref name="path"/> and then moves it there, so that no one ever sees half a file.</summary>
    public static void Save(LogitModel model, string path) => Write(ToUtf8(model), path);

    /// <summary>Writes a student beside <paramref name="path"/> and then moves it there.</summary>
    public static void Save(Student student, string path) => Write(ToUtf8(student), path);

    /// <summary>The model in a file.</summary>
    /// <exception cref="FormatException">Not a model, of a newer version, or with a missing or misshapen entry; the message names the file and the entry.</exception>
    public static LogitModel Load(string path) => FromUtf8(File.ReadAllBytes(path), path);

    /// <summary>The student in a file.</summary>
    /// <exception cref="FormatException">As <see cref="Load"/>.</exception>
    public static Student LoadStudent(string path) => StudentFromUtf8(File.ReadAllBytes(path), path);

    static void Write(byte[] content, string path)
    {
        string beside = path + "." + Environment.ProcessId + ".tmp";
        try
        {
            File.WriteAllBytes(beside, content);
            File.Move(beside, path, overwrite: true);
        }
        finally { File.Delete(beside); }
    }

    /// <summary>The JSON of a model.</summary>
    public static byte[] ToUtf8(LogitModel model) => Json(model.Method, model.Classes.Count, model.Rows, model.NegativeLogLikelihood, json =>
    {
        json.WriteString("link", model.Link.Name);
        Texts(json, "columns", model.Columns);
        Texts(json, "class_names", model.Classes);
        Numbers(json, "means", model.Means);
        Numbers(json, "scales", model.Scales);
        Numbers(json, "slopes", model.Slopes);
        Numbers(json, "thresholds", model.Thresholds);
        if (model.Formula is null) json.WriteNull("formula"); else json.WriteString("formula", model.Formula);
        json.WriteStartObject("levels");
        foreach (var (name, levels) in model.FactorLevels.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Texts(json, name, levels);
        json.WriteEndObject();
    });

    /// <summary>The JSON of a student.</summary>
    public static byte[] ToUtf8(Student student) => Json(student.Method, student.Classes, student.Rows, student.NegativeLogLikelihood, json =>
    {
        json.WriteNumber("features", student.Features);
        json.WriteNumber("temperature", student.Temperature);
        json.WriteNumber("alpha", student.Alpha);
        Texts(json, "names", [.. student.Parameters.Select(pair => pair.Name)]);
        foreach (var (name, values) in student.Parameters)
            Numbers(json, name, values);
    });

    static byte[] Json(string method, int classes, int rows, double nll, Action<Utf8JsonWriter> parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            json.WriteString("method", method);
            json.WriteNumber("classes", classes);
            json.WriteStartObject("parameters");
            parameters(json);
            json.WriteEndObject();
            json.WriteStartObject("fit");
            json.WriteNumber("rows", rows);
            json.WritePropertyName("nll");
            Number(json, nll);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    static void Numbers(Utf8JsonWriter json, string name, double[] numbers)
    {
        json.WriteStartArray(name);
        foreach (double number in numbers) Number(json, number);
        json.WriteEndArray();
    }

    static void Number(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteStringValue(double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf");
    }

    /// <summary>The model in a JSON text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call it in messages: its file's name.</param>
    public static LogitModel FromUtf8(ReadOnlyMemory<byte> json, string name) => Read(json, name, root =>
    {
        string method = Text(root, "method");
        if (method is "linear-student" or "mlp-student")
            throw new FormatException($"\"method\" is \"{method}\"; this is a distilled student, not a fit. Read it with LoadStudent.");
        if (method is not ("binomial" or "multinomial" or "ordinal" or "conditional" or "firth" or "penalized-binomial" or "penalized-multinomial"))
            throw new FormatException($"\"method\" is \"{method}\"; a model is binomial, multinomial, ordinal, conditional, firth, penalized-binomial or penalized-multinomial.");
        var (parameters, fit) = (Key(root, "parameters"), Key(root, "fit"));
        var formula = Key(parameters, "formula");
        var model = new LogitModel
        {
            Method = method,
            Link = Link.Named(Text(parameters, "link")),
            Columns = Texts(parameters, "columns"),
            Classes = Texts(parameters, "class_names"),
            Means = Numbers(parameters, "means"),
            Scales = Numbers(parameters, "scales"),
            Slopes = Numbers(parameters, "slopes"),
            Thresholds = Numbers(parameters, "thresholds"),
            Formula = formula.ValueKind == JsonValueKind.Null ? null : formula.GetString(),
            FactorLevels = Key(parameters, "levels").EnumerateObject().ToDictionary(pair => pair.Name, pair => (IReadOnlyList<string>)[.. pair.Value.EnumerateArray().Select(v => v.GetString()!)]),
            Rows = Key(fit, "rows").GetInt32(),
            NegativeLogLikelihood = Number(Key(fit, "nll"), "nll"),
        };
        int p = model.Columns.Count, scores = method is "multinomial" or "penalized-multinomial" ? model.Classes.Count : 1;
        Count("means", model.Means.Length, p);
        Count("scales", model.Scales.Length, p);
        Count("slopes", model.Slopes.Length, p * scores);
        Count("thresholds", model.Thresholds.Length, method == "ordinal" ? model.Classes.Count - 1 : 0);
        return model;
    });

    /// <summary>The student in a JSON text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call it in messages: its file's name.</param>
    public static Student StudentFromUtf8(ReadOnlyMemory<byte> json, string name) => Read(json, name, root =>
    {
        var (parameters, fit) = (Key(root, "parameters"), Key(root, "fit"));
        return Student.Restore(Text(root, "method"), Key(root, "classes").GetInt32(), Key(parameters, "features").GetInt32(), Number(Key(parameters, "temperature"), "temperature"),
            Number(Key(parameters, "alpha"), "alpha"), Key(fit, "rows").GetInt32(), Number(Key(fit, "nll"), "nll"), key => Numbers(parameters, key));
    });

    static T Read<T>(ReadOnlyMemory<byte> json, string name, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new FormatException("a model is a JSON object.");
            if (Text(root, "format") is var format && format != Format) throw new FormatException($"\"format\" is \"{format}\"; a model's is \"{Format}\".");
            int version = Key(root, "version").TryGetInt32(out int whole) ? whole : 0;
            if (version > Version) throw new FormatException($"\"version\" is {version}; this program reads up to {Version}. Update it, or save the model again with an older one.");
            if (version < 1) throw new FormatException($"\"version\" is {version}; versions start at 1.");
            return read(root);
        }
        catch (JsonException error)
        {
            throw new FormatException($"{name}: not JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.", error);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"{name}: {error.Message}", error);
        }
    }

    static void Count(string key, int actual, int expected)
    {
        if (actual != expected) throw new FormatException($"\"{key}\" holds {actual} numbers; the columns and classes make it {expected}.");
    }

    static JsonElement Key(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : throw new FormatException($"the key \"{name}\" is missing.");

    static string Text(JsonElement element, string name) =>
        Key(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw new FormatException($"\"{name}\" is not a string.");

    static string[] Texts(JsonElement element, string name) => [.. Key(element, name).EnumerateArray().Select(value => value.GetString()!)];

    static double[] Numbers(JsonElement element, string name) => [.. Key(element, name).EnumerateArray().Select(value => Number(value, name))];

    static double Number(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when value.GetString() is "inf" or "-inf" or "nan" => value.GetString() switch { "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, _ => double.NaN },
        _ => throw new FormatException($"\"{name}\" holds {value.GetRawText()}, which is not a number."),
    };
}
