using System.Globalization;

namespace Logits.Regression;

/// <summary>
/// What a fit pays for large coefficients: minimize (1/Σw) Σ wᵢ lossᵢ + Σⱼ fⱼ (L1·|βⱼ| + L2/2·βⱼ²). The intercept is free unless
/// <see cref="Bias"/> says otherwise.
/// </summary>
/// <param name="L1">The weight of |β|, per mean loss.</param>
/// <param name="L2">The weight of β²/2, per mean loss.</param>
/// <remarks>
/// Loss is −log p(y), in nats. There is no default penalty anywhere. The conventions of other tools are converted by <see cref="FromScikitLearn"/>,
/// <see cref="FromGlmnet"/>, <see cref="FromLiblinear"/> and <see cref="FromMlNet"/>.
/// </remarks>
public record Penalty(double L1, double L2)
{
    /// <summary>The weight of |β|, at least 0.</summary>
    public double L1 { get; } = Throw.IfNegative(L1);

    /// <summary>The weight of β²/2, at least 0.</summary>
    public double L2 { get; } = Throw.IfNegative(L2);

    /// <summary>Whether the penalty is on the coefficients of columns scaled to (population) standard deviation 1. They are reported in their own units either way.</summary>
    public bool Standardize { get; init; }

    /// <summary>A factor ≥ 0 for each column's penalty, the constant not counted; 0 frees a column. Null: all 1.</summary>
    public IReadOnlyList<double>? Factors { get; init; }

    /// <summary>LIBLINEAR's way: the intercept is <c>Bias</c> times a coefficient that is penalised like the others. Null, as it should be: the intercept is free.</summary>
    public double? Bias { get; init; }

    /// <summary>The objective as a formula.</summary>
    public string Objective
    {
        get
        {
            var parts = new List<string> { "(1/Σw) Σ w·loss" };
            string f = Factors is null ? "" : "f·";
            if (L2 > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{L2:G6}/2·Σ {f}β²"));
            if (L1 > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{L1:G6}·Σ {f}|β|"));
            return string.Join(" + ", parts)
                + (Standardize ? ", β of columns scaled to sd 1" : ", β of the columns as given")
                + (Bias is { } b ? string.Create(CultureInfo.InvariantCulture, $", intercept penalised as the coefficient of a column of {b:G6}") : ", intercept free");
        }
    }

    /// <summary>scikit-learn: C·Σ w·loss + (1 − l1_ratio)/2·|β|² + l1_ratio·|β|₁.</summary>
    /// <param name="c">C.</param>
    /// <param name="sumOfWeights">Σ w: the number of rows without sample weights (class weights multiply into them).</param>
    /// <param name="l1Ratio">l1_ratio; 0 for penalty="l2", 1 for "l1".</param>
    public static Penalty FromScikitLearn(double c, double sumOfWeights, double l1Ratio = 0)
    {
        double lambda = 1 / (Throw.IfNotPositive(c) * Throw.IfNotPositive(sumOfWeights));
        return new(lambda * l1Ratio, lambda * (1 - l1Ratio));
    }

    /// <summary>glmnet: mean loss + λ·Σ pf·((1 − α)/2·β² + α·|β|), columns standardized unless told otherwise, pf rescaled to mean 1.</summary>
    public static Penalty FromGlmnet(double lambda, double alpha = 1, bool standardize = true, IReadOnlyList<double>? penaltyFactors = null) =>
        new(lambda * alpha, lambda * (1 - alpha)) { Standardize = standardize, Factors = penaltyFactors is null ? null : MeanOne(penaltyFactors) };

    /// <summary>LIBLINEAR: C·Σ loss + |β|²/2 (or |β|₁), β including the coefficient of a constant column <paramref name="bias"/>.</summary>
    public static Penalty FromLiblinear(double c, double rows, bool l1 = false, double bias = 1)
    {
        double lambda = 1 / (Throw.IfNotPositive(c) * Throw.IfNotPositive(rows));
        return new(l1 ? lambda : 0, l1 ? 0 : lambda) { Bias = Throw.IfNotPositive(bias) };
    }

    /// <summary>ML.NET: (Σ loss + l1·|β|₁ + l2/2·|β|²)/n. Its own defaults are l1 = l2 = 1.</summary>
    public static Penalty FromMlNet(double l1, double l2, double rows) => new(l1 / Throw.IfNotPositive(rows), l2 / rows);

    internal static double[] MeanOne(IReadOnlyList<double> factors)
    {
        double sum = factors.Sum();
        if (!(sum > 0))
            throw new ArgumentException("penalty factors are all 0; at least one column is penalised.", nameof(factors));
        return [.. factors.Select(f => Throw.IfNegative(f, "penalty factor") * factors.Count / sum)];
    }

    /// <summary>The factors for p columns.</summary>
    internal double[] FactorsFor(int columns)
    {
        if (Factors is null)
        {
            var ones = new double[columns];
            ones.AsSpan().Fill(1);
            return ones;
        }
        Throw.IfNotRows(Factors.Count, columns, nameof(Factors));
        return [.. Factors.Select((f, j) => Throw.IfNegative(f, $"Factors[{j}]"))];
    }
}

/// <summary>λ/2·|β|² beside the mean loss.</summary>
public sealed record Ridge(double Lambda) : Penalty(0, Lambda);

/// <summary>λ·|β|₁ beside the mean loss: coefficients become exactly 0.</summary>
public sealed record Lasso(double Lambda) : Penalty(Lambda, 0);

/// <summary>λ·(α·|β|₁ + (1 − α)/2·|β|²) beside the mean loss.</summary>
public sealed record ElasticNet(double Lambda, double Alpha) : Penalty(Lambda * Alpha, Lambda * (1 - Alpha));
