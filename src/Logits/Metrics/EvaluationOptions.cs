namespace Logits.Metrics;

/// <summary>How an <see cref="Evaluation"/> is made.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The number of bins of every binned metric, at least 1.</summary>
    public int Bins { get; init => field = Throw.IfLess(value, 1); } = 15;

    /// <summary>How many bootstrap resamples give the intervals; 0: no intervals.</summary>
    public int Resamples { get; init => field = Throw.IfLess(value, 0); }

    /// <summary>The seed of the resamples: the same seed gives the same intervals, on any number of threads.</summary>
    public ulong Seed { get; init; }

    /// <summary>The probability with which an interval is meant to hold the true value, above 0 and below 1.</summary>
    public double Level { get; init => field = Throw.IfNotLevel(value); } = 0.95;

    /// <summary>How many threads the resamples may use, at least 1.</summary>
    public int Threads { get; init => field = Throw.IfLess(value, 1); } = Environment.ProcessorCount;

    /// <summary>Told the share of the resamples done, 0 to 1, from any thread.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Stops the resampling; the call then throws <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }
}
