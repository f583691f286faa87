using System.Numerics;
using Logits.Distributions;
using Logits.Optimization;
using Logits.Randomness;

namespace Logits.Calibration;

/// <summary>How <see cref="CalibratorSelection"/> compares.</summary>
public sealed record SelectionOptions
{
    /// <summary>The candidates by name; null for those that suit the number of classes and rows.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Parts the rows are cut into, at least 3: one to judge on, one to choose by, one to learn from; 5. Fewer when rows are fewer.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Decides which row falls into which part.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How unlikely a difference must be by chance to count, one-sided; 0.05.</summary>
    public double Level { get; init; } = 0.05;

    /// <summary>Threads at most; −1 for all cores. The answer does not depend on it.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>Told the share of fits done, 0 to 1.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Interrupts with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>One method's showing in a selection.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Nll">Mean NLL of rows it was not fitted on; +∞ when it gave a label probability 0, NaN when it could not be fitted.</param>
/// <param name="Gain">How much lower that is than leaving the scores alone.</param>
/// <param name="GainError">The standard error of the gain, from the rows' paired differences.</param>
/// <param name="PWorse">The chance of trailing the best method as far as this if both were equally good; 1 for the best itself.</param>
/// <param name="Refusal">Why it could not be fitted; null when it could.</param>
public sealed record SelectionEntry(string Method, double Nll, double Gain, double GainError, double PWorse, string? Refusal);

/// <summary>The simplest calibrator that is not reliably worse than the best, which may be none at all.</summary>
/// <param name="Calibrator">The chosen method fitted on all rows.</param>
/// <param name="Reason">Why it was chosen, in one sentence.</param>
/// <param name="Entries">All candidates, from the simplest to the freest.</param>
/// <param name="Nll">The nested cross-validated NLL of the whole procedure: each part of the rows judged by the method that the others choose and fit among themselves.</param>
/// <remarks>
/// Every candidate is fitted on all parts of the rows but one and judged on that one by log loss, part by part. The best is the one with the lowest mean; the choice is
/// the simplest whose rows' losses do not exceed the best's significantly (paired test on the mean difference, one-sided). Doing nothing is the simplest candidate,
/// so it is the answer whenever no method beats it.
/// The comparison is nested: each part is also left out of a comparison of its own, in which every candidate is fitted again without it, and judged by what that
/// comparison chooses; so <see cref="Nll"/> pays for the choosing. Leaving out parts i and j serves both the comparison without i and the one without j: with 5 parts
/// a candidate is fitted 15 times.
/// Parts hold classes in equal shares. The bits do not depend on threads. Source: Dietterich, Approximate Statistical Tests for Comparing Supervised Classification
/// Learning Algorithms (1998), for the paired test; Varma, Simon, Bias in Error Estimation when Using Cross-Validation for Model Selection (2006), for nesting.
/// </remarks>
public sealed record CalibratorSelection(ICalibrator Calibrator, string Reason, IReadOnlyList<SelectionEntry> Entries, double Nll)
{
    /// <summary>Compares and fits.</summary>
    /// <param name="logits">n ≥ 3 rows of scores the model was not trained on.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="options">How to compare.</param>
    /// <exception cref="ArgumentException">Fewer than 3 rows, data no calibrator can learn from, or an unknown method.</exception>
    public static CalibratorSelection Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, SelectionOptions? options = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options ??= new();
        Throw.IfLess(options.Folds, 3);
        Throw.IfNotLevel(options.Level);
        var data = HeldOut.From(logits, labels);
        if (data.Rows < 3) throw new ArgumentException($"logits has {data.Rows} rows; comparing methods takes at least 3.", nameof(logits));

        string[] names = [.. (options.Methods ?? Candidates(data)).Prepend("none").Distinct()];
        CalibrationMethod[] methods = [.. names.Select(Calibrators.Find).OrderBy(method => method.Size(data.Classes))];
        int[] fold = Folds(data, Math.Min(options.Folds, data.Rows), options.Seed);
        var (losses, inner, refusals) = Judge(data, methods, fold, options);

        double[] all = [.. Enumerable.Repeat(1.0, data.Rows)];
        int best = Best(losses, all), chosen = Choose(losses, all, best, options.Level);
        var entries = new SelectionEntry[methods.Length];
        for (int m = 0; m < methods.Length; m++)
        {
            var (gain, gainError) = Paired(losses[0], losses[m], all);
            entries[m] = new(methods[m].Name, Mean(losses[m], all), gain, gainError, m == best ? 1 : PWorse(losses[m], losses[best], all), refusals[m]);
        }
        var calibrator = methods[chosen].Learn(data, new() { Cancellation = options.Cancellation });
        return new(calibrator, Explain(entries, best, chosen), entries, Nested(losses, inner, fold, options.Level));
    }

    /// <summary>Methods that keep every class's probability above 0 and whose free numbers the rows can pay for.</summary>
    static IEnumerable<string> Candidates(HeldOut data)
    {
        string[] any = ["temperature", "ets", "temperature-per-class", "bcts", "svs"];
        string[] two = ["platt", "beta", "quadratic", "spline", "venn-abers"];
        IEnumerable<string> names = data.Classes == 2 ? any.Except(["temperature-per-class", "svs"]).Concat(two) : any;
        names = names.Where(name => Calibrators.Find(name).Size(data.Classes) <= Math.Max(data.Rows / 5.0, 3));
        // SMS pays for its numbers by its penalty; beyond 100 classes it takes long.
        if (data.Classes is > 2 and <= 100 && data.FirstRuledOut is null) names = names.Append("sms");
        return data.Classes == 1 ? [] : names;
    }

    /// <summary>The part of each row: shuffled, then dealt out class by class.</summary>
    internal static int[] Folds(HeldOut data, int folds, ulong seed)
    {
        int[] rows = [.. Enumerable.Range(0, data.Rows).OrderBy(row => Philox.Uniform(seed, (ulong)row)).OrderBy(row => data.Labels[row])];
        var fold = new int[data.Rows];
        for (int i = 0; i < rows.Length; i++) fold[rows[i]] = i % folds;
        return fold;
    }

    /// <summary>Every method's NLL of every row, fitted without the row's part.</summary>
    /// <returns>
    /// Losses[method][row]; and Inner[part][method][row], where the part was left out as well. Methods that refuse the data have NaN, and their message.
    /// </returns>
    static (double[][] Losses, double[][][] Inner, string?[] Refusals) Judge(HeldOut data, CalibrationMethod[] methods, int[] fold, SelectionOptions options)
    {
        int parts = fold.Max() + 1, done = 0;
        Split[] splits = [.. Enumerable.Range(0, parts).SelectMany(a => Enumerable.Range(a, parts - a).Select(b => new Split(data, fold, a, b, methods.Length)))];
        double[][] losses = [.. methods.Select(_ => new double[data.Rows])];
        double[][][] inner = [.. Enumerable.Range(0, parts).Select(_ => methods.Select(_ => new double[data.Rows]).ToArray())];
        var refusals = new string?[splits.Length, methods.Length];
        options.Progress?.Report(0);

        // Split by split, so that few of their copies are in memory; within one the freest methods, which take longest, start first.
        Parallel.For(0, splits.Length * methods.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = options.Cancellation }, task =>
        {
            int s = task / methods.Length, m = methods.Length - 1 - task % methods.Length;
            var split = splits[s];
            try
            {
                var fitted = methods[m].Learn(split.Training, new() { GradientTolerance = split.IsInner ? 1e-5 : 1e-7, Cancellation = options.Cancellation });
                split.Judge(fitted, split.A, split.IsInner ? inner[split.B][m] : losses[m]);
                if (split.IsInner) split.Judge(fitted, split.B, inner[split.A][m]);
            }
            catch (ArgumentException refusal)
            {
                refusals[s, m] = refusal.Message;
            }
            split.Release();
            options.Progress?.Report((double)Interlocked.Increment(ref done) / (splits.Length * methods.Length));
        });

        var messages = new string?[methods.Length];
        for (int s = 0; s < splits.Length; s++)
            for (int m = 0; m < methods.Length; m++)
            {
                if (refusals[s, m] is not { } message) continue;
                foreach (double[] refused in splits[s].IsInner ? (double[][])[inner[splits[s].A][m], inner[splits[s].B][m]] : [losses[m]]) refused.AsSpan().Fill(double.NaN);
                if (!splits[s].IsInner) messages[m] ??= message;
            }
        return (losses, inner, messages);
    }

    /// <summary>The rows without part A and part B, which are the same part in the outer comparison.</summary>
    sealed class Split(HeldOut data, int[] fold, int a, int b, int users)
    {
        readonly Lock _gate = new();
        HeldOut? _training;
        int _users = users;

        public int A => a;

        public int B => b;

        public bool IsInner => a != b;

        /// <summary>Copied when first asked for.</summary>
        public HeldOut Training
        {
            get
            {
                lock (_gate)
                {
                    if (_training is not null) return _training;
                    _training = data.Take([.. Enumerable.Range(0, data.Rows).Where(row => fold[row] != a && fold[row] != b)]);
                    _ = _training.LogProbabilities;   // computed before threads share it
                    return _training;
                }
            }
        }

        /// <summary>Forgets the copy after as many calls as there are users.</summary>
        public void Release()
        {
            lock (_gate)
                if (--_users == 0) _training = null;
        }

        public void Judge(ICalibrator fitted, int part, double[] losses)
        {
            int[] rows = [.. Enumerable.Range(0, data.Rows).Where(row => fold[row] == part)];
            double[] nll = data.Take(rows).NllPerRow(fitted);
            for (int i = 0; i < rows.Length; i++) losses[rows[i]] = nll[i];
        }
    }

    static int Best(double[][] losses, double[] weights)
    {
        int best = 0;
        for (int m = 1; m < losses.Length; m++)
            if (Mean(losses[m], weights) < Mean(losses[best], weights)) best = m;
        return best;
    }

    static int Choose(double[][] losses, double[] weights, int best, double level)
    {
        for (int m = 0; m < best; m++)
            if (PWorse(losses[m], losses[best], weights) >= level) return m;
        return best;
    }

    /// <summary>On each part, the loss of the method that the other parts choose among themselves.</summary>
    static double Nested(double[][] losses, double[][][] inner, int[] fold, double level)
    {
        double sum = 0;
        for (int part = 0; part < inner.Length; part++)
        {
            double[] others = [.. fold.Select(own => own == part ? 0.0 : 1.0)];
            int chosen = Choose(inner[part], others, Best(inner[part], others), level);
            for (int row = 0; row < fold.Length; row++)
                if (fold[row] == part) sum += losses[chosen][row];
        }
        return sum / fold.Length;
    }

    static double Mean(double[] losses, double[] weights)
    {
        double sum = 0, count = 0;
        for (int row = 0; row < losses.Length; row++)
            if (weights[row] > 0) (sum, count) = (sum + losses[row], count + 1);
        return sum / count;
    }

    /// <summary>The mean of a − b over the rows that count, and its standard error.</summary>
    static (double Mean, double Error) Paired(double[] a, double[] b, double[] weights)
    {
        double sum = 0, square = 0, count = 0;
        for (int row = 0; row < a.Length; row++)
            if (weights[row] > 0) (sum, count) = (sum + (a[row] - b[row]), count + 1);
        double mean = sum / count;
        for (int row = 0; row < a.Length; row++)
            if (weights[row] > 0) square += (a[row] - b[row] - mean) * (a[row] - b[row] - mean);
        return (mean, Math.Sqrt(square / Math.Max(count - 1, 1) / count));
    }

    /// <summary>The chance, if both were equally good, that a trails b as far as it does. An infinite or missing loss is worse for certain.</summary>
    static double PWorse(double[] a, double[] b, double[] weights)
    {
        var (mean, error) = Paired(a, b, weights);
        if (!double.IsFinite(mean) || !double.IsFinite(error)) return 0;
        return error > 0 ? Normal.UpperTail(mean / error) : mean > 0 ? 0 : 1;
    }

    static string Explain(SelectionEntry[] entries, int best, int chosen)
    {
        SelectionEntry top = entries[best], pick = entries[chosen];
        string others = $"of {entries.Length - 1} methods";
        if (entries.Length == 1) return "none: there is nothing to compare for so few rows or classes.";
        if (best == 0) return $"none: the scores as they are have the lowest cross-validated log loss, {pick.Nll:F5}, {others}.";
        if (chosen == 0)
            return $"none: the best {others}, {top.Method}, lowers the cross-validated log loss of {pick.Nll:F5} by only {top.Gain:F5} ± {top.GainError:F5}, which may be chance (p = {pick.PWorse:F2}).";
        string gain = $"{pick.Method} lowers the cross-validated log loss from {entries[0].Nll:F5} to {pick.Nll:F5}";
        return chosen == best
            ? $"{gain}, the lowest {others}, and every simpler one is significantly worse."
            : $"{gain}, and {top.Method}, the best {others} at {top.Nll:F5}, is not significantly better (p = {pick.PWorse:F2}).";
    }
}
