namespace Logits.Metrics;

/// <summary>How an <see cref="Evaluation"/> is made.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The number of bins of every binned metric, at least 1.</summary>
    public int Bins { get; init => field = Throw.IfLess(value, 1); } = 15;
}
