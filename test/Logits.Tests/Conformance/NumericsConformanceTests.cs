using System.Text.Json;
using Logits.Tests.Conformance.Numerics;

namespace Logits.Tests.Conformance;

/// <summary>Every shared case of the numeric functions and losses: values at 400 digits, judged in units in the last place.</summary>
public class NumericsConformanceTests
{
    [Fact]
    public void AgreesWithEveryCase()
    {
        if (ConformanceRun.Folder("numerics") is not { } folder)
        {
            ConformanceRun.Absent("numerics");
            return;
        }

        var checks = Checks();
        var run = new ConformanceRun("numerics");
        foreach (string file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            if (!json.RootElement.TryGetProperty("cases", out JsonElement cases)) continue;    // index.json lists the others
            string function = json.RootElement.GetProperty("function").GetString()!;
            foreach (JsonElement element in cases.EnumerateArray())
            {
                var vector = new NumericsCase(function, element);
                run.Case(vector.Id, () => checks.TryGetValue(function, out var check) ? check(vector) : $"no operator answers to {function}");
            }
        }
        run.Finish();
    }

    /// <summary>The operators of every <see cref="INumericsOperators"/> in this assembly, by the function name of the case files.</summary>
    static Dictionary<string, Func<NumericsCase, string?>> Checks() =>
        typeof(INumericsOperators).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(INumericsOperators)))
            .SelectMany(type => ((INumericsOperators)Activator.CreateInstance(type)!).Checks)
            .ToDictionary(entry => entry.Function, entry => entry.Check);
}
