using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json;
using Logits.Randomness;

namespace Logits.Conformal;

/// <summary>Prediction sets that hold the true class with probability at least 1 − α, whatever the model.</summary>
/// <remarks>
/// Split conformal prediction: with n held-out rows the threshold is the ⌈(n+1)(1−α)⌉-th smallest score of their true classes, and a set holds
/// every class whose score is at most the threshold. Coverage is at least 1 − α on average over held-out and new rows, if these are exchangeable;
/// it says nothing about a single row or a shifted population. Source: Vovk et al., Algorithmic Learning in a Random World, 2005;
/// Angelopoulos and Bates, A Gentle Introduction, 2021. Immutable; safe to share between threads.
/// </remarks>
public sealed record ConformalSets
{
    ConformalSets(ISetScore score, double alpha, ulong seed, int classes, int rows, ImmutableArray<double> thresholds)
    {
        (Score, Alpha, Seed, Classes, Rows, Thresholds) = (score, alpha, seed, classes, rows, thresholds);
    }

    /// <summary>The score the sets are made with.</summary>
    public ISetScore Score { get; }

    /// <summary>α: how often a set may miss the label.</summary>
    public double Alpha { get; }

    /// <summary>The seed of randomized scores.</summary>
    public ulong Seed { get; }

    /// <summary>The number of classes k.</summary>
    public int Classes { get; }

    /// <summary>The number of held-out rows n the thresholds were learned from.</summary>
    public int Rows { get; }

    /// <summary>One threshold for all classes, or one for each; +∞ where there were too few rows for the α asked for.</summary>
    public ImmutableArray<double> Thresholds { get; }

    /// <summary>Whether each class has its own threshold.</summary>
    public bool IsClassConditional => Thresholds.Length > 1;

    /// <summary>The threshold; the largest one when each class has its own.</summary>
    public double Threshold => Thresholds.Max();

    /// <summary>Whether a threshold is +∞: ⌈(n+1)(1−α)⌉ exceeded n, and the classes concerned are in every set. More held-out rows or a larger α cure it.</summary>
    public bool HasFullSets => Thresholds.Any(double.IsPositiveInfinity);

    /// <summary>Learns the thresholds from held-out rows.</summary>
    /// <param name="logits">n rows × k classes, not used for training or calibration. −∞ rules a class out.</param>
    /// <param name="labels">n class indices, each 0 to k−1.</param>
    /// <param name="options">Score, α; least ambiguous sets at 0.1 when null.</param>
    /// <exception cref="ArgumentException">No rows, a label out of range, or a row without a softmax; the message gives the index.</exception>
    public static ConformalSets Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, ConformalOptions? options = null) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options ??= new();
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        Throw.IfNoSoftmax(logits);
        var scores = new double[logits.Rows];
        var ranker = new RowRanking(logits.Classes);
        var row = new double[logits.Classes];
        for (int i = 0; i < scores.Length; i++)
        {
            var ranking = ranker.Of(logits[i]);
            options.Score.Score(ranking, Philox.Uniform(options.Seed, (ulong)i, FittingStream), row);
            scores[i] = row[ranking.Classes.IndexOf(labels[i])];
        }

        ImmutableArray<double> thresholds;
        if (options.ClassConditional)
        {
            var byClass = new List<double>[logits.Classes];
            for (int k = 0; k < byClass.Length; k++) byClass[k] = [];
            for (int i = 0; i < scores.Length; i++) byClass[labels[i]].Add(scores[i]);
            thresholds = [.. byClass.Select(own => Quantile([.. own], options.Alpha))];
        }
        else thresholds = [Quantile(scores, options.Alpha)];
        return new(options.Score, options.Alpha, options.Seed, logits.Classes, logits.Rows, thresholds);
    }

    /// <summary>The ⌈(n+1)(1−α)⌉-th smallest of n scores; +∞ when there is none.</summary>
    /// <remarks>In decimal: in binary (n+1)(1−α) may land just above the whole number that was meant.</remarks>
    internal static double Quantile(double[] scores, double alpha)
    {
        decimal rank = decimal.Ceiling((scores.Length + 1) * (1 - (decimal)alpha));
        if (rank > scores.Length) return double.PositiveInfinity;
        Array.Sort(scores);
        return scores[Math.Max(0, (int)rank - 1)];
    }

    /// <summary>The prediction set of every row.</summary>
    /// <param name="logits">n rows × k classes.</param>
    /// <exception cref="ArgumentException">Another number of classes, or a row without a softmax; the message gives the index.</exception>
    /// <remarks>Randomized scores draw row i's number from the seed and i: the same call gives the same sets.</remarks>
    public PredictionSets Apply<T>(Logits<T> logits) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (logits.Classes != Classes)
            throw new ArgumentException($"the logits have {logits.Classes} classes; these sets were fitted to {Classes}.", nameof(logits));
        Throw.IfNoSoftmax(logits);
        var starts = new int[logits.Rows + 1];
        var members = new List<int>();
        var ranker = new RowRanking(Classes);
        var row = new double[Classes];
        for (int i = 0; i < logits.Rows; i++)
        {
            var ranking = ranker.Of(logits[i]);
            Score.Score(ranking, Philox.Uniform(Seed, (ulong)i, ApplyingStream), row);
            for (int rank = 0; rank < row.Length; rank++)
                if (row[rank] <= Thresholds[Thresholds.Length == 1 ? 0 : ranking.Classes[rank]]) members.Add(ranking.Classes[rank]);
            starts[i + 1] = members.Count;
        }
        return new([.. members], starts, Classes);
    }

    // The rows of a fit and of an application must not share random numbers: coverage counts on independence.
    const ulong FittingStream = 1, ApplyingStream = 2;

    /// <summary>Equal when score, α, seed, sizes and every threshold are.</summary>
    public bool Equals(ConformalSets? other) =>
        other is not null && Score.Equals(other.Score) && Alpha == other.Alpha && Seed == other.Seed && Classes == other.Classes && Rows == other.Rows
        && Thresholds.AsSpan().SequenceEqual(other.Thresholds.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Score, Alpha, Seed, Classes, Rows, Threshold);

    /// <summary>Writes the sets' rule as JSON; <see cref="Load"/> gives back an equal one, bit for bit.</summary>
    public void Save(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new() { Indented = true });
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteNumber("version", 1);
        json.WriteString("method", Score.Name);
        json.WriteNumber("classes", Classes);
        json.WriteStartObject("parameters");
        json.WriteNumber("alpha", Alpha);
        json.WriteBoolean("randomized", Score.IsRandomized);
        json.WriteNumber("seed", Seed);
        if (Score is RegularizedAdaptiveSets { Penalty: var penalty, FreeRanks: var free })
        {
            json.WriteNumber("penalty", penalty);
            json.WriteNumber("free_ranks", free);
        }
        json.WriteStartArray("thresholds");
        foreach (double threshold in Thresholds)
        {
            if (double.IsPositiveInfinity(threshold)) json.WriteStringValue("inf");
            else json.WriteNumberValue(threshold);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("fit");
        json.WriteNumber("rows", Rows);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    const string Format = "logits/conformal";

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">Not such a file, of a newer version, or with a key missing or out of range; the message names it.</exception>
    public static ConformalSets Load(Stream stream)
    {
        try
        {
            using var json = JsonDocument.Parse(stream);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.GetString() != Format)
                throw new InvalidDataException($"this is not a {Format} file: its format key does not say so.");
            int version = Key(root, "version").GetInt32();
            if (version != 1) throw new InvalidDataException($"version is {version}; this program reads version 1. Update it to read newer files.");

            var parameters = Key(root, "parameters");
            bool randomized = Key(parameters, "randomized").GetBoolean();
            string method = Key(root, "method").GetString() ?? "";
            ISetScore score = method switch
            {
                "lac" => new LeastAmbiguousSets(),
                "aps" => new AdaptiveSets(randomized),
                "raps" => new RegularizedAdaptiveSets(Key(parameters, "penalty").GetDouble(), Key(parameters, "free_ranks").GetInt32(), randomized),
                "top-k" => new TopRankedSets(randomized),
                _ => throw new InvalidDataException($"method is {method}; the methods are lac, aps, raps and top-k."),
            };
            int classes = Throw.IfLess(Key(root, "classes").GetInt32(), 1, "classes"), rows = Throw.IfLess(Key(Key(root, "fit"), "rows").GetInt32(), 1, "rows");
            double alpha = Throw.IfNotLevel(Key(parameters, "alpha").GetDouble(), "alpha");
            ImmutableArray<double> thresholds = [.. Key(parameters, "thresholds").EnumerateArray().Select(value =>
                value.ValueKind == JsonValueKind.String && value.GetString() == "inf" ? double.PositiveInfinity : value.GetDouble())];
            if (thresholds.Length != 1 && thresholds.Length != classes)
                throw new InvalidDataException($"thresholds holds {thresholds.Length} numbers; there is 1, or 1 for each of the {classes} classes.");
            return new(score, alpha, Key(parameters, "seed").GetUInt64(), classes, rows, thresholds);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"this is not a readable {Format} file: {e.Message}", e);
        }

        static JsonElement Key(JsonElement parent, string name) =>
            parent.TryGetProperty(name, out var value) ? value : throw new InvalidDataException($"the key {name} is missing.");
    }
}
