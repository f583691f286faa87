using System.Text.Json;
using Logits.Sampling;

namespace Logits.Tests.Conformance;

/// <summary>Every case of <c>conformance/decoding</c>: its operator is looked up by name, and one that is not there fails.</summary>
/// <remarks>Operators are added in the partial files beside this one. Each returns null when the case holds, else what differs.</remarks>
public partial class DecodingConformanceTests
{
    delegate string? Operator(DecodingCase c);

    [Fact]
    public void EveryCaseHolds()
    {
        if (ConformanceRun.Folder("decoding") is not { } folder) { ConformanceRun.Absent("decoding"); return; }
        var operators = new Dictionary<string, Operator>();
        AddFilters(operators);
        AddProcessors(operators);
        AddSelectors(operators);
        AddSearchOperators(operators);

        var run = new ConformanceRun("decoding");
        foreach (string path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var file = JsonDocument.Parse(File.ReadAllText(path));
            foreach (var json in file.RootElement.GetProperty("cases").EnumerateArray())
            {
                var c = new DecodingCase(json);
                run.Case(c.Id, () => operators.TryGetValue(c.Op, out var check) ? Run(c, check) : $"the operator {c.Op} is not known");
            }
        }
        run.Finish();
    }

    static string? Run(DecodingCase c, Operator check)
    {
        if (!c.Expected.TryGetProperty("error", out var error)) return check(c);
        try
        {
            return check(c) ?? $"expected the error {error}, none came";
        }
        catch (Exception e) when (Name(e) == error.GetString())
        {
            return null;
        }
    }

    /// <summary>The name the cases have for an error.</summary>
    static string Name(Exception e) => e switch
    {
        DecodingException { Error: DecodingError.NoCandidates } => "no_candidates",
        DecodingException { Error: DecodingError.NonFinite } => "non_finite",
        ArgumentException => "invalid_argument",
        _ => e.GetType().Name,
    };

    static partial void AddFilters(Dictionary<string, Operator> operators);
    static partial void AddProcessors(Dictionary<string, Operator> operators);
    static partial void AddSelectors(Dictionary<string, Operator> operators);
    static partial void AddSearchOperators(Dictionary<string, Operator> operators);
}
