using Logits.Tests.Conformance.Calibration;

namespace Logits.Tests.Conformance;

/// <summary>Every golden number of the calibration data, computed again from the same arrays.</summary>
public class CalibrationConformanceTests
{
    /// <summary>The data is not kept in the repository: <c>$LOGITS_CONFORMANCE/calibration</c>, else <c>../shared/data/calibration</c>.</summary>
    internal static string? Folder()
    {
        if (ConformanceRun.Folder("calibration") is { } named) return named;
        string beside = Repository.Shared("data", "calibration");
        bool elsewhere = Environment.GetEnvironmentVariable("LOGITS_CONFORMANCE") is { Length: > 0 };
        return !elsewhere && Directory.Exists(beside) ? beside : null;
    }

    [Fact]
    public void GoldenNumbersAreReproduced()
    {
        if (Folder() is not { } folder)
        {
            ConformanceRun.Absent("calibration");
            return;
        }
        var run = new ConformanceRun("calibration");
        foreach (var set in CalibrationSet.In(folder))
        {
            MetricKeys.Run(run, set);
            ConventionKeys.Run(run, set);
            FitKeys.Run(run, set);
            ConformalKeys.Run(run, set);
        }
        TopLabelSets.Run(run, Path.Combine(folder, "toplabel"));
        ConventionKeys.Published(run, folder);
        run.Finish();
    }
}
