using Logits.Optimization;

namespace Logits.Regression;

/// <summary>What is left of a fit when only predictions are wanted: it is saved, loaded, and gives the same bits.</summary>
/// <remarks>Immutable and shareable. Made by <see cref="RegressionFit.ToModel()"/> or by <see cref="Formats.ModelFile"/>.</remarks>
public sealed class LogitModel
{
    internal LogitModel() { }

    /// <summary>The family that was fitted: binomial, multinomial, ordinal, conditional, firth, penalized-binomial or penalized-multinomial.</summary>
    public required string Method { get; init; }

    /// <summary>The link; logit where there is no other.</summary>
    public required Link Link { get; init; }

    /// <summary>The columns of the design the model reads, in order.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The classes; the second is the yes of a yes/no model.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The formula, the columns that <c>.</c> meant named and a column of offsets in it; null when the design was made by hand.</summary>
    public string? Formula { get; init; }

    /// <summary>Rows the model was fitted to.</summary>
    public required int Rows { get; init; }

    /// <summary>The mean negative log-likelihood there, in nats a row (or trial).</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>Whether rows are read with the constant among the columns.</summary>
    public bool HasConstant => Columns.Count > 0 && Columns[0] == DesignMatrix.InterceptName;

    internal double[] Means { get; init; } = [];
    internal double[] Scales { get; init; } = [];

    /// <summary>One row of coefficients a score, on columns shifted by the means and divided by the scales.</summary>
    internal double[] Slopes { get; init; } = [];

    internal double[] Thresholds { get; init; } = [];
    internal IReadOnlyDictionary<string, IReadOnlyList<string>> FactorLevels { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The scores xᵀβ + offset of a row: one, or one a class for softmax models.</summary>
    /// <param name="row">One value a column.</param>
    /// <param name="offset">Added to every score.</param>
    public double[] Scores(ReadOnlySpan<double> row, double offset = 0)
    {
        int p = Columns.Count;
        Throw.IfNotRows(row.Length, p, nameof(row));
        var inner = new double[p];
        for (int j = 0; j < p; j++)
            inner[j] = (row[j] - Means[j]) / Scales[j];
        var scores = new double[p == 0 ? 1 : Slopes.Length / p];
        for (int k = 0; k < scores.Length; k++)
            scores[k] = LinearAlgebra.Dot(inner, Slopes.AsSpan(k * p, p)) + offset;
        return scores;
    }

    /// <summary>The probabilities of the classes.</summary>
    /// <exception cref="InvalidOperationException">The model compares members of a matched set and has no probabilities outside one.</exception>
    public double[] Probabilities(ReadOnlySpan<double> row, double offset = 0)
    {
        var z = Scores(row, offset);
        if (Method == "conditional")
            throw new InvalidOperationException("a conditional model compares the members of a set; it has scores and odds ratios, and no probabilities outside a set.");
        if (Thresholds.Length > 0)
        {
            var shares = new double[Thresholds.Length + 1];
            for (int k = 0; k < shares.Length; k++)
            {
                double a = k < Thresholds.Length ? Thresholds[k] - z[0] : double.PositiveInfinity, b = k > 0 ? Thresholds[k - 1] - z[0] : double.NegativeInfinity;
                shares[k] = double.IsPositiveInfinity(a) ? Link.Complement(b) : double.IsNegativeInfinity(b) ? Link.Probability(a)
                    : a + b < 0 ? Link.Probability(a) - Link.Probability(b) : Link.Complement(b) - Link.Complement(a);
            }
            return shares;
        }
        if (z.Length == 1)
            return [Link.Complement(z[0]), Link.Probability(z[0])];
        double log = Vectors.LogSumExp(z);
        for (int k = 0; k < z.Length; k++)
            z[k] = Math.Exp(z[k] - log);
        return z;
    }

    /// <summary>The probabilities of the classes for every row of a table that has the formula's predictors.</summary>
    /// <exception cref="InvalidOperationException">The model was not fitted by a formula.</exception>
    /// <exception cref="ArgumentException">A predictor is missing, or has a level the model has not seen.</exception>
    public double[][] Probabilities(DataTable table)
    {
        if (Formula is null)
            throw new InvalidOperationException("the model was not fitted by a formula; give it rows of its columns.");
        var (design, offset) = Regression.Formula.Parse(Formula).Predictors(table, FactorLevels);
        if (!HasConstant)
            design = design.WithoutIntercept();
        if (!design.Names.SequenceEqual(Columns))
            throw new ArgumentException($"the table gives the columns {string.Join(", ", design.Names)}; the model has {string.Join(", ", Columns)}.", nameof(table));
        var result = new double[table.Rows][];
        for (int i = 0; i < result.Length; i++)
            result[i] = Probabilities(design[i], offset is null ? 0 : offset[i]);
        return result;
    }
}
