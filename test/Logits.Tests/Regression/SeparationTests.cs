using Logits.Optimization;
using Logits.Regression;

namespace Logits.Tests.Regression;

public class SeparationTests
{
    const int Rows = 90;

    static double Draw(int i, int j) => Logits.Randomness.Philox.Uniform(11, (ulong)i, (ulong)j);

    /// <summary>
    /// Two overlapping classes; where z is 1 (and only there) the third. z tells the third from both, so its part of the likelihood goes to 0 and the limits of
    /// the second class are those of a binomial fit to the rows of the first two.
    /// </summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1e8, 1e-8)]
    public void OfSoftmaxLeavesTheFitOfTheClassesThatOverlap(double unit, double other)
    {
        double[] x = new double[Rows * 3];
        var y = new int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            bool third = i % 3 == 0;
            (x[i * 3], x[i * 3 + 1], x[i * 3 + 2]) = (4 * unit * Draw(i, 0), other * Draw(i, 1), third ? 1 : 0);
            y[i] = third ? 2 : 2 * Draw(i, 0) + Draw(i, 3) > 1.4 ? 1 : 0;
        }
        var fit = new Multinomial().Fit(new(DesignMatrix.From(x, 3, ["a", "b", "z"]), Response.Classes(y, ["one", "two", "three"])));
        int[] kept = [.. Enumerable.Range(0, Rows).Where(i => y[i] < 2)];
        var two = new Binomial().Fit(new(DesignMatrix.From([.. kept.SelectMany(i => x[(i * 3)..(i * 3 + 2)])], 2), Response.Binary([.. kept.Select(i => (double)y[i])])));
        Assert.Equal(SeparationStatus.QuasiComplete, fit.Separation.Status);
        for (int j = 0; j < 3; j++)
            Assert.Equal(two.Estimates[j], fit.Estimates[j], 1e-10 * Math.Abs(two.Estimates[j]));
        Assert.Equal(double.NaN, fit.Estimates[3]);                              // two~z: no row of the first two classes tells
        Assert.Equal(double.PositiveInfinity, fit.Estimates[7]);                 // three~z
        Assert.Equal(two.LogLikelihood, fit.LogLikelihood, 1e-10);
        Assert.Equal(two.StandardError(1), fit.StandardError(1), 1e-8 * two.StandardError(1));
        Assert.Equal(Proof.Global, fit.Certificate.Proof);
        Assert.InRange(fit.Certificate.CoefficientBounds[1], 0, 1e-9 * Math.Abs(fit.Estimates[1]));
        Assert.True(double.IsNaN(fit.Certificate.CoefficientBounds[7]));
    }

    public static TheoryData<string> Links => [.. Link.All.Select(link => link.Name)];

    /// <summary>The highest class is told apart by z; the thresholds below it and the slope of x are those of the fit without it.</summary>
    [Theory, MemberData(nameof(Links))]
    public void OfOrderedClassesLeavesTheFitOfTheOthers(string link)
    {
        double[] x = new double[Rows * 2];
        var y = new int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            bool top = i % 4 == 0;
            (x[i * 2], x[i * 2 + 1]) = (4 * Draw(i, 0), top ? 1 : 0);
            double score = 2 * Draw(i, 0) + 3 * Draw(i, 3);
            y[i] = top ? 3 : score < 1.8 ? 0 : score < 3 ? 1 : 2;
        }
        var fit = new Ordinal(Link.Named(link)).Fit(new(DesignMatrix.From(x, 2, ["x", "z"]), Response.Classes(y, ["a", "b", "c", "d"])));
        int[] kept = [.. Enumerable.Range(0, Rows).Where(i => y[i] < 3)];
        var rest = new Ordinal(Link.Named(link)).Fit(new(DesignMatrix.From([.. kept.Select(i => x[i * 2])], 1), Response.Classes([.. kept.Select(i => y[i])], ["a", "b", "c"])));
        Assert.Equal(SeparationStatus.QuasiComplete, fit.Separation.Status);
        Assert.Equal([CoefficientDirection.Finite, CoefficientDirection.PlusInfinity, CoefficientDirection.Finite, CoefficientDirection.Finite, CoefficientDirection.PlusInfinity], fit.Separation.Directions);
        Assert.Equal(rest.Estimates[0], fit.Estimates[0], 1e-9);
        Assert.Equal(rest.Estimates[1], fit.Estimates[2], 1e-9);
        Assert.Equal(rest.Estimates[2], fit.Estimates[3], 1e-9);
        Assert.Equal(rest.LogLikelihood, fit.LogLikelihood, 1e-10);
        Assert.Equal(link == "cauchit" ? Proof.Local : Proof.Global, fit.Certificate.Proof);
    }

    [Fact]
    public void OfMatchedSetsLeavesTheControlsThatCompete()
    {
        double[] x = new double[Rows * 2], y = new double[Rows];
        for (int i = 0; i < Rows; i++)
        {
            y[i] = i % 3 == 0 ? 1 : 0;
            (x[i * 2], x[i * 2 + 1]) = (Draw(i, 0) + 0.3 * y[i], i % 3 == 2 ? 0 : 1);     // of the three the last has z = 0: no rival
        }
        int[] sets = [.. Enumerable.Range(0, Rows).Select(i => i / 3)];
        var fit = new ConditionalLogit().Fit(new(DesignMatrix.From(x, 2, ["x", "z"], intercept: false), Response.Binary(y)) { Strata = sets });
        int[] kept = [.. Enumerable.Range(0, Rows).Where(i => i % 3 != 2)];
        var rest = new ConditionalLogit().Fit(new(DesignMatrix.From([.. kept.Select(i => x[i * 2])], 1, intercept: false), Response.Binary([.. kept.Select(i => y[i])])) { Strata = [.. kept.Select(i => sets[i])] });
        Assert.Equal([CoefficientDirection.Finite, CoefficientDirection.PlusInfinity], fit.Separation.Directions);
        Assert.Equal(rest.Estimates[0], fit.Estimates[0], 1e-10);
        Assert.Equal(rest.LogLikelihood, fit.LogLikelihood, 1e-11);
        Assert.True(fit.Certificate.IsProven);
    }

    /// <summary>Where every row is told apart.</summary>
    [Fact]
    public void OfEveryRowLeavesNothing()
    {
        double[] x = [.. Enumerable.Range(0, 30).Select(i => (double)i)];
        int[] y = [.. Enumerable.Range(0, 30).Select(i => i / 10)];
        var design = DesignMatrix.From(x, 1);
        foreach (RegressionModel model in (RegressionModel[])[new Multinomial(), new Multinomial(ClassCoding.Symmetric), new Ordinal(), new Ordinal(Link.Probit), new Binomial(), new Binomial(Link.Cauchit)])
        {
            var response = model is Binomial ? Response.Binary([.. y.Select(v => v > 0 ? 1.0 : 0)]) : Response.Classes(y);
            var fit = (LikelihoodFit)model.Fit(new(design, response));
            Assert.Equal(SeparationStatus.Complete, fit.Separation.Status);
            Assert.Equal(0, fit.LogLikelihood);
            Assert.DoesNotContain(CoefficientDirection.Finite, model is Ordinal ? fit.Separation.Directions.Take(1) : fit.Separation.Directions);
            Assert.Equal(Proof.Global, fit.Certificate.Proof);
            Assert.Contains("supremum (proven)", fit.ToString());
        }
    }

    /// <summary>The likelihood itself, far out along the direction from the limit, comes up to the supremum, and nothing exceeds it.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void GivesTheSupremumOfTheLikelihood(string name)
    {
        var model = EveryModel.Named(name);
        int separated = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            var frame = Few(model, seed);
            var fit = (LikelihoodFit)model.Fit(frame);
            if (fit.Separation.Status == SeparationStatus.None)
                continue;
            separated++;
            Assert.True(fit.Certificate.IsProven);
            var (whole, limit) = (fit.FittedForTests, fit.LimitForTests!);
            Assert.InRange(whole.Best.Value, double.NegativeInfinity, fit.LogLikelihood + 1e-12);
            bool slow = model is Ordinal { Link.Name: "cauchit" };                     // heavy tails: the limit is far
            Assert.InRange(fit.LogLikelihood - whole.Best.Value, 0, slow ? 1e-3 : 1e-6);   // where Newton's method came to
            for (int j = 0; j < fit.Names.Count && !slow; j++)
                if (fit.Separation.Directions[j] == CoefficientDirection.Finite)
                    Assert.Equal(whole.Estimates[j], fit.Estimates[j], 1e-2);
            for (int k = 0; k < 60; k++)
            {
                double[] point = [.. whole.Best.Point.Select((b, j) => b + 3 * (Draw(1000 * seed + k, 50 + j) - 0.5))];
                Assert.InRange(whole.Likelihood.Evaluate(point, new double[point.Length], null), double.NegativeInfinity, fit.LogLikelihood);
            }
        }
        Assert.True(separated >= 3, $"{separated} separated sets");
    }

    public static TheoryData<string> Kinds => [.. EveryModel.Models().Where(model => model is Multinomial or Ordinal or ConditionalLogit).Select(model => model.ToString())];

    static ModelFrame Few(RegressionModel model, int seed)
    {
        const int n = 18;
        var x = new double[n * 3];
        for (int i = 0; i < x.Length; i++)
            x[i] = i % 3 == 2 ? (Draw(seed * 100 + i, 30) > 0.6 ? 1 : 0) : Math.Round(3 * Draw(seed * 100 + i, 30));
        int[] y = [.. Enumerable.Range(0, n).Select(i => i < 3 ? i : (int)Math.Clamp(x[i * 3] + x[i * 3 + 2] + 1.4 * (Draw(seed * 100 + i, 31) - 0.5), 0, 2))];
        if (model is ConditionalLogit)
            return new(DesignMatrix.From(x, 3, intercept: false), Response.Binary([.. Enumerable.Range(0, n).Select(i => i % 3 == 0 ? 1.0 : 0)])) { Strata = [.. Enumerable.Range(0, n).Select(i => i / 3)] };
        return new(DesignMatrix.From(x, 3, intercept: model is not Ordinal), Response.Classes(y, ["low", "mid", "high"]));
    }

    /// <summary>The direction is a proof: no row's likelihood falls along it, and those of the separated rows rise.</summary>
    [Fact]
    public void GivesADirectionThatAnyoneCanCheck()
    {
        var table = DataTable.ReadCsv(Repository.Path("test", "conformance", "logistic", "data", "endometrial.csv"));
        var fit = (BinomialFit)new Binomial().Fit("HG ~ NV + PI + EH", table);
        var (successes, _) = fit.Frame.Response.AsCounts();
        double[] direction = [.. fit.Separation.Direction];
        for (int i = 0; i < fit.Frame.Design.Rows; i++)
        {
            double rise = LinearAlgebra.Dot(fit.Frame.Design[i], direction) * (successes[i] == 1 ? 1 : -1);
            Assert.InRange(rise, fit.Separation.SeparatedRows.Contains(i) ? 0.1 : -1e-9, 10);
        }
    }
}
