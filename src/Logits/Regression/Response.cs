using System.Globalization;

namespace Logits.Regression;

/// <summary>What a model explains: yes/no, successes among trials, one of K classes, or a distribution over K classes. Immutable.</summary>
public sealed class Response
{
    readonly double[]? _values, _trials, _targets;
    readonly int[]? _labels;
    readonly string[]? _levels;

    Response(double[]? values, double[]? trials, int[]? labels, string[]? levels, double[]? targets, string name)
    {
        (_values, _trials, _labels, _levels, _targets, Name) = (values, trials, labels, levels, targets, name);
        Rows = values?.Length ?? labels?.Length ?? targets!.Length / levels!.Length;
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>How the response is called in tables and messages.</summary>
    public string Name { get; }

    /// <summary>Yes or no, 1 or 0 (shares between are soft yeses).</summary>
    public static Response Binary(ReadOnlySpan<double> values, string name = "y") => new(values.ToArray(), null, null, null, null, name);

    /// <summary>Yes or no.</summary>
    public static Response Binary(ReadOnlySpan<bool> values, string name = "y")
    {
        var numbers = new double[values.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = values[i] ? 1 : 0;
        return new(numbers, null, null, null, null, name);
    }

    /// <summary>Successes among trials, row by row.</summary>
    public static Response Counts(ReadOnlySpan<double> successes, ReadOnlySpan<double> trials, string name = "y")
    {
        Throw.IfNotRows(trials.Length, successes.Length, nameof(trials));
        return new(successes.ToArray(), trials.ToArray(), null, null, null, name);
    }

    /// <summary>One class a row, 0 to K−1; the first level is the reference.</summary>
    public static Response Classes(ReadOnlySpan<int> labels, IReadOnlyList<string>? levels = null, string name = "y")
    {
        int classes = levels?.Count ?? (labels.IsEmpty ? 0 : labels.ToArray().Max() + 1);
        Throw.IfNotLabels(labels, labels.Length, classes);
        return new(null, null, labels.ToArray(), levels is null ? Numbered(classes) : [.. levels], null, name);
    }

    /// <summary>A distribution over K classes a row, such as a teacher's softmax or smoothed labels.</summary>
    /// <param name="targets">n × K shares, each row summing to 1 within 1e-6, and divided by its sum.</param>
    /// <param name="classes">K.</param>
    /// <param name="levels">K names; 0, 1, … when null.</param>
    /// <param name="name">How the response is called.</param>
    /// <exception cref="ArgumentException">A row does not sum to 1 or holds a negative share.</exception>
    public static Response Soft(ReadOnlySpan<double> targets, int classes, IReadOnlyList<string>? levels = null, string name = "y")
    {
        int rows = Throw.IfNotWholeRows(targets.Length, classes, nameof(targets));
        if (levels is not null && levels.Count != classes)
            throw new ArgumentException($"levels holds {levels.Count} names; there are {classes} classes, one each.", nameof(levels));
        var shares = targets.ToArray();
        for (int i = 0; i < rows; i++)
        {
            double sum = 0;
            foreach (double share in targets.Slice(i * classes, classes))
            {
                if (!(share >= 0))
                    throw new ArgumentException($"targets row {i} holds {share}; a share is at least 0.", nameof(targets));
                sum += share;
            }
            if (!(Math.Abs(sum - 1) <= 1e-6))
                throw new ArgumentException($"targets row {i} sums to {sum}; a distribution sums to 1. Raw scores become one by AsLogits(…).Softmax().", nameof(targets));
            // What is left of rounding is taken out: the slope of a log-likelihood of shares counts on a sum of 1.
            for (int k = 0; k < classes && sum != 1; k++)
                shares[i * classes + k] /= sum;
        }
        return new(null, null, null, levels is null ? Numbered(classes) : [.. levels], shares, name);
    }

    static string[] Numbered(int classes) => [.. Enumerable.Range(0, classes).Select(k => k.ToString(CultureInfo.InvariantCulture))];

    internal Response Select(ReadOnlySpan<int> rows)
    {
        T[]? Chosen<T>(T[]? from, ReadOnlySpan<int> at, int width = 1)
        {
            if (from is null)
                return null;
            var to = new T[at.Length * width];
            for (int i = 0; i < at.Length; i++)
                Array.Copy(from, at[i] * width, to, i * width, width);
            return to;
        }
        return new(Chosen(_values, rows), Chosen(_trials, rows), Chosen(_labels, rows), _levels, Chosen(_targets, rows, _levels?.Length ?? 1), Name);
    }

    /// <summary>The level that counts as a success, where classes are read as yes and no.</summary>
    internal string Success => _levels is { Length: 2 } ? _levels[1] : "1";

    internal string Failure => _levels is { Length: 2 } ? _levels[0] : "0";

    /// <summary>Successes and trials of every row.</summary>
    /// <exception cref="ArgumentException">The response is not of this kind; the message gives the row or the number of levels.</exception>
    public (double[] Successes, double[] Trials) AsCounts()
    {
        if (_targets is not null)
        {
            if (_levels!.Length != 2)
                throw new ArgumentException($"{Name} is a distribution over {_levels.Length} classes; a binomial model has 2. Use new Multinomial().", nameof(Response));
            var shares = new double[Rows];
            for (int i = 0; i < Rows; i++)
                shares[i] = _targets[2 * i + 1];
            return (shares, Ones());
        }
        if (_labels is not null)
        {
            if (_levels!.Length == 1)
                throw new ArgumentException($"{Name} has only the level {_levels[0]}; yes/no needs two. Add rows of the other outcome, or name both levels.", nameof(Response));
            if (_levels.Length != 2)
                throw new ArgumentException($"{Name} has {_levels.Length} levels ({string.Join(", ", _levels.Take(8))}); a binomial model has 2. Use new Multinomial() or new Ordinal(), or compare: {Name} == \"{_levels[^1]}\".", nameof(Response));
            return ([.. _labels.Select(label => (double)label)], Ones());
        }
        var trials = _trials ?? Ones();
        for (int i = 0; i < Rows; i++)
        {
            if (!(trials[i] >= 0) || !double.IsFinite(trials[i]))
                throw new ArgumentException($"trials[{i}] is {trials[i]}; a number of trials is at least 0 and finite.", nameof(Response));
            if (!(_values![i] >= 0 && _values[i] <= trials[i]))
                throw new ArgumentException(_trials is null
                    ? $"{Name}[{i}] is {_values[i]}; a yes/no response is 0 to 1. For counts give the trials as well: cbind(successes, failures) ~ …"
                    : $"{Name}[{i}] is {_values[i]} successes of {trials[i]} trials; it is 0 to the number of trials.", nameof(Response));
        }
        return (_values!, trials);

        double[] Ones()
        {
            var ones = new double[Rows];
            ones.AsSpan().Fill(1);
            return ones;
        }
    }

    /// <summary>Class shares (n × K, one-hot for labels) and the names of the classes.</summary>
    internal (double[] Targets, string[] Levels, int[]? Labels) AsClasses()
    {
        if (_trials is not null)
            throw new ArgumentException($"{Name} counts successes among trials; a model of classes takes one class a row. Use new Binomial().", nameof(Response));
        if (_targets is not null)
            return (_targets, _levels!, null);
        int[] labels;
        string[] levels;
        if (_labels is not null)
            (labels, levels) = (_labels, _levels!);
        else
        {
            for (int i = 0; i < Rows; i++)
                if (!double.IsFinite(_values![i]))
                    throw new ArgumentException($"{Name}[{i}] is {_values[i]}; a class is a finite number. Drop the row.", nameof(Response));
            double[] distinct = [.. _values!.Distinct().Order()];
            if (distinct.Length > 100 && distinct.Length > Rows / 2)
                throw new ArgumentException($"{Name} has {distinct.Length} different values in {Rows} rows; that is a measurement, not a class.", nameof(Response));
            levels = [.. distinct.Select(value => value.ToString("R", CultureInfo.InvariantCulture))];
            labels = [.. _values!.Select(value => Array.BinarySearch(distinct, value))];
        }
        var targets = new double[labels.Length * levels.Length];
        for (int i = 0; i < labels.Length; i++)
            targets[i * levels.Length + labels[i]] = 1;
        return (targets, levels, labels);
    }
}
