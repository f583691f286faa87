using Logits.Calibration;
using Logits.Metrics;

namespace Logits.Cli;

/// <summary>The same rows, as they were and calibrated.</summary>
sealed record BeforeAndAfter(Evaluation Before, Evaluation After);

/// <summary>What <c>logits calibrate</c> found out: for the terminal, for JSON and for the report.</summary>
sealed record CalibrationOutcome
{
    public required ICalibrator Calibrator { get; init; }

    /// <summary>The comparison of methods by cross-validation; null when none was made.</summary>
    public CalibratorSelection? Selection { get; init; }

    public required string ValidationName { get; init; }

    public required string? TestName { get; init; }

    /// <summary>The rows the calibrator was fitted on.</summary>
    public required BeforeAndAfter Validation { get; init; }

    /// <summary>Rows it did not see; null when there were none.</summary>
    public required BeforeAndAfter? Test { get; init; }

    /// <summary>The rows to judge by, class by class; null where there are too many classes or no report.</summary>
    public ClassReliability? ClassesBefore { get; init; }

    /// <inheritdoc cref="ClassesBefore"/>
    public ClassReliability? ClassesAfter { get; init; }

    /// <summary>How a class is called.</summary>
    public required Func<int, string> NameOf { get; init; }

    /// <summary>The temperature, where the method has one.</summary>
    public double? Temperature => Calibrator is TemperatureScaling scaling ? scaling.Temperature : null;

    /// <summary>The rows to judge by: the test rows if there are any.</summary>
    public BeforeAndAfter Judged => Test ?? Validation;

    /// <summary>What was fitted, in one sentence.</summary>
    public string InWords => Temperature switch
    {
        null => $"Fitted {Calibrator.Method} on {ValidationName}.",
        0 => $"Fitted on {ValidationName}: temperature 0. Every label already has the largest score, so the likeliest class gets all the probability.",
        double.PositiveInfinity => $"Fitted on {ValidationName}: temperature ∞. The scores do worse than guessing, so all classes get the same probability.",
        { } t => $"Fitted on {ValidationName}: temperature {Show.Plain(t)}. Divide the logits by it before the softmax.",
    };

    /// <summary>What it did for the user, in one or two sentences.</summary>
    public string Verdict
    {
        get
        {
            var (before, after) = Judged;
            string rows = Test is null ? "validation rows it was fitted on" : "test rows";
            string moved = after.ExpectedCalibrationError < before.ExpectedCalibrationError ? "falls" : after.ExpectedCalibrationError > before.ExpectedCalibrationError ? "rises" : "stays";
            return $"On the {Show.Count(before.Rows)} {rows} the model is right {Show.RoundPercent(before.Accuracy)} of the time and claims {Show.RoundPercent(before.MeanConfidence)}; "
                + $"calibrated, it is right {Show.RoundPercent(after.Accuracy)} of the time and claims {Show.RoundPercent(after.MeanConfidence)}. "
                + $"The mean gap between claim and truth (ECE) {moved} from {Show.Percent(before.ExpectedCalibrationError)} to {Show.Percent(after.ExpectedCalibrationError)}.";
        }
    }
}

static class SelectionWords
{
    /// <summary>What nesting the comparison adds to its reason; nothing where there was no choice.</summary>
    public static string InWords(this CalibratorSelection selection) => selection.Entries.Count < 3 ? ""
        : $"Choosing and fitting without each part of the rows in turn, and judging there, gives {Show.Nats(selection.Nll)}.";
}
