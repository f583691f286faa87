using System.Globalization;
using System.Text.Json;

namespace Logits.Tests.Conformance.Numerics;

/// <summary>One case of the numeric files: named inputs, parameters and expected outputs, numbers read as doubles.</summary>
sealed class NumericsCase(string function, JsonElement json)
{
    /// <summary>The case element itself, for the files with a layout of their own.</summary>
    public JsonElement Json => json;

    public string Function => function;

    public string Id { get; } = json.GetProperty("id").GetString()!;

    /// <summary>Whether every input is exactly a float, so that the float kernels are judged too.</summary>
    public bool IsFloatExact => json.TryGetProperty("f32_exact", out var exact) && exact.GetBoolean();

    public bool HasInput(string name) => json.GetProperty("inputs").TryGetProperty(name, out _);

    public bool HasParameter(string name) => json.GetProperty("params").TryGetProperty(name, out _);

    public bool Expects(string name) => json.GetProperty("expected").TryGetProperty(name, out _);

    /// <summary>An input as one row of numbers; rows of rows are joined, a number alone is a row of one.</summary>
    public double[] Input(string name) => Numbers(json.GetProperty("inputs").GetProperty(name)).ToArray();

    /// <summary>How many rows an input of rows has.</summary>
    public int Rows(string name) => json.GetProperty("inputs").GetProperty(name).GetArrayLength();

    public int[] Integers(string name)
    {
        JsonElement element = json.GetProperty("inputs").GetProperty(name);
        return element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().Select(entry => entry.GetInt32()).ToArray() : [element.GetInt32()];
    }

    public double Parameter(string name) => Number(json.GetProperty("params").GetProperty(name));

    public string Text(string name) => json.GetProperty("params").GetProperty(name).GetString()!;

    /// <summary>An expected output, flattened as inputs are.</summary>
    public double[] Expected(string name) => Numbers(json.GetProperty("expected").GetProperty(name)).ToArray();

    /// <summary>Runs the check in double, and in float where the inputs allow; joins what failed.</summary>
    public string? InBoth(Func<string?> inDouble, Func<string?> inFloat)
    {
        string? wide = inDouble(), narrow = IsFloatExact ? inFloat() : null;
        return (wide, narrow) switch
        {
            (null, null) => null,
            (_, null) => $"double: {wide}",
            (null, _) => $"float: {narrow}",
            _ => $"double: {wide}; float: {narrow}",
        };
    }

    /// <summary>Compares an output with what the case expects; an output the case leaves open is not compared.</summary>
    /// <param name="largestTerms">For each element the largest term of the sum that it is: one rounding of it is forgiven, where cancellation leaves little over.</param>
    public string? Compare(string output, ReadOnlySpan<double> actual, int ulps, double[]? largestTerms = null)
    {
        if (!Expects(output)) return null;
        double[] expected = Expected(output);
        if (expected.Length != actual.Length) return $"{output} has {actual.Length} elements, expected {expected.Length}";
        for (int i = 0; i < expected.Length; i++)
        {
            double distance = Ulps.Between(expected[i], actual[i]);
            if (distance > ulps && !(largestTerms is not null && Math.Abs(expected[i] - actual[i]) <= largestTerms[i] * 1.1102230246251565e-16))
                return string.Create(CultureInfo.InvariantCulture, $"{output}[{i}] expected {expected[i]:R}, actual {actual[i]:R} ({distance} ulp)");
        }
        return null;
    }

    /// <inheritdoc cref="Compare(string, ReadOnlySpan{double}, int, double[])"/>
    public string? Compare(string output, ReadOnlySpan<float> actual, int ulps, double[]? largestTerms = null)
    {
        if (!Expects(output)) return null;
        float[] expected = Expected(output).Select(value => (float)value).ToArray();
        if (expected.Length != actual.Length) return $"{output} has {actual.Length} elements, expected {expected.Length}";
        for (int i = 0; i < expected.Length; i++)
        {
            double distance = Ulps.Between(expected[i], actual[i]);
            if (distance > ulps && !(largestTerms is not null && Math.Abs(expected[i] - (double)actual[i]) <= largestTerms[i] * 5.9604644775390625e-8))
                return string.Create(CultureInfo.InvariantCulture, $"{output}[{i}] expected {expected[i]:R}, actual {actual[i]:R} ({distance} ulp)");
        }
        return null;
    }

    /// <summary>A number of the files: a JSON number, or <c>"inf"</c>, <c>"-inf"</c>, <c>"nan"</c>.</summary>
    public static double Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number
            ? element.GetDouble()
            : element.GetString() switch
            {
                "inf" => double.PositiveInfinity,
                "-inf" => double.NegativeInfinity,
                "nan" => double.NaN,
                var text => throw new FormatException($"\"{text}\" is not a number of the cases"),
            };

    static IEnumerable<double> Numbers(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().SelectMany(Numbers) : [Number(element)];
}
