using Logits.Randomness;

namespace Logits.Metrics;

/// <summary>Percentile bootstrap: what the metrics would be on other samples like this one.</summary>
/// <remarks>
/// A resample is n rows drawn with replacement, kept as how often each row was drawn; the order of the sort stays, so no resample is
/// sorted again. Resample b draws from counter block b of one Philox key: results do not depend on threads or their number.
/// Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, §13.
/// </remarks>
public static class Bootstrap
{
    /// <summary>The interval between the (1 − level)/2 and (1 + level)/2 quantiles of a statistic over resamples.</summary>
    /// <param name="rows">n, the number of rows.</param>
    /// <param name="statistic">Computes the statistic from weights: how often each row was drawn. Called from several threads at once.</param>
    /// <param name="options">Resamples, seed, level, threads; <see cref="EvaluationOptions.Resamples"/> 0 means 1,000.</param>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static Interval Of(int rows, Func<int[], double> statistic, EvaluationOptions? options = null)
    {
        options ??= new();
        if (options.Resamples == 0) options = options with { Resamples = 1000 };
        return Run(rows, 1, () => (weights, values) => values[0] = statistic(weights), options)[0];
    }

    /// <summary>The interval of any statistic of forecasts.</summary>
    /// <param name="forecasts">n forecasts.</param>
    /// <param name="statistic">Such as <c>f => CalibrationError.Expected(f)</c>. Called from several threads at once.</param>
    /// <param name="options">Resamples, seed, level, threads; <see cref="EvaluationOptions.Resamples"/> 0 means 1,000.</param>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static Interval Of(Forecasts forecasts, Func<Forecasts, double> statistic, EvaluationOptions? options = null) =>
        Of(forecasts.Count, weights => statistic(forecasts.Drawn(weights)), options);

    /// <summary>Intervals of several statistics from the same resamples.</summary>
    /// <param name="rows">n.</param>
    /// <param name="statistics">How many numbers a resample gives.</param>
    /// <param name="start">Makes one thread's worker: it fills the numbers from the weights and may keep memory between calls.</param>
    /// <param name="options">Resamples, seed, level, threads.</param>
    internal static Interval[] Run(int rows, int statistics, Func<Worker> start, EvaluationOptions options)
    {
        var values = new double[statistics][];
        for (int s = 0; s < statistics; s++) values[s] = new double[options.Resamples];
        int done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = options.Cancellation };
        Parallel.For(0, options.Resamples, parallel, () => (Weights: new int[rows], Values: new double[statistics], Work: start()), (b, _, thread) =>
        {
            Draw(thread.Weights, options.Seed, (ulong)b);
            thread.Work(thread.Weights, thread.Values);
            for (int s = 0; s < statistics; s++) values[s][b] = thread.Values[s];
            if (options.Progress is { } progress) progress.Report((double)Interlocked.Increment(ref done) / options.Resamples);
            return thread;
        }, _ => { });

        return Array.ConvertAll(values, resampled => Percentiles(resampled, options.Level));
    }

    internal delegate void Worker(int[] weights, Span<double> values);

    /// <summary>Draws n rows with replacement and counts them.</summary>
    internal static void Draw(int[] weights, ulong seed, ulong resample)
    {
        Array.Clear(weights);
        ulong n = (ulong)weights.Length;
        // Four rows from each 128 bits: the high half of word × n is uniform over the rows up to n/2³², far below what a resample could show.
        for (int drawn = 0; drawn < weights.Length; drawn += 4)
        {
            var words = Philox.At(seed, (ulong)drawn, resample);
            weights[(int)(words.W0 * n >> 32)]++;
            if (drawn + 1 < weights.Length) weights[(int)(words.W1 * n >> 32)]++;
            if (drawn + 2 < weights.Length) weights[(int)(words.W2 * n >> 32)]++;
            if (drawn + 3 < weights.Length) weights[(int)(words.W3 * n >> 32)]++;
        }
    }

    /// <summary>The central interval of a sample, its quantiles interpolated between order statistics; NaN when a value is NaN.</summary>
    internal static Interval Percentiles(double[] values, double level)
    {
        var sorted = (double[])values.Clone();
        Array.Sort(sorted);
        if (double.IsNaN(sorted[0])) return new(double.NaN, double.NaN);   // NaN sorts first
        return new(Quantile(sorted, (1 - level) / 2), Quantile(sorted, (1 + level) / 2));
    }

    static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        double low = sorted[below], high = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return low == high ? low : low + (at - below) * (high - low);
    }
}
