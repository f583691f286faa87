using Logits.Formats;
using Logits.Optimization;
using Logits.Regression;

namespace Logits.Tests.Regression;

/// <summary>What is true of every model, whatever it fits. New models are found by reflection.</summary>
public class EveryModel
{
    /// <summary>A model of every kind that reflection finds, with each choice of its constructor that has a list of values.</summary>
    internal static IEnumerable<RegressionModel> Models()
    {
        foreach (var type in typeof(RegressionModel).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(RegressionModel)) && !t.IsAbstract).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First(c => c.GetParameters() is not [var only] || only.ParameterType != type);
            IEnumerable<object?[]> arguments = [[]];
            foreach (var parameter in constructor.GetParameters())
            {
                object?[] choices = parameter.ParameterType == typeof(Link) ? [.. Link.All]
                    : parameter.ParameterType == typeof(Penalty) ? [new Ridge(0.05), new Lasso(0.02), new ElasticNet(0.03, 0.5) { Standardize = true }]
                    : parameter.ParameterType.IsEnum ? [.. Enum.GetValues(parameter.ParameterType).Cast<object>()]
                    : throw new NotSupportedException($"{type.Name} takes a {parameter.ParameterType.Name}; tell EveryModel what to give it.");
                arguments = [.. arguments.SelectMany(head => choices.Select(choice => (object?[])[.. head, choice]))];
            }
            foreach (var list in arguments)
                yield return (RegressionModel)constructor.Invoke(list);
        }
    }

    public static TheoryData<string> Names => [.. Models().Select(model => model.ToString())];

    internal static RegressionModel Named(string name) => Models().First(model => model.ToString() == name);

    internal static double Draw(int i, int j) => Logits.Randomness.Philox.Uniform(7, (ulong)i, (ulong)j);

    /// <summary>Sixty rows with three predictors, in 20 sets of three, that overlap.</summary>
    internal static ModelFrame Frame(RegressionModel model, double[]? units = null, int[]? order = null, double[]? weights = null, double[]? shifts = null)
    {
        const int n = 60;
        bool classes = model.Family.StartsWith("multinomial", StringComparison.Ordinal) || model.Family == "ordinal", sets = model.Family == "conditional";
        int[] rows = order ?? [.. Enumerable.Range(0, n)];
        var x = new double[rows.Length * 3];
        var y = new int[rows.Length];
        for (int r = 0; r < rows.Length; r++)
        {
            int i = rows[r];
            for (int j = 0; j < 3; j++)
                x[r * 3 + j] = ((j == 2 ? (Draw(i, j) > 0.5 ? 1 : 0) : Math.Round(4 * Draw(i, j), 2)) + (shifts is null ? 0 : shifts[j])) * (units is null ? 1 : units[j]);
            double score = 2 * Draw(i, 0) - 1.5 * Draw(i, 1) + 2.4 * (Draw(i, 9) - 0.5);
            y[r] = classes ? (score < -0.4 ? 0 : score < 0.6 ? 1 : 2) : score > 0.2 ? 1 : 0;
        }
        if (sets)
            for (int r = 0; r < rows.Length; r++)
            {
                int first = rows[r] / 3 * 3;
                y[r] = rows[r] - first == (int)(3 * Draw(first, 8)) ? 1 : 0;
            }
        bool own = model.Family is "ordinal" or "conditional";
        return new(DesignMatrix.From(x, 3, ["a", "b", "c"], intercept: !own),
            classes ? Response.Classes(y, ["low", "mid", "high"]) : Response.Binary([.. y.Select(v => (double)v)]))
        {
            Weights = weights,
            Strata = sets ? [.. rows.Select(i => i / 3)] : null,
        };
    }

    static void AssertNear(IReadOnlyList<double> expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Length);
        double size = expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(1).Max();
        for (int j = 0; j < expected.Count; j++)
            Assert.True(Math.Abs(expected[j] - actual[j]) <= tolerance * Math.Max(Math.Abs(expected[j]), 1e-3 * size), $"[{j}] expected {expected[j]:R}, got {actual[j]:R}");
    }

    [Theory, MemberData(nameof(Names))]
    public void DoesNotCareAboutUnits(string name)
    {
        var model = Named(name);
        // A penalty on coefficients in their own units is about units by its nature.
        if (model is PenalizedLogit { Penalty.Standardize: false } or PenalizedMultinomial { Penalty.Standardize: false })
            return;
        double[] units = [1e8, 1e-8, 1];
        var plain = model.Fit(Frame(model));
        var scaled = model.Fit(Frame(model, units));
        int p = plain.Frame.Design.Columns;
        double[] back = [.. scaled.Estimates.Select((b, j) =>
        {
            string column = scaled.Names[j].Split('~')[^1];
            return column switch { "a" => b * units[0], "b" => b * units[1], _ => b };
        })];
        AssertNear(plain.Estimates, back, 1e-9);
    }

    [Theory, MemberData(nameof(Names))]
    public void GivesTheSameBitsForAnyOrderOfRows(string name)
    {
        var model = Named(name);
        int[] order = [.. Enumerable.Range(0, 60).OrderBy(i => Draw(i, 20))];
        Assert.Equal(model.Fit(Frame(model)).Estimates, model.Fit(Frame(model, order: order)).Estimates);
    }

    [Theory, MemberData(nameof(Names))]
    public void TakesAWeightOfTwoForTwoRows(string name)
    {
        var model = Named(name);
        if (model is ConditionalLogit)
        {
            Assert.Contains("takes no row weights", Assert.Throws<ArgumentException>(() => model.Fit(Frame(model, weights: [.. Enumerable.Repeat(2.0, 60)]))).Message);
            return;
        }
        double[] weights = [.. Enumerable.Range(0, 60).Select(i => i % 4 == 0 ? 2.0 : i % 7 == 0 ? 0 : 1)];
        int[] repeated = [.. Enumerable.Range(0, 60).SelectMany(i => Enumerable.Repeat(i, (int)weights[i]))];
        Assert.Equal(model.Fit(Frame(model, order: repeated)).Estimates, model.Fit(Frame(model, weights: weights)).Estimates);
    }

    [Theory, MemberData(nameof(Names))]
    public void PredictsTheSameBitsAfterSavingAndLoading(string name)
    {
        var model = Named(name);
        var fit = model.Fit(Frame(model));
        var before = fit.ToModel();
        var after = ModelFile.FromUtf8(ModelFile.ToUtf8(before), "model.json");
        double[] row = [.. before.Columns.Select((column, j) => column == "(Intercept)" ? 1 : 0.3 + j)];
        Assert.Equal(before.Scores(row), after.Scores(row));
        if (model is not ConditionalLogit)
        {
            Assert.Equal(before.Probabilities(row), after.Probabilities(row));
            Assert.Equal(1, after.Probabilities(row).Sum(), 12);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void NamesTheColumnThatIsAlwaysTheSame(string name)
    {
        var model = Named(name);
        var frame = Frame(model);
        int p = frame.Design.Columns, first = frame.Design.Intercept + 1;
        double[] constant = frame.Design.Values.ToArray();
        for (int i = 0; i < frame.Design.Rows; i++)
            constant[i * p + first] = 5;
        ModelFrame changed = new(new(constant, frame.Design.Rows, frame.Design.Names, null, frame.Design.Intercept), frame.Response) { Strata = frame.Strata };
        if (model is PenalizedLogit or PenalizedMultinomial)
            Assert.Equal(0, model.Fit(changed).Estimates[first]);
        else
            Assert.Equal("a", Assert.Throws<RankDeficientException>(() => model.Fit(changed)).Column);
    }

    [Theory, MemberData(nameof(Names))]
    public void NamesTheColumnThatIsACombinationOfOthers(string name)
    {
        var model = Named(name);
        var frame = Frame(model);
        int p = frame.Design.Columns, last = p - 1;
        double[] data = frame.Design.Values.ToArray();
        for (int i = 0; i < frame.Design.Rows; i++)
            data[i * p + last] = 2 * data[i * p + last - 1] - 3 * data[i * p + last - 2];
        ModelFrame changed = new(new(data, frame.Design.Rows, frame.Design.Names, null, frame.Design.Intercept), frame.Response) { Strata = frame.Strata };
        if (model is PenalizedLogit or PenalizedMultinomial)
            Assert.All(model.Fit(changed).Estimates, b => Assert.True(double.IsFinite(b)));
        else
            Assert.Contains("is a linear combination of a, b", Assert.Throws<RankDeficientException>(() => model.Fit(changed)).Message);
    }

    static ModelFrame First(RegressionModel model, int rows)
    {
        var frame = Frame(model);
        int[] kept = [.. Enumerable.Range(0, rows)];
        return new(frame.Design.Select(kept, [.. Enumerable.Range(0, frame.Design.Columns)]), frame.Response.Select(kept)) { Strata = frame.Strata is null ? null : [.. kept.Select(i => i / 3)] };
    }

    /// <summary>More columns than rows.</summary>
    static ModelFrame Wide(RegressionModel model)
    {
        const int n = 12, p = 20;
        var few = First(model, n);
        return new(DesignMatrix.From([.. Enumerable.Range(0, n * p).Select(i => Draw(i, 77))], p, intercept: few.Design.Intercept >= 0), few.Response) { Strata = few.Strata };
    }

    static bool IsOfClasses(RegressionModel model) => model.Family.StartsWith("multinomial", StringComparison.Ordinal) || model.Family == "ordinal";

    static ModelFrame OneClass(RegressionModel model)
    {
        var frame = Frame(model);
        return new(frame.Design, IsOfClasses(model) ? Response.Classes(new int[60], ["low", "mid", "high"]) : Response.Binary(new double[60])) { Strata = frame.Strata };
    }

    static ModelFrame OneLevel(RegressionModel model)
    {
        var frame = Frame(model);
        return new(frame.Design, Response.Classes(new int[60])) { Strata = frame.Strata };
    }

    static ModelFrame Measured(RegressionModel model)
    {
        var frame = Frame(model);
        return new(frame.Design, Response.Binary([.. Enumerable.Range(0, 60).Select(i => i == 7 ? double.NaN : i % 2)])) { Strata = frame.Strata };
    }

    /// <summary>What may go wrong, and what a message must say then: the thing at fault, and after it the way out.</summary>
    static readonly (string Name, Func<RegressionModel, ModelFrame> Make, string Says)[] Troubles =
    [
        ("one row", model => First(model, 1), "every response is 1;.* add rows|every row of y is high;.* Add rows|column a is 3.71 in the only row that counts.* Leave it out|among 1 set of 1 rows.* add rows"),
        ("two rows", model => First(model, 2), "every response is 1;.* add rows|every row of y is high;.* Add rows|column b is a linear combination of a: 2 distinct rows cannot tell [34] coefficients apart. Leave columns out"),
        ("three rows", model => First(model, 3), "every response is 1;.* add rows|level low of y never occurs.* Leave the level out|column c is a linear combination of a, b: 3 distinct rows cannot tell [34] coefficients apart. Leave columns out|column c is a linear combination of a, b: its effect cannot be told from theirs. Leave it out"),
        ("more columns than rows", Wide, "column x[0-9]+ is a linear combination of x1, x2, .*: 12 distinct rows cannot tell 2[01] coefficients apart. Leave columns out, or fit with a penalty"),
        ("one class", OneClass, "every response is 0;.* add rows of the other outcome, or use new Firth|every row of y is low;.* Add rows|among 20 sets of 60 rows.* Check the column of the sets"),
        ("one level", OneLevel, "every row of y is 0;.* Add rows|y has only the level 0;.* Add rows"),
        ("huge values", model => Frame(model, [1e200, 1, 1]), "column a reaches 3.92E\\+200: .* Multiply it by a power of ten"),
        ("tiny values", model => Frame(model, [1, 1e-200, 1]), "column b reaches 3.84E-200: .* Multiply it by a power of ten"),
        ("a response that is NaN", Measured, "y\\[7\\] is NaN;"),
    ];

    public static TheoryData<string, string> NamesAndTroubles => [.. Models().SelectMany(model => Troubles.Select(trouble => (model.ToString(), trouble.Name)))];

    [Theory, MemberData(nameof(NamesAndTroubles))]
    public void AnswersOrNamesTheCauseAndTheWayOut(string name, string trouble)
    {
        var model = Named(name);
        var (_, make, says) = Troubles.First(t => t.Name == trouble);
        // A penalty tells apart what the rows do not; Firth's likelihood has a maximum for a single class as well.
        bool answers = (trouble == "more columns than rows" && model is PenalizedLogit or PenalizedMultinomial) || (trouble == "one class" && model is Firth);
        if (!answers)
        {
            Assert.Matches(says, Assert.ThrowsAny<ArgumentException>(() => model.Fit(make(model))).Message);
            return;
        }
        var fit = model.Fit(make(model));
        Assert.All(fit.Estimates, b => Assert.True(double.IsFinite(b), $"{b}"));
        Assert.True(fit.Converged && fit.Certificate.IsProven);
    }

    /// <summary>The same answer, in its units, as long as squares are numbers.</summary>
    [Theory, MemberData(nameof(Names))]
    public void SurvivesHugeAndTinyValues(string name)
    {
        var model = Named(name);
        var plain = model.Fit(Frame(model));
        foreach (double unit in (double[])[1e150, 1e-150])
        {
            var fit = model.Fit(Frame(model, [unit, unit, unit]));
            Assert.All(fit.Estimates, b => Assert.True(double.IsFinite(b), $"{b}"));
            if (model is not (PenalizedLogit { Penalty.Standardize: false } or PenalizedMultinomial { Penalty.Standardize: false }))
                AssertNear(plain.Estimates, [.. fit.Estimates.Select((b, j) => fit.Names[j].Split('~')[^1] is "a" or "b" or "c" ? b * unit : b)], 1e-9);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void DoesNotCareAboutTheSizeOfWeights(string name)
    {
        var model = Named(name);
        if (model is ConditionalLogit or Firth)          // takes none; weighs them against the penalty
            return;
        var plain = model.Fit(Frame(model));
        foreach (double size in (double[])[1e-300, 1e-20, 1e20, 1e300])
        {
            var fit = model.Fit(Frame(model, weights: [.. Enumerable.Repeat(size, 60)]));
            AssertNear(plain.Estimates, [.. fit.Estimates], 1e-8);
            Assert.True(fit.Converged);
        }
    }

    /// <summary>Offsets that drive every probability to 0 or 1 leave nothing to be proven; the fit says so.</summary>
    [Theory, MemberData(nameof(Names))]
    public void WarnsWhereNothingCanBeProven(string name)
    {
        var model = Named(name);
        var frame = Frame(model);
        ModelFrame shifted = new(frame.Design, frame.Response) { Strata = frame.Strata, Offset = [.. Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? 1e5 : -1e5)] };
        if (model is Multinomial or PenalizedMultinomial)
        {
            Assert.Contains("takes no offset", Assert.Throws<ArgumentException>(() => model.Fit(shifted)).Message);
            return;
        }
        var fit = model.Fit(shifted);
        Assert.True(fit.Certificate.IsProven || fit.Warnings.Count > 0, fit.ToString());
    }

    [Theory, MemberData(nameof(Names))]
    public void CarriesACertificate(string name)
    {
        var model = Named(name);
        var fit = model.Fit(Frame(model));
        Assert.True(fit.Converged);
        Assert.True(fit.Certificate.IsProven);
        Assert.InRange(fit.Certificate.GapBound, 0, 1e-10);
    }

    public static TheoryData<string> Likelihoods => [.. Models().Where(model => model is not PenalizedLogit and not PenalizedMultinomial).Select(model => model.ToString())];

    [Theory, MemberData(nameof(Likelihoods))]
    public void HasGradientAndHessianOfItsLikelihood(string name)
    {
        var model = Named(name);
        var fit = (LikelihoodFit)model.Fit(Frame(model));
        var likelihood = fit.FittedForTests.Likelihood;
        int n = likelihood.Parameters;
        double[] point = [.. fit.FittedForTests.Best.Point.Select((b, j) => b + 0.1 * (Draw(j, 30) - 0.5))];
        double[] gradient = new double[n], information = new double[n * n], up = new double[n], down = new double[n];
        likelihood.Evaluate(point, gradient, information);
        const double h = 1e-5;
        for (int j = 0; j < n; j++)
        {
            double at = point[j];
            point[j] = at + h;
            double above = likelihood.Evaluate(point, up, null);
            point[j] = at - h;
            double below = likelihood.Evaluate(point, down, null);
            point[j] = at;
            Assert.Equal((above - below) / (2 * h), gradient[j], 1e-5 * (1 + Math.Abs(gradient[j])));
            for (int k = 0; k < n; k++)
                Assert.Equal(-(up[k] - down[k]) / (2 * h), information[j * n + k], 1e-5 * (1 + Math.Abs(information[j * n + k])));
        }
    }

    public static TheoryData<string> Penalized => [.. Models().Where(model => model is PenalizedLogit or PenalizedMultinomial).Select(model => model.ToString())];

    [Theory, MemberData(nameof(Penalized))]
    public void MinimizesWhatItPrints(string name)
    {
        var model = Named(name);
        var frame = Frame(model);
        var fit = (PenalizedFit)model.Fit(frame);
        double Objective(double[] b)
        {
            int p = frame.Design.Columns, scores = fit.Coefficients.Rows;
            double loss = 0;
            int[]? labels = scores == 1 ? null : frame.Response.AsClasses().Labels;
            for (int i = 0; i < frame.Design.Rows; i++)
            {
                double[] z = [.. Enumerable.Range(0, scores).Select(k => LinearAlgebra.Dot(frame.Design[i], b.AsSpan(k * p, p)))];
                if (scores == 1)
                    loss += frame.Response.AsCounts().Successes[i] == 1 ? LogMath.Softplus(-z[0]) : LogMath.Softplus(z[0]);
                else
                    loss += Math.Log(z.Sum(Math.Exp)) - z[labels![i]];
            }
            loss /= frame.Design.Rows;
            for (int k = 0; k < scores; k++)
                for (int j = 1; j < p; j++)
                {
                    double sd = 1;
                    if (fit.Penalty.Standardize)
                    {
                        double[] column = [.. Enumerable.Range(0, frame.Design.Rows).Select(i => frame.Design[i][j])];
                        double mean = column.Average();
                        sd = Math.Sqrt(column.Average(v => (v - mean) * (v - mean)));
                    }
                    double beta = b[k * p + j] * sd;
                    loss += fit.Penalty.L1 * Math.Abs(beta) + 0.5 * fit.Penalty.L2 * beta * beta;
                }
            return loss;
        }
        double[] best = [.. fit.Estimates];
        double least = Objective(best);
        Assert.Equal(fit.ObjectiveValue, least, 12);
        for (int j = 0; j < best.Length; j++)
            foreach (double move in (double[])[1e-4, -1e-4])
            {
                double[] moved = [.. best];
                moved[j] += move;
                Assert.True(Objective(moved) >= least - 1e-15);
            }
    }
}
