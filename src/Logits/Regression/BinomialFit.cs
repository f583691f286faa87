using Logits.Distributions;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>One row of a fit, and how much it pulls.</summary>
/// <param name="LinearPredictor">η = xᵀβ + offset.</param>
/// <param name="StandardError">Of η.</param>
/// <param name="Probability">F(η).</param>
/// <param name="Bounds">The interval of η mapped to probabilities.</param>
/// <param name="Hat">The leverage: the share of the row in its own fit; they add up to P.</param>
/// <param name="PearsonResidual">√w·(s − m·p)/√(m·p·q).</param>
/// <param name="DevianceResidual">The signed root of the row's part of the deviance.</param>
/// <param name="StandardizedResidual">The Pearson residual over √(1 − hat).</param>
/// <param name="CooksDistance">pearson²·hat/(P(1 − hat)²).</param>
public readonly record struct FittedRow(double LinearPredictor, double StandardError, double Probability, Interval Bounds,
    double Hat, double PearsonResidual, double DevianceResidual, double StandardizedResidual, double CooksDistance);

/// <summary>The pseudo-R²s in use; on log-likelihoods without binomial coefficients except where named.</summary>
public sealed record PseudoR2(double McFadden, double McFaddenAdjusted, double McFaddenWithConstants, double CoxSnell, double Nagelkerke, double Tjur);

/// <summary>Hosmer and Lemeshow's test: observed and expected successes in cells of the fitted probability.</summary>
public sealed record HosmerLemeshow(HypothesisTest Test, IReadOnlyList<double> Observed, IReadOnlyList<double> Expected, IReadOnlyList<double> Count);

/// <summary>The effect of a column on the probability itself.</summary>
public sealed record MarginalEffect(string Name, double Effect, double StandardError, double Z, double P);

/// <summary>Where marginal effects are taken.</summary>
public enum EffectsAt
{
    /// <summary>Averaged over the rows.</summary>
    EveryRow,

    /// <summary>At the mean of every column.</summary>
    TheMean,
}

/// <summary>The dose at which the probability is <paramref name="Probability"/>.</summary>
/// <param name="Probability">The share that responds.</param>
/// <param name="Dose">The x with F(a + b·x) = probability.</param>
/// <param name="StandardError">By the delta method.</param>
/// <param name="Wald">Dose ± z·standard error.</param>
/// <param name="Fieller">Fieller's bounds; null when the slope is not clearly different from 0, so that they are not an interval.</param>
/// <param name="Profile">From the profile likelihood.</param>
public sealed record EffectiveDose(double Probability, double Dose, double StandardError, Interval Wald, Interval? Fieller, Interval Profile);

/// <summary>A fitted binomial model.</summary>
public sealed class BinomialFit : LikelihoodFit
{
    readonly Standardization? _columns;
    readonly double[] _successes, _trials;
    readonly double _constant;
    readonly Lazy<double[]> _predictors;
    readonly Link _link;

    internal BinomialFit(Binomial model, ModelFrame frame, BinomialData data, FittedLikelihood? fitted, Standardization? columns, Separation? separation,
        double[]? estimates, Matrix? covariance, double[]? bounds = null, double supremum = 0)
        : base(model, frame, frame.Design.Names, fitted, separation, estimates, covariance is null ? null : () => covariance, bounds)
    {
        _columns = columns;
        _link = model.Link;
        (_successes, _trials) = frame.Response.AsCounts();
        var constant = new ExactSum();
        double saturated = 0, weights = 0, trials = 0;
        int rows = 0;
        for (int i = 0; i < frame.Design.Rows; i++)
        {
            double w = frame.Weight(i), s = _successes[i], m = _trials[i];
            if (w == 0)
                continue;
            if (s > 0 && s < m)
                constant.Add(w * Distributions.SpecialFunctions.LogChoose(m, s));
            saturated += w * (Entropic(s, m) + Entropic(m - s, m));
            weights += w;
            trials += w * m;
            rows++;
        }
        _constant = constant.Value;
        Observations = rows;
        SumOfWeights = weights;
        SumOfTrials = trials;
        KernelLogLikelihood = columns is null ? supremum : fitted!.Best.Value;
        KernelNullLogLikelihood = NullOf(model, frame, data);
        LogLikelihood = KernelLogLikelihood + _constant;
        NullLogLikelihood = KernelNullLogLikelihood + _constant;
        Deviance = 2 * (saturated - KernelLogLikelihood);
        NullDeviance = 2 * (saturated - KernelNullLogLikelihood);
        _predictors = new(() =>
        {
            var eta = new double[frame.Design.Rows];
            for (int i = 0; i < eta.Length; i++)
                eta[i] = PredictorOf(frame.Design[i], frame.OffsetAt(i));
            return eta;
        });

        static double Entropic(double s, double m) => s > 0 && s < m ? s * Math.Log(s / m) : 0;
    }

    static double NullOf(Binomial model, ModelFrame frame, BinomialData data)
    {
        int n = data.Rows.Length;
        bool constant = frame.Design.Intercept >= 0;
        var ones = new double[n];
        ones.AsSpan().Fill(1);
        var likelihood = new BinomialLikelihood(() => constant ? ones : [], n, constant ? 1 : 0, 1, data.Successes, data.Failures, data.Weights, data.Offset, model.Link);
        if (!constant)
            return likelihood.Evaluate([], [], null);
        double s = 0, m = 0, shift = 0, total = 0;
        for (int i = 0; i < n; i++)
        {
            s += data.Weights[i] * data.Successes[i];
            m += data.Weights[i] * (data.Successes[i] + data.Failures[i]);
            shift += data.Weights[i] * (data.Offset?[i] ?? 0);
            total += data.Weights[i];
        }
        double start = Math.Clamp(model.Link.Predictor(s / m), -30, 30) - shift / total;
        if (data.Offset is null && s > 0 && s < m)
        {
            var t = model.Link.Tails(model.Link.Predictor(s / m));
            return s * t.LogP + (m - s) * t.LogQ;
        }
        return Maximizer.Maximize(likelihood, [start]).Value;
    }

    /// <summary>How the linear predictor becomes a probability.</summary>
    public Link Link => _link;

    /// <inheritdoc/>
    public override bool HasOddsRatios => _link == Link.Logit;

    /// <summary>Σ weights × trials.</summary>
    public double SumOfTrials { get; }

    /// <summary>The log-likelihood without the binomial coefficients; the same for 0/1 data.</summary>
    public double KernelLogLikelihood { get; }

    /// <summary>The null log-likelihood without the binomial coefficients.</summary>
    public double KernelNullLogLikelihood { get; }

    /// <inheritdoc/>
    public override double McFadden => 1 - KernelLogLikelihood / KernelNullLogLikelihood;

    private protected override IReadOnlyList<DesignTerm> Terms => Frame.Design.Terms;

    private protected override bool[] CoordinatesOf(DesignTerm term)
    {
        var chosen = new bool[Names.Count];
        for (int j = term.First; j < term.First + term.Count; j++)
            chosen[j] = true;
        return chosen;
    }

    private protected override bool[] Slopes => [.. Enumerable.Range(0, Names.Count).Select(j => j != Frame.Design.Intercept)];

    Standardization Columns => _columns ?? throw new InvalidOperationException($"the likelihood has no maximum: {Separation.Message}");

    double[] Inner(ReadOnlySpan<double> row)
    {
        var inner = new double[row.Length];
        for (int j = 0; j < inner.Length; j++)
            inner[j] = (row[j] - Columns.Means[j]) / Columns.Scales[j];
        return inner;
    }

    double PredictorOf(ReadOnlySpan<double> row, double offset) => LinearAlgebra.Dot(Inner(row), Fitted!.Best.Point) + offset;

    /// <summary>The probability at new predictors.</summary>
    /// <param name="row">One value a column of the design, the constant included.</param>
    /// <param name="offset">The row's offset.</param>
    public double Probability(ReadOnlySpan<double> row, double offset = 0)
    {
        Throw.IfNotRows(row.Length, Names.Count, nameof(row));
        return _link.Probability(PredictorOf(row, offset));
    }

    /// <summary>Probability with its standard error on the link scale and interval at new predictors.</summary>
    public (double Probability, double StandardError, Interval Bounds) Predict(ReadOnlySpan<double> row, double offset = 0, double level = 0.95)
    {
        Throw.IfNotRows(row.Length, Names.Count, nameof(row));
        double eta = PredictorOf(row, offset), error = Math.Sqrt(Inference.InnerCovariance.Quadratic(Inner(row)));
        double reach = Normal.UpperQuantile((1 - Throw.IfNotLevel(level)) / 2) * error;
        return (_link.Probability(eta), error, new(_link.Probability(eta - reach), _link.Probability(eta + reach)));
    }

    /// <inheritdoc/>
    public override LogitModel ToModel() => ToModel("binomial", _link, Names, [Frame.Response.Failure, Frame.Response.Success], Columns.Means, Columns.Scales,
        Fitted!.Best.Point, MeanLogLoss);

    /// <summary>The probability of every row of the frame.</summary>
    public double[] FittedProbabilities() => [.. _predictors.Value.Select(_link.Probability)];

    /// <summary>Every row with its residuals and its leverage.</summary>
    public FittedRow[] Rows(double level = 0.95)
    {
        double z = Normal.UpperQuantile((1 - Throw.IfNotLevel(level)) / 2);
        var covariance = Inference.InnerCovariance;
        var rows = new FittedRow[Frame.Design.Rows];
        for (int i = 0; i < rows.Length; i++)
        {
            double eta = _predictors.Value[i], error = Math.Sqrt(covariance.Quadratic(Inner(Frame.Design[i])));
            double w = Frame.Weight(i), s = _successes[i], m = _trials[i];
            var t = _link.Tails(eta);
            double p = _link.Probability(eta), q = _link.Complement(eta);
            double hat = w * m * t.Information * error * error;
            double pearson = m == 0 ? 0 : Math.Sqrt(w) * (s * q - (m - s) * p) / Math.Sqrt(m * p * q);
            double part = w * ((s > 0 ? s * (Math.Log(s / m) - t.LogP) : 0) + (m > s ? (m - s) * (Math.Log((m - s) / m) - t.LogQ) : 0));
            double deviance = Math.CopySign(Math.Sqrt(Math.Max(0, 2 * part)), s * q - (m - s) * p);
            rows[i] = new(eta, error, p, new(_link.Probability(eta - z * error), _link.Probability(eta + z * error)), hat, pearson, deviance,
                pearson / Math.Sqrt(1 - hat), pearson * pearson * hat / (Names.Count * (1 - hat) * (1 - hat)));
        }
        return rows;
    }

    /// <summary>Pearson's χ²: the sum of squared Pearson residuals.</summary>
    public double PearsonChiSquared => Rows().Sum(row => row.PearsonResidual * row.PearsonResidual);

    /// <summary>Pearson's χ² over the residual degrees of freedom; far above 1 is overdispersion.</summary>
    public double Dispersion => PearsonChiSquared / ResidualDegrees;

    /// <summary>The pseudo-R²s.</summary>
    public PseudoR2 PseudoR2()
    {
        double l = KernelLogLikelihood, l0 = KernelNullLogLikelihood, n = SumOfTrials;
        double cox = 1 - Math.Exp(-2 * (l - l0) / n);
        double yes = 0, no = 0, sumYes = 0, sumNo = 0;
        for (int i = 0; i < Frame.Design.Rows; i++)
        {
            double p = _link.Probability(_predictors.Value[i]), w = Frame.Weight(i), s = w * _successes[i], f = w * _trials[i] - s;
            yes += s;
            no += f;
            sumYes += s * p;
            sumNo += f * p;
        }
        return new(1 - l / l0, 1 - (l - Names.Count) / l0, 1 - LogLikelihood / NullLogLikelihood, cox, cox / (1 - Math.Exp(2 * l0 / n)), sumYes / yes - sumNo / no);
    }

    /// <summary>The area under the ROC curve: the probability that a success has the higher fitted probability, ties counting half.</summary>
    public double AreaUnderRoc()
    {
        int[] order = [.. Enumerable.Range(0, Frame.Design.Rows).OrderBy(i => _predictors.Value[i])];
        double wins = 0, yes = 0, no = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = start;
            double s = 0, f = 0;
            // Equal rows give equal predictors to the last bit, since the same row gives the same arithmetic.
            while (end < order.Length && _predictors.Value[order[end]] == _predictors.Value[order[start]])
            {
                int i = order[end++];
                s += Frame.Weight(i) * _successes[i];
                f += Frame.Weight(i) * (_trials[i] - _successes[i]);
            }
            wins += s * (no + f / 2);
            yes += s;
            no += f;
            start = end;
        }
        return wins / (yes * no);
    }

    /// <summary>The Brier score per trial.</summary>
    public double BrierScore()
    {
        double sum = 0;
        for (int i = 0; i < Frame.Design.Rows; i++)
        {
            double p = _link.Probability(_predictors.Value[i]), q = _link.Complement(_predictors.Value[i]), s = _successes[i];
            sum += Frame.Weight(i) * (s * q * q + (_trials[i] - s) * p * p);
        }
        return sum / SumOfTrials;
    }

    /// <summary>The mean log loss per trial, in nats.</summary>
    public double MeanLogLoss => -KernelLogLikelihood / SumOfTrials;

    /// <summary>Hosmer and Lemeshow's test over cells cut at quantiles of the fitted probability (type 7, closed on the right).</summary>
    /// <param name="groups">The number of cells asked for; quantiles that coincide join cells.</param>
    public HosmerLemeshow HosmerLemeshow(int groups = 10)
    {
        Throw.IfLess(groups, 3);
        double[] p = FittedProbabilities(), sorted = [.. p.Order()];
        var cuts = new List<double>();
        for (int g = 0; g <= groups; g++)
        {
            double at = (sorted.Length - 1) * ((double)g / groups);
            int low = (int)Math.Floor(at + 4 * double.Epsilon);
            double value = low + 1 < sorted.Length ? sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]) : sorted[^1];
            if (cuts.Count == 0 || value > cuts[^1])
                cuts.Add(value);
        }
        int cells = cuts.Count - 1;
        double[] observed = new double[cells], expected = new double[cells], count = new double[cells];
        for (int i = 0; i < p.Length; i++)
        {
            int cell = 0;
            while (cell < cells - 1 && p[i] > cuts[cell + 1])
                cell++;
            double w = Frame.Weight(i);
            observed[cell] += w * _successes[i];
            expected[cell] += w * _trials[i] * p[i];
            count[cell] += w * _trials[i];
        }
        double statistic = 0;
        for (int g = 0; g < cells; g++)
            if (count[g] > 0)
                statistic += (observed[g] - expected[g]) * (observed[g] - expected[g]) / (expected[g] * (1 - expected[g] / count[g]));
        return new(HypothesisTest.ChiSquare(statistic, cells - 2), observed, expected, count);
    }

    /// <summary>White's covariance, which holds when the model for the variance does not: A⁻¹BA⁻¹, A the observed information, B = Σ w·gᵢgᵢᵀ.</summary>
    /// <param name="smallSample">Multiply by n/(n − P), called HC1.</param>
    public Matrix RobustCovariance(bool smallSample = false)
    {
        var meat = new Matrix(Names.Count, Names.Count);
        double n = 0;
        for (int i = 0; i < Frame.Design.Rows; i++)
        {
            double w = Frame.Weight(i), score = ScoreOf(i);
            n += w;
            Rank1(meat, Inner(Frame.Design[i]), w * score * score);
        }
        return Sandwich(meat, smallSample ? n / (n - Names.Count) : 1);
    }

    /// <summary>The covariance that allows any dependence inside clusters: B = Σ over clusters of GGᵀ, G the sum of the cluster's gradients.</summary>
    /// <param name="smallSample">Multiply by G/(G − 1), G the number of clusters.</param>
    /// <exception cref="InvalidOperationException">The frame has no clusters.</exception>
    public Matrix ClusterCovariance(bool smallSample = false)
    {
        var clusters = Frame.ClusterArray ?? throw new InvalidOperationException("the frame has no clusters; name their column in FrameColumns.Clusters.");
        var sums = new SortedDictionary<int, double[]>();
        for (int i = 0; i < Frame.Design.Rows; i++)
        {
            if (!sums.TryGetValue(clusters[i], out var sum))
                sums.Add(clusters[i], sum = new double[Names.Count]);
            LinearAlgebra.AddScaled(Frame.Weight(i) * ScoreOf(i), Inner(Frame.Design[i]), sum);
        }
        var meat = new Matrix(Names.Count, Names.Count);
        foreach (var sum in sums.Values)
            Rank1(meat, sum, 1);
        double g = sums.Count;
        return Sandwich(meat, smallSample ? g / (g - 1) : 1);
    }

    double ScoreOf(int i)
    {
        var t = _link.Tails(_predictors.Value[i]);
        double s = _successes[i], f = _trials[i] - s;
        return (s > 0 ? s * t.SlopeP : 0) + (f > 0 ? f * t.SlopeQ : 0);
    }

    static void Rank1(Matrix sum, double[] x, double scale)
    {
        for (int a = 0; a < x.Length; a++)
            LinearAlgebra.AddScaled(scale * x[a], x, sum.Row(a));
    }

    Matrix Sandwich(Matrix meat, double scale)
    {
        var bread = Inference.InnerObservedCovariance;
        var covariance = Matrix.Sandwich(Inference.Map, Matrix.Sandwich(bread, meat));
        for (int i = 0; i < covariance.Data.Length; i++)
            covariance.Data[i] *= scale;
        return covariance;
    }

    /// <summary>The effect of every column on the probability: its derivative, or for 0/1 columns, when asked, the change from 0 to 1.</summary>
    /// <param name="at">Averaged over rows, or at the mean row.</param>
    /// <param name="discrete">Whether 0/1 columns are switched from 0 to 1 instead of differentiated.</param>
    public IReadOnlyList<MarginalEffect> MarginalEffects(EffectsAt at = EffectsAt.EveryRow, bool discrete = false)
    {
        int p = Names.Count, n = Frame.Design.Rows;
        var effects = new List<MarginalEffect>();
        var mean = new double[p];
        double total = 0, meanOffset = 0;
        for (int i = 0; i < n; i++)
        {
            LinearAlgebra.AddScaled(Frame.Weight(i), Frame.Design[i], mean);
            meanOffset += Frame.Weight(i) * Frame.OffsetAt(i);
            total += Frame.Weight(i);
        }
        for (int j = 0; j < p; j++)
            mean[j] /= total;
        for (int j = 0; j < p; j++)
        {
            if (j == Frame.Design.Intercept)
                continue;
            bool switched = discrete && IsZeroOne(j);
            double effect = 0;
            var gradient = new double[p];                        // of the effect, in β
            void Take(ReadOnlySpan<double> row, double offset, double weight)
            {
                if (switched)
                {
                    foreach (int side in (ReadOnlySpan<int>)[1, 0])
                    {
                        var moved = row.ToArray();
                        moved[j] = side;
                        double eta = PredictorOf(moved, offset), sign = side == 1 ? weight : -weight;
                        effect += sign * _link.Probability(eta);
                        LinearAlgebra.AddScaled(sign * _link.Density(eta), moved, gradient);
                    }
                    return;
                }
                double predictor = PredictorOf(row, offset), density = _link.Density(predictor);
                effect += weight * density * Estimates[j];
                LinearAlgebra.AddScaled(weight * _link.DensitySlope(predictor) * Estimates[j], row, gradient);
                gradient[j] += weight * density;
            }
            if (at == EffectsAt.TheMean)
                Take(mean, meanOffset / total, 1);
            else
                for (int i = 0; i < n; i++)
                    Take(Frame.Design[i], Frame.OffsetAt(i), Frame.Weight(i) / total);
            double error = Math.Sqrt(Inference.Covariance.Quadratic(gradient));
            effects.Add(new(Names[j], effect, error, effect / error, Normal.TwoSided(effect / error)));
        }
        return effects;
    }

    bool IsZeroOne(int column)
    {
        for (int i = 0; i < Frame.Design.Rows; i++)
            if (Frame.Design[i][column] is not (0 or 1))
                return false;
        return true;
    }

    /// <summary>The dose that a share of subjects responds to: LD50 at 0.5.</summary>
    /// <param name="slope">The column of the dose.</param>
    /// <param name="probability">The share.</param>
    /// <param name="intercepts">The columns whose coefficients add up to the constant, such as the intercept and a group; the intercept alone when null.</param>
    /// <param name="level">The confidence level.</param>
    public EffectiveDose EffectiveDose(int slope, double probability = 0.5, IReadOnlyList<int>? intercepts = null, double level = 0.95)
    {
        Throw.IfNotLevel(probability);
        intercepts ??= [Frame.Design.Intercept];
        int p = Names.Count;
        double[] constant = new double[p], rate = new double[p];
        foreach (int j in intercepts)
            constant[j] = 1;
        rate[slope] = 1;
        double eta = _link.Predictor(probability), a = LinearAlgebra.Dot(constant, [.. Estimates]), b = Estimates[slope], dose = (eta - a) / b;
        var v = Inference.Covariance;
        double vaa = v.Quadratic(constant), vbb = v[slope, slope], vab = LinearAlgebra.Dot(v.Times(rate), constant);
        double error = Math.Sqrt(vaa + 2 * dose * vab + dose * dose * vbb) / Math.Abs(b);
        double z = Normal.UpperQuantile((1 - Throw.IfNotLevel(level)) / 2);
        // Fieller: all x with (a + b·x − η)² ≤ z²·Var(a + b·x), an interval when the slope's own z exceeds the quantile.
        double g = z * z * vbb / (b * b);
        Interval? fieller = null;
        if (g < 1)
        {
            double aa = b * b - z * z * vbb, bb = b * (a - eta) - z * z * vab, cc = (a - eta) * (a - eta) - z * z * vaa;
            double root = Math.Sqrt(Math.Max(0, bb * bb - aa * cc));
            fieller = new((-bb - root) / aa, (-bb + root) / aa);
        }
        double[] Inside(double[] functional) => Inference.Map.Transpose().Times(functional);
        return new(probability, dose, error, new(dose - z * error, dose + z * error), fieller,
            Inference.ProfileRatio(Inside(constant), Inside(rate), eta, dose, error, level));
    }
}
