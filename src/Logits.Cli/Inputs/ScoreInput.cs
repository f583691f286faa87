using System.Diagnostics.CodeAnalysis;

namespace Logits.Cli.Inputs;

/// <summary>Scores with a name to report errors by, read a block of rows at a time.</summary>
abstract class ScoreInput : IDisposable
{
    /// <summary>Values in a block: small enough to stay in the cache, large enough that a block costs nothing.</summary>
    protected const int BlockValues = 1 << 16;

    /// <summary>The file, as the user wrote it.</summary>
    public required string Name { get; init; }

    /// <summary>What the numbers are.</summary>
    public required ScoreKind Kind { get; init; }

    /// <summary>Scores in a row.</summary>
    public abstract int Classes { get; }

    /// <summary>Whether the file stores at most single precision: 9 digits say all.</summary>
    public abstract bool IsSingle { get; }

    /// <summary>Whether the labels are known.</summary>
    public abstract bool HasLabels { get; }

    /// <summary>Rows × classes where the file says so beforehand; null for text.</summary>
    public virtual long? Scores => null;

    /// <summary>Whether <see cref="Blocks"/> may be asked for again: all but stdin.</summary>
    public virtual bool CanReadAgain => true;

    /// <summary>The names of the classes; null where nobody gave any.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Whether every row so far lay in [0, 1] and summed to 1 although logits were expected: known after a full read.</summary>
    public bool LooksLikeProbabilities { get; private set; }

    /// <summary>The rows as logits, checked: no NaN, no +∞, no row that rules out every class, labels within range.</summary>
    /// <exception cref="RequestException">A value cannot be used; the message names file, row and value.</exception>
    public IEnumerable<ScoreBlock> Blocks()
    {
        bool likeProbabilities = Kind == ScoreKind.Logits && Classes > 1;
        long rows = 0;
        foreach (var block in ReadBlocks())
        {
            Check(block);
            likeProbabilities = likeProbabilities && AllProbabilities(block);
            if (Kind == ScoreKind.Probabilities)
                foreach (ref double value in block.Values.Span)
                    value = Math.Log(value);
            rows += block.Rows;
            yield return block;
        }
        if (rows == 0)
            throw new RequestException($"{Name}: has no rows; at least 1 is needed");
        LooksLikeProbabilities = likeProbabilities;
    }

    /// <summary>All rows at once.</summary>
    /// <exception cref="RequestException">They do not fit one array, or a value cannot be used.</exception>
    public ScoreTable ReadAll()
    {
        var values = new List<double>((int)Math.Min(Scores ?? 0, Array.MaxLength));
        var labels = new List<int>();
        foreach (var block in Blocks())
        {
            if ((long)values.Count + block.Values.Length > Array.MaxLength)
                throw new RequestException($"{Name}: holds more than {Array.MaxLength} scores, which this verb would keep in memory; calibrate on a part of the rows");
            values.AddRange(block.Values.Span);
            labels.AddRange(block.Labels.Span);
        }
        return new([.. values], [.. labels], Classes);
    }

    /// <summary>Says what to do where labels are needed and there are none.</summary>
    public void RequireLabels()
    {
        if (!HasLabels)
            throw new RequestException($"{Name}: has no labels; name a file of labels after it, or add a column label");
    }

    /// <summary>A class as people call it.</summary>
    public string NameOf(int index) => ClassNames is { } names ? names[index] : index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>The rows as they stand in the file; the values of a block may be overwritten by the next.</summary>
    protected abstract IEnumerable<ScoreBlock> ReadBlocks();

    void Check(ScoreBlock block)
    {
        var values = block.Values.Span;
        for (int row = 0; row < block.Rows; row++)
        {
            var scores = values.Slice(row * Classes, Classes);
            double max = double.NegativeInfinity, sum = 0;
            for (int k = 0; k < scores.Length; k++)
            {
                double score = scores[k];
                if (double.IsNaN(score) || double.IsPositiveInfinity(score))
                    Refuse(block.FirstRow + row, $"score {k} is {(double.IsNaN(score) ? "NaN" : "+inf")}; drop or repair the row");
                if (Kind == ScoreKind.Probabilities && score is < 0 or > 1 && !(score <= 1 + 1e-6 && score >= 0))
                    Refuse(block.FirstRow + row, $"score {k} is {score}; a probability is 0 to 1. Raw scores are --input logits");
                max = Math.Max(max, score);
                sum += score;
            }
            if (double.IsNegativeInfinity(max))
                Refuse(block.FirstRow + row, "rules out every class (all -inf); drop or repair the row");
            if (Kind == ScoreKind.Probabilities && Math.Abs(sum - 1) > 0.01)
                Refuse(block.FirstRow + row, $"sums to {sum:0.####}; a row of probabilities sums to 1. Raw scores are --input logits");
            if (Kind == ScoreKind.LogProbabilities && max > 1e-3)
                Refuse(block.FirstRow + row, $"holds {max:0.####}; the logarithm of a probability is at most 0. Raw scores are --input logits");
        }
        var labels = block.Labels.Span;
        for (int row = 0; row < labels.Length; row++)
            if ((uint)labels[row] >= (uint)Classes)
                Refuse(block.FirstRow + row, $"label {labels[row]} is outside 0..{Classes - 1}");
    }

    static bool AllProbabilities(ScoreBlock block)
    {
        var values = block.Values.Span;
        for (int start = 0; start < values.Length; start += block.Classes)
        {
            double sum = 0;
            foreach (double value in values.Slice(start, block.Classes))
            {
                if (value is not (>= 0 and <= 1))
                    return false;
                sum += value;
            }
            if (Math.Abs(sum - 1) > 1e-3)
                return false;
        }
        return true;
    }

    [DoesNotReturn]
    void Refuse(long row, string complaint) => throw new RequestException($"{Name}: row {row}: {complaint}");
}

/// <summary>All rows of an input in memory.</summary>
sealed record ScoreTable(double[] Values, int[] Labels, int Classes)
{
    /// <summary>How many rows.</summary>
    public int Rows => Values.Length / Classes;

    /// <summary>The rows as the library takes them.</summary>
    public Logits<double> Logits => Values.AsLogits(Classes);

    /// <summary>The same rows to be read again, under the name of the input they came from.</summary>
    public ScoreInput AsInput(ScoreInput origin) =>
        new MemoryInput(Values, Labels, Classes, origin.IsSingle) { Name = origin.Name, Kind = ScoreKind.Logits, ClassNames = origin.ClassNames };
}
