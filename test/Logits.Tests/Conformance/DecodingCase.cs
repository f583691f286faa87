using System.Text.Json;
using Logits.Sampling;

namespace Logits.Tests.Conformance;

/// <summary>One case of the decoding area, read from its JSON.</summary>
sealed class DecodingCase(JsonElement json)
{
    public string Id => json.GetProperty("id").GetString()!;
    public string Op => json.GetProperty("op").GetString()!;
    public string Dialect => json.GetProperty("dialect").GetString()!;
    public bool Boundary => json.TryGetProperty("boundary", out var b) && b.GetBoolean();
    public double Tolerance => json.TryGetProperty("tol", out var t) ? t.GetDouble() : 1e-5;
    public JsonElement Params => json.GetProperty("params");
    public JsonElement Expected => json.GetProperty("expected");

    /// <summary>A field of the case beside the common ones, such as log_probs.</summary>
    public JsonElement Field(string name) => json.GetProperty(name);

    public bool HasParam(string name) => Params.TryGetProperty(name, out _);
    public double Number(string name) => ToDouble(Params.GetProperty(name));
    public double Number(string name, double otherwise) => HasParam(name) ? Number(name) : otherwise;
    public int Integer(string name) => Params.GetProperty(name).GetInt32();
    public int Integer(string name, int otherwise) => HasParam(name) ? Integer(name) : otherwise;
    public string Text(string name) => Params.GetProperty(name).GetString()!;
    public bool Flag(string name) => HasParam(name) && Params.GetProperty(name).GetBoolean();
    public int[] Ids(string name) => ToInts(Params.GetProperty(name));
    public double[] Numbers(string name) => ToDoubles(Params.GetProperty(name));

    /// <summary>The input scores; probabilities are taken to their logarithms.</summary>
    public double[] Logits => json.TryGetProperty("logits", out var l) ? ToDoubles(l) : [.. ToDoubles(json.GetProperty("probs")).Select(p => Math.Log(p))];

    /// <summary>The tokens so far; where only their number is given, that many zeros.</summary>
    public int[] History => json.TryGetProperty("history", out var h) ? ToInts(h) : json.TryGetProperty("history_length", out var n) ? new int[n.GetInt32()] : [];

    public static double ToDouble(JsonElement e) => e.ValueKind == JsonValueKind.String
        ? e.GetString() switch { "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, "nan" => double.NaN, var s => throw new FormatException(s) }
        : e.GetDouble();

    public static double[] ToDoubles(JsonElement e) => [.. e.EnumerateArray().Select(ToDouble)];
    public static int[] ToInts(JsonElement e) => [.. e.EnumerateArray().Select(i => i.GetInt32())];

    public bool Close(double expected, double actual) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= Tolerance * Math.Max(1, Math.Abs(expected));

    /// <summary>Null when the lists agree, else where they do not.</summary>
    public string? Compare(string what, IReadOnlyList<double> expected, IReadOnlyList<double> actual)
    {
        if (expected.Count != actual.Count) return $"{what}: expected {expected.Count} numbers, got {actual.Count}";
        for (int i = 0; i < expected.Count; i++)
            if (!Close(expected[i], actual[i])) return $"{what}[{i}]: expected {expected[i]:R}, got {actual[i]:R}";
        return null;
    }

    public string? Compare(string what, double expected, double actual) => Close(expected, actual) ? null : $"{what}: expected {expected:R}, got {actual:R}";

    public static string? Compare(string what, IEnumerable<int> expected, IEnumerable<int> actual) =>
        expected.SequenceEqual(actual) ? null : $"{what}: expected [{string.Join(' ', expected)}], got [{string.Join(' ', actual)}]";

    /// <summary>{"2": -5} as the text of biases.</summary>
    public string Biases(string name) => string.Join('|', Params.GetProperty(name).EnumerateObject().Select(b => $"{b.Name}:{b.Value.GetRawText()}"));

    /// <summary>A stage as the case's dialect reads it; <c>common</c>, <c>strict</c> and <c>exact_k</c> are ours.</summary>
    public SamplerChain In(string stage, params (string Name, object Value)[] settings)
    {
        var dialect = Dialect switch
        {
            "llama" => global::Logits.Sampling.Dialect.LlamaCpp,
            "hf" => global::Logits.Sampling.Dialect.Transformers,
            "vllm" => global::Logits.Sampling.Dialect.Vllm,
            "tgw" => global::Logits.Sampling.Dialect.TextGenerationWebUi,
            "kobold" => global::Logits.Sampling.Dialect.KoboldCpp,
            "ort" => global::Logits.Sampling.Dialect.OnnxRuntimeGenAI,
            "openai" => global::Logits.Sampling.Dialect.OpenAI,
            _ => global::Logits.Sampling.Dialect.Exact,
        };
        return dialect.Parse($"{stage}({string.Join(',', settings.Select(s => $"{s.Name}={Convert.ToString(s.Value, System.Globalization.CultureInfo.InvariantCulture)}"))})");
    }

    /// <summary>Compares candidates with the expected survivors, probs, logits, banned and selected, those that are present.</summary>
    public string? Check(ref Candidates candidates)
    {
        var logits = new double[candidates.Vocabulary];
        candidates.CopyTo(logits);
        int[] kept = [.. Enumerable.Range(0, logits.Length).Where(i => logits[i] != double.NegativeInfinity)];
        string? problem = null;
        if (Expected.TryGetProperty("survivors", out var survivors)) problem ??= Compare("survivors", ToInts(survivors), kept);
        if (Expected.TryGetProperty("logits", out var expected)) problem ??= Compare("logits", ToDoubles(expected), logits);
        if (Expected.TryGetProperty("banned", out var banned))
            problem ??= Compare("banned", ToInts(banned), Enumerable.Range(0, logits.Length).Where(i => logits[i] == double.NegativeInfinity && Logits[i] != double.NegativeInfinity));
        if (Expected.TryGetProperty("probs", out var probs))
        {
            var items = candidates.Items;
            var p = candidates.Probabilities();
            var byId = new double[logits.Length];
            for (int i = 0; i < items.Length; i++) byId[items[i].Token] = p[i];
            problem ??= Compare("probs", ToDoubles(probs), byId);
        }
        return problem;
    }

    /// <summary>Runs a chain over the logits, in double and, unless all hangs on an equality, in single precision, and compares what is left.</summary>
    public string? Check(SamplerChain chain, int promptLength = 0)
    {
        var wide = Start().Survivors(Logits);
        if (Check(ref wide) is { } problem) return problem;
        if (Boundary) return null;
        var narrow = Start().Survivors([.. Logits.Select(z => (float)z)]);
        return Check(ref narrow) is { } other ? $"in single precision: {other}" : null;

        Decoder Start()
        {
            var decoder = chain.Start(0, History.AsSpan(0, promptLength));
            foreach (int token in History.AsSpan(promptLength)) decoder.Accept(token);
            return decoder;
        }
    }
}
