using System.Text;

namespace Logits.Tests.Conformance;

/// <summary>One pass over the cases of an area: runs each, counts, and reports the failures by id.</summary>
/// <remarks>
/// Where the cases come from, in this order: <c>$LOGITS_CONFORMANCE/AREA</c>; the <c>../shared/conformance/AREA</c> beside the repository;
/// the cases kept in <c>test/conformance/AREA</c>. An area that exists nowhere says so and has nothing to run.
/// </remarks>
sealed class ConformanceRun(string area)
{
    readonly List<string> _failures = [];
    int _passed;

    /// <summary>The folder that holds the cases of <paramref name="area"/>, or null.</summary>
    public static string? Folder(string area)
    {
        if (Environment.GetEnvironmentVariable("LOGITS_CONFORMANCE") is { Length: > 0 } root)
            return Existing(Path.Combine(root, area));
        return Existing(Repository.Shared("conformance", area)) ?? Existing(Repository.Path("test", "conformance", area));

        static string? Existing(string path) => Directory.Exists(path) ? path : null;
    }

    /// <summary>Runs one case. <paramref name="check"/> returns null when it holds, else what was expected and what came.</summary>
    public void Case(string id, Func<string?> check)
    {
        string? failure;
        try { failure = check(); }
        catch (Exception e) { failure = $"threw {e.GetType().Name}: {e.Message}"; }
        if (failure is null) _passed++;
        else _failures.Add($"{id}: {failure}");
    }

    /// <summary>Prints <c>conformance AREA: N passed, N failed</c> and fails the test when a case failed or none was there to run.</summary>
    public void Finish()
    {
        // The runner puts a prefix before a diagnostic message; the line people look for starts on its own line.
        TestContext.Current.SendDiagnosticMessage("{0}", $"\nconformance {area}: {_passed} passed, {_failures.Count} failed");
        if (_failures.Count == 0 && _passed > 0) return;

        var report = new StringBuilder(_passed + _failures.Count == 0 ? $"no case of {area} was run" : $"{_failures.Count} of {_passed + _failures.Count} cases of {area} failed:");
        foreach (string failure in _failures) report.Append("\n  ").Append(failure);
        Assert.Fail(report.ToString());
    }

    /// <summary>Says that the area's cases are not on this machine.</summary>
    public static void Absent(string area) =>
        Assert.Skip($"no cases of {area}: set LOGITS_CONFORMANCE to a folder that holds {area}/.");
}
