using Logits.Conformal;

namespace Logits.Cli;

/// <summary>What <c>logits conformal</c> found out: for the terminal, for JSON and for the report.</summary>
sealed record ConformalOutcome
{
    public required ConformalSets Sets { get; init; }

    public required string HeldName { get; init; }

    public required string JudgedName { get; init; }

    /// <summary>Whether coverage was measured on rows the thresholds were not learned from.</summary>
    public required bool IsTest { get; init; }

    public required ConformalReport Report { get; init; }

    public required int Rows { get; init; }

    public required Func<int, string> NameOf { get; init; }

    public required SelectiveClassifier? Selective { get; init; }

    /// <summary>How many sets there are of each size, up to the largest.</summary>
    public IEnumerable<(int Size, int Count)> Sizes
    {
        get
        {
            int largest = Report.SizeCounts.Length - 1;
            while (largest > 0 && Report.SizeCounts[largest] == 0)
                largest--;
            return Enumerable.Range(0, largest + 1).Select(size => (size, Report.SizeCounts[size]));
        }
    }

    /// <summary>What was promised and what came, in two sentences.</summary>
    public string Verdict =>
        $"A set holds the true class with probability at least {Show.RoundPercent(1 - Sets.Alpha)} ({Sets.Score.Name}, threshold {Sets.Threshold:0.######}, learned from the {Show.Count(Sets.Rows)} rows of {HeldName}). "
        + $"On {(IsTest ? $"the {Show.Count(Rows)} rows of {JudgedName}" : "these same rows")} {Show.RoundPercent(Report.Coverage)} of the sets hold it, with {Report.MeanSize:0.00} classes on average.";

    /// <summary>When to answer at all; null when it was not asked for.</summary>
    public string? SelectiveInWords => Selective switch
    {
        null => null,
        { Threshold: double.PositiveInfinity } none => $"No confidence guarantees an error rate of at most {Show.RoundPercent(none.TargetRisk)} from these rows.",
        { } s => $"Answer where the confidence is at least {s.Threshold:0.0000}: that is {Show.RoundPercent(s.Coverage)} of the rows, of which {Show.Percent(s.Risk)} are wrong here; the true error rate is at most {Show.RoundPercent(s.TargetRisk)}, with probability {Show.RoundPercent(1 - s.Delta)}.",
    };
}
