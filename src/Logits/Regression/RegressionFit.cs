using System.Globalization;
using System.Text;
using Logits.Distributions;

namespace Logits.Regression;

/// <summary>A fitted model: estimates and how far to trust them. Immutable and shareable.</summary>
public abstract class RegressionFit
{
    private protected RegressionFit(RegressionModel model, ModelFrame frame, IReadOnlyList<string> names, IReadOnlyList<double> estimates)
    {
        (Model, Frame, Names, Estimates) = (model, frame, names, estimates);
        Warnings = [];
    }

    /// <summary>What was fitted.</summary>
    public RegressionModel Model { get; }

    /// <summary>The data it was fitted to.</summary>
    public ModelFrame Frame { get; }

    /// <summary>The names of the parameters.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The parameters, in the units of the columns as they were given.</summary>
    public IReadOnlyList<double> Estimates { get; }

    /// <summary>How many Newton steps it took.</summary>
    public int Iterations { get; private protected init; }

    /// <summary>Whether the solver reached the rounding of the objective.</summary>
    public bool Converged { get; private protected init; } = true;

    /// <summary>The proof of how close the fit is to the optimum.</summary>
    public Certificate Certificate { get; private protected init; } = new(double.NaN, double.PositiveInfinity, Proof.None, []);

    /// <summary>What there is to know beside the numbers: dropped rows, separation.</summary>
    public IReadOnlyList<string> Warnings { get; private protected init; }

    /// <summary>What is left when only predictions are wanted; it can be saved.</summary>
    /// <exception cref="InvalidOperationException">Separation: some coefficients are infinite or undetermined.</exception>
    public abstract LogitModel ToModel();

    private protected LogitModel ToModel(string method, Link link, IReadOnlyList<string> columns, IReadOnlyList<string> classes, double[] means, double[] scales,
        double[] slopes, double nll, double[]? thresholds = null) => new()
        {
            Method = method,
            Link = link,
            Columns = columns,
            Classes = classes,
            Means = means,
            Scales = scales,
            Slopes = slopes,
            Thresholds = thresholds ?? [],
            Formula = Frame.PredictionFormula,
            FactorLevels = Frame.FactorLevels,
            Rows = Frame.Design.Rows,
            NegativeLogLikelihood = nll,
        };

    /// <summary>The parameter's class, in multinomial models.</summary>
    private protected virtual string? LevelOf(int parameter) => null;

    private protected virtual string NameOf(int parameter) => Names[parameter];
}

/// <summary>A fit by maximum likelihood: covariance, tests and intervals follow from the likelihood.</summary>
public abstract class LikelihoodFit : RegressionFit
{
    private protected readonly FittedLikelihood? Fitted;
    readonly Lazy<Matrix> _covariance;

    /// <summary>The likelihood itself, for the tests of its derivatives.</summary>
    internal FittedLikelihood FittedForTests => Fitted!;

    /// <summary>The likelihood that is left in the limit of separation, for the tests of it.</summary>
    internal FittedLikelihood? LimitForTests { get; }

    /// <param name="model">The model.</param>
    /// <param name="frame">The data.</param>
    /// <param name="names">The parameters.</param>
    /// <param name="fitted">The likelihood at its maximum, or where the solver stopped.</param>
    /// <param name="separation">What separation says, when it was found.</param>
    /// <param name="limit">With separation: the likelihood that is left in the limit, at its maximum.</param>
    private protected LikelihoodFit(RegressionModel model, ModelFrame frame, IReadOnlyList<string> names, FittedLikelihood fitted, Separation? separation, FittedLikelihood? limit = null)
        : this(model, frame, names, limit ?? fitted, separation, limit is null ? null : Limit.Estimates(separation!, limit), limit is null ? null : () => Limit.Covariance(separation!, limit),
            limit is null ? null : Limit.Bounds(separation!, limit)) =>
        (Fitted, LimitForTests) = (fitted, limit);

    /// <param name="model">The model.</param>
    /// <param name="frame">The data.</param>
    /// <param name="names">The parameters.</param>
    /// <param name="best">The likelihood at its maximum, of what stays finite under separation; null when separation leaves nothing.</param>
    /// <param name="separation">What separation says, when it was found.</param>
    /// <param name="estimates">The estimates when separation made some infinite.</param>
    /// <param name="covariance">The covariance when separation made some infinite.</param>
    /// <param name="bounds">The certificate's bounds of the estimates when separation made some infinite.</param>
    private protected LikelihoodFit(RegressionModel model, ModelFrame frame, IReadOnlyList<string> names, FittedLikelihood? best,
        Separation? separation, double[]? estimates, Func<Matrix>? covariance, double[]? bounds)
        : base(model, frame, names, estimates ?? best!.Estimates)
    {
        Fitted = best;
        Separation = separation ?? Separation.None(names);
        _covariance = new(covariance ?? best!.CovarianceOrNone);
        Iterations = best?.Best.Iterations ?? 0;
        Converged = best?.Best.Converged ?? true;
        // Where every row is told apart the supremum is 0, and nothing is left to be wrong about.
        Certificate = best?.Certificate ?? new(0, 0, Proof.Global, []);
        if (bounds is not null)
            Certificate = Certificate with { CoefficientBounds = bounds };
        var warnings = new List<string>();
        if (frame.RowsDropped > 0)
            warnings.Add($"{frame.RowsDropped} rows with missing cells were dropped.");
        if (Separation.Status != SeparationStatus.None)
            warnings.Add(Separation.Message);
        else if (!Converged)
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"the solver stopped after {Iterations} steps with a Newton decrement of {Certificate.Decrement:G3}."));
        if (Certificate.Obstacle is { } obstacle)
            warnings.Add($"the estimates could not be proven to be those of a maximum: {obstacle}.");
        Warnings = warnings;
    }

    /// <summary>Whether a combination of predictors tells the outcomes apart, so that estimates run off to infinity.</summary>
    public Separation Separation { get; }

    /// <summary>The covariance of the estimates: the inverse of the expected information. NaN where separation, or a singular information, leaves none.</summary>
    public Matrix Covariance => _covariance.Value;

    /// <summary>The covariance from the observed information; the same for canonical links.</summary>
    public Matrix ObservedCovariance => Inference.ObservedCovariance;

    /// <summary>The log-likelihood at the estimates (its supremum, under separation), with its constants.</summary>
    public double LogLikelihood { get; private protected init; }

    /// <summary>The log-likelihood without predictors: constant (or thresholds) and offset alone.</summary>
    public double NullLogLikelihood { get; private protected init; }

    /// <summary>Twice the distance to the saturated model.</summary>
    public double Deviance { get; private protected init; }

    /// <summary>The deviance of the model without predictors.</summary>
    public double NullDeviance { get; private protected init; }

    /// <summary>Rows of positive weight.</summary>
    public int Observations { get; private protected init; }

    /// <summary>Σ weights.</summary>
    public double SumOfWeights { get; private protected init; }

    /// <summary>Rows of positive weight less parameters.</summary>
    public int ResidualDegrees => Observations - Names.Count;

    /// <summary>Akaike's criterion, 2P − 2ℓ.</summary>
    public double Aic => 2 * Names.Count - 2 * LogLikelihood;

    /// <summary>The Bayesian criterion that counts rows: P log n − 2ℓ.</summary>
    public double BicRows => Names.Count * Math.Log(Observations) - 2 * LogLikelihood;

    /// <summary>The Bayesian criterion that counts weights: P log Σw − 2ℓ.</summary>
    public double BicSumOfWeights => Names.Count * Math.Log(SumOfWeights) - 2 * LogLikelihood;

    /// <summary>McFadden's 1 − ℓ/ℓ₀, constants left out.</summary>
    public virtual double McFadden => 1 - LogLikelihood / NullLogLikelihood;

    /// <summary>Whether exp(estimate) is an odds ratio (or, in matched sets, a relative risk).</summary>
    public abstract bool HasOddsRatios { get; }

    private protected FittedLikelihood Inference => Separation.Status == SeparationStatus.None && Fitted is not null ? Fitted
        : throw new InvalidOperationException($"the likelihood has no maximum: {Separation.Message}");

    /// <summary>The coordinates of the solver that belong to a term.</summary>
    private protected abstract bool[] CoordinatesOf(DesignTerm term);

    /// <summary>The coordinates of the solver that the null model holds at 0.</summary>
    private protected abstract bool[] Slopes { get; }

    private protected abstract IReadOnlyList<DesignTerm> Terms { get; }

    private protected double NullValue(FittedLikelihood fitted) => fitted.Restrict(Slopes).Value;

    /// <summary>2(ℓ − ℓ₀) against the model without predictors.</summary>
    public HypothesisTest LikelihoodRatioTest()
    {
        var restricted = Inference.Restrict(Slopes);
        return Inference.LikelihoodRatio(restricted, Slopes.Count(slope => slope));
    }

    /// <summary>Rao's score test of the model without predictors; expected information.</summary>
    public HypothesisTest ScoreTest() => Inference.Score(Inference.Restrict(Slopes), Slopes.Count(slope => slope));

    /// <summary>Wald's test that all slopes are 0.</summary>
    public HypothesisTest WaldTest() => Inference.Wald(Slopes);

    /// <summary>Tests leaving out each term that no interaction contains.</summary>
    public IReadOnlyList<TermTest> DropOne()
    {
        var tests = new List<TermTest>();
        foreach (var term in Terms)
        {
            if (Terms.Any(other => other != term && term.IsMarginalTo(other)))
                continue;
            var coordinates = CoordinatesOf(term);
            int degrees = coordinates.Count(c => c);
            var restricted = Inference.Restrict(coordinates);
            tests.Add(new(term.Name, Inference.LikelihoodRatio(restricted, degrees), Inference.Score(restricted, degrees), Inference.Wald(coordinates)));
        }
        return tests;
    }

    /// <summary>The standard error of a parameter.</summary>
    public double StandardError(int parameter) => Math.Sqrt(Covariance[parameter, parameter]);

    /// <summary>Estimate ± z·standard error.</summary>
    public Interval WaldInterval(int parameter, double level = 0.95)
    {
        double reach = Normal.UpperQuantile((1 - Throw.IfNotLevel(level)) / 2) * StandardError(parameter);
        return new(Estimates[parameter] - reach, Estimates[parameter] + reach);
    }

    /// <summary>The profile-likelihood interval, solved for to the rounding of the likelihood.</summary>
    /// <exception cref="InvalidOperationException">Separation: the likelihood has no maximum to fall from.</exception>
    public Interval ProfileInterval(int parameter, double level = 0.95) =>
        Inference.Profile(Inference.Functional(parameter), Throw.IfNotLevel(level));

    /// <summary>The coefficient table.</summary>
    /// <param name="level">The confidence level.</param>
    /// <param name="kind">Wald or profile bounds; under separation Wald bounds are given, for the finite coefficients only.</param>
    public IReadOnlyList<Coefficient> Coefficients(double level = 0.95, IntervalKind kind = IntervalKind.Wald)
    {
        Throw.IfNotLevel(level);
        var table = new Coefficient[Names.Count];
        for (int j = 0; j < table.Length; j++)
        {
            double estimate = Estimates[j], error = StandardError(j), z = estimate / error;
            var bounds = kind == IntervalKind.Profile && Separation.Status == SeparationStatus.None ? ProfileInterval(j, level) : WaldInterval(j, level);
            bool ratio = HasOddsRatios && IsSlopeOrIntercept(j);
            table[j] = new(NameOf(j), LevelOf(j), estimate, error, z, Normal.TwoSided(z), bounds,
                ratio ? Math.Exp(estimate) : double.NaN, ratio ? bounds.Map(Math.Exp) : new(double.NaN, double.NaN));
        }
        return table;
    }

    private protected virtual bool IsSlopeOrIntercept(int parameter) => true;

    /// <summary>The table as R users expect it.</summary>
    public override string ToString() => Print();

    /// <summary>The printed summary: call, coefficient table, fit statistics, warnings.</summary>
    public string Print(double level = 0.95, IntervalKind kind = IntervalKind.Wald)
    {
        var coefficients = Coefficients(level, kind);
        string bounds = $"{level * 100:G4}% {(kind == IntervalKind.Profile ? "profile" : "Wald")} interval";
        var rows = coefficients.Select((c, j) => new[]
        {
            Names[j], Short(c.Estimate), Short(c.StandardError), double.IsFinite(c.Z) ? c.Z.ToString("F3", CultureInfo.InvariantCulture) : "", PValue(c.P),
            $"{Short(c.Bounds.Low)}", $"{Short(c.Bounds.High)}", double.IsNaN(c.OddsRatio) ? "" : Short(c.OddsRatio), Stars(c.P),
        }).ToList();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Model.Family}: {Frame.Formula?.Text ?? Frame.Response.Name}\n\n");
        string[] head = ["", "Estimate", "Std. Error", "z value", "Pr(>|z|)", bounds, "", HasOddsRatios ? "Odds ratio" : "", ""];
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(k => Math.Max(k is 5 or 6 ? 0 : head[k].Length, rows.Max(row => row[k].Length)))];
        int both = Math.Max(bounds.Length, widths[5] + 2 + widths[6]);
        widths[5] = both - 2 - widths[6];
        for (int k = 0; k < head.Length; k++)
            text.Append(k == 0 ? head[k].PadRight(widths[k]) : k == 5 ? "  " + head[k].PadLeft(both) : k == 6 ? "" : k == 7 && widths[7] == 0 ? "" : "  " + head[k].PadLeft(widths[k]));
        text.Append('\n');
        foreach (var row in rows)
        {
            var line = new StringBuilder();
            for (int k = 0; k < row.Length; k++)
                line.Append(k == 0 ? row[k].PadRight(widths[k]) : k == 8 ? " " + row[k] : k == 7 && widths[7] == 0 ? "" : "  " + row[k].PadLeft(widths[k]));
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
        text.Append("---\nSignif. codes: 0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Null deviance:     {NullDeviance:G7}\nResidual deviance: {Deviance:G7}  on {ResidualDegrees} degrees of freedom\n");
        text.Append(CultureInfo.InvariantCulture, $"Log-likelihood: {LogLikelihood:G8}   AIC: {Aic:G7}   BIC: {BicRows:G7}   McFadden R2: {McFadden:G4}\n");
        text.Append(CultureInfo.InvariantCulture, $"{Observations} rows, {Iterations} Newton steps, {Certificate.Words("log-likelihood", Separation.Status == SeparationStatus.None ? "maximum" : "supremum")}\n");
        foreach (string warning in Warnings)
            text.Append(CultureInfo.InvariantCulture, $"Note: {warning}\n");
        return text.ToString();
    }

    static string Short(double value) => double.IsNaN(value) ? "NA" : double.IsInfinity(value) ? (value > 0 ? "+Inf" : "-Inf")
        : Math.Abs(value) is >= 1e-3 and < 1e5 ? value.ToString(Math.Abs(value) >= 100 ? "F2" : Math.Abs(value) >= 10 ? "F3" : "F5", CultureInfo.InvariantCulture)
        : value == 0 ? "0" : value.ToString("0.###e+00", CultureInfo.InvariantCulture);

    static string PValue(double p) => double.IsNaN(p) ? "" : p >= 1e-4 ? p.ToString("F5", CultureInfo.InvariantCulture) : p.ToString("0.##e+00", CultureInfo.InvariantCulture);

    static string Stars(double p) => p switch { < 0.001 => "***", < 0.01 => "**", < 0.05 => "*", < 0.1 => ".", _ => "" };
}
