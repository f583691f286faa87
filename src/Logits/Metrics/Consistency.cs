using Logits.Randomness;

namespace Logits.Metrics;

/// <summary>Consistency resampling: what a statistic would be if the forecasts were calibrated, by letting each come true with its own probability.</summary>
/// <remarks>
/// Gives every calibration error a p-value. Resample b draws from counter block b of one Philox key: results do not depend on threads or their number.
/// Source: Bröcker and Smith, Weather and Forecasting 22, 2007.
/// </remarks>
public static class Consistency
{
    /// <summary>Tests calibration with any statistic that grows with miscalibration.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="statistic">Such as <c>f => CalibrationError.Expected(f)</c>. Called from several threads at once.</param>
    /// <param name="options">Resamples B (0 means 1,000), seed, threads.</param>
    /// <returns>The statistic, and p = (1 + the number of simulated values at least as large) / (B + 1).</returns>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static CalibrationTest Test(Forecasts forecasts, Func<Forecasts, double> statistic, EvaluationOptions? options = null)
    {
        options = Ready(options);
        double observed = statistic(forecasts);
        return Test(observed, Simulate(forecasts, 1, options, (happened, values) => values[0] = statistic(forecasts.With(happened.ToArray())))[0]);
    }

    /// <summary>Tests with a statistic of anything: <paramref name="simulate"/> makes the value of a resample, called from several threads at once.</summary>
    internal static CalibrationTest Test(double observed, EvaluationOptions options, Func<ulong, double> simulate)
    {
        var values = new double[options.Resamples];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = options.Cancellation };
        Parallel.For(0, options.Resamples, parallel, b =>
        {
            values[b] = simulate(Stream + (ulong)b);
            if (options.Progress is { } progress) progress.Report((double)Interlocked.Increment(ref done) / options.Resamples);
        });
        return Test(observed, values);
    }

    static CalibrationTest Test(double observed, double[] simulated) =>
        new(observed, double.IsNaN(observed) ? double.NaN : (1.0 + simulated.Count(value => value >= observed)) / (simulated.Length + 1));

    internal static EvaluationOptions Ready(EvaluationOptions? options)
    {
        options ??= new();
        return options.Resamples == 0 ? options with { Resamples = 1000 } : options;
    }

    internal delegate void Measure(ReadOnlySpan<bool> happened, Span<double> values);

    /// <summary>values[statistic][resample].</summary>
    internal static double[][] Simulate(Forecasts forecasts, int statistics, EvaluationOptions options, Measure measure)
    {
        var values = new double[statistics][];
        for (int s = 0; s < statistics; s++) values[s] = new double[options.Resamples];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = options.Cancellation };
        Parallel.For(0, options.Resamples, parallel, () => (Happened: new bool[forecasts.Count], Values: new double[statistics]), (b, _, thread) =>
        {
            ReadOnlySpan<double> c = forecasts.Probabilities;
            for (int i = 0; i < c.Length; i += 2)
            {
                // 53 bits each: a forecast of 0 never comes true, one of 1 always does.
                var words = Philox.At(options.Seed, (ulong)i, Stream + (ulong)b);
                thread.Happened[i] = (words.Low >> 11) * Ulp < c[i];
                if (i + 1 < c.Length) thread.Happened[i + 1] = (words.High >> 11) * Ulp < c[i + 1];
            }
            measure(thread.Happened, thread.Values);
            for (int s = 0; s < statistics; s++) values[s][b] = thread.Values[s];
            if (options.Progress is { } progress) progress.Report((double)Interlocked.Increment(ref done) / options.Resamples);
            return thread;
        }, _ => { });
        return values;
    }

    const double Ulp = 1.0 / (1ul << 53);

    /// <summary>Apart from the counters of <see cref="Bootstrap"/>, so that the same seed does not tie bands to intervals.</summary>
    const ulong Stream = 1ul << 32;
}
