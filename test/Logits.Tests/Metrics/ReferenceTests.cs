using Logits.Metrics;

namespace Logits.Tests.Metrics;

/// <summary>
/// 500 rows × 7 classes made by a formula, and what NumPy, SciPy and scikit-learn say about them in their own words
/// (np.digitize, np.array_split, IsotonicRegression, dense n × n kernels, the trapezoid rule over all pairs).
/// </summary>
public class ReferenceTests
{
    static readonly double[] Scores = [.. Enumerable.Range(0, 500).SelectMany(i => Enumerable.Range(0, 7).Select(k => 3 * Math.Sin(0.7 * i + 1.3 * k + 0.01 * i * k)))];

    /// <summary>The best class, but for every third row.</summary>
    static readonly int[] Labels = [.. Enumerable.Range(0, 500).Select(i => i % 3 != 0 ? Best(i) : (i * 5 + 2) % 7)];

    static int Best(int row) => Enumerable.Range(0, 7).MaxBy(k => Scores[7 * row + k]);

    [Theory]
    [InlineData("accuracy", 0.714)]
    [InlineData("mean_confidence", 0.4833325639419699)]
    [InlineData("nll", 1.6259601685304441)]
    [InlineData("brier", 0.6294560046689128)]
    [InlineData("ece", 0.23642500022015236)]
    [InlineData("mce", 0.47232631488113824)]
    [InlineData("ace", 0.2355792193340436)]
    [InlineData("ece_equal_mass", 0.23158173527391424)]
    [InlineData("classwise_ece", 0.07006848163879335)]
    [InlineData("smooth_ece", 0.23066743605803014)]
    [InlineData("ks_error", 0.23582864330951833)]
    [InlineData("mmce", 0.20218474420590712)]
    [InlineData("spiegelhalter_z", 7.482104441668763)]
    [InlineData("spiegelhalter_p", 7.314177968875039e-14)]
    [InlineData("aurc", 0.2838964443300846)]
    public void EvaluationAgrees(string key, double expected)
    {
        double actual = Evaluation.Of(Scores.AsLogits(7), Labels).Values.Single(pair => pair.Key == key).Value;
        Assert.Equal(expected, actual, 1e-11 * expected);
    }

    [Fact]
    public void DecompositionAgrees()
    {
        var parts = Evaluation.Of(Scores.AsLogits(7), Labels).BrierDecomposition;
        Assert.Equal(0.0692799149948011, parts.Miscalibration, 1e-14);
        Assert.Equal(0.002023391644127126, parts.Discrimination, 1e-14);
        Assert.Equal(0.204204, parts.Uncertainty, 1e-14);
    }

    [Theory]
    [InlineData("kumar-debiased-l2", 0.2562873585745518)]
    [InlineData("kumar-marginal-debiased-l2", 0.07688492371780976)]
    [InlineData("kumar-debiased-l1", 0.22087376870062259)]
    [InlineData("mapie-top-label", 0.31057141471117544)]
    [InlineData("gce30", 0.24040419325659304)]
    [InlineData("fortuna", 0.23896816933999304)]
    [InlineData("canonical-tv", 0.5520497199682959)]
    [InlineData("classwise", 0.07006848163879335)]
    [InlineData("guo2017", 0.23642500022015236)]
    public void ConventionAgrees(string name, double expected) =>
        Assert.Equal(expected, CalibrationConventions.Named(name).Of(Scores.AsLogits(7), Labels), 1e-11);

    [Fact]
    public void AreaUnderTheCurveAgrees()
    {
        double[] firstClass = [.. Scores.Where((_, i) => i % 7 == 0)];
        Assert.Equal(0.8055466751918159, RocAuc.Of(firstClass, [.. Labels.Select(label => label == 0)]), 1e-14);
    }

    [Fact]
    public void TopAccuracyAgrees() => Assert.Equal(0.816, Accuracy.Top(Scores.AsLogits(7), Labels, 3), 1e-15);

    /// <summary>500 yes/no scores by formula; the line from an independent Newton iteration, the tails from SciPy.</summary>
    static readonly double[] Odds = [.. Enumerable.Range(0, 500).Select(i => 2.5 * Math.Sin(0.7 * i) + 0.3)];
    static readonly int[] Answers = [.. Enumerable.Range(0, 500).Select(i => (i * 7 + 3) % 11 < 11 / (1 + Math.Exp(-0.6 * Odds[i] + 0.2)) ? 1 : 0)];

    [Fact]
    public void CoxAgrees()
    {
        var cox = CoxCalibration.Fit(new BinaryLogits<double>(Odds, 1), Answers);
        Assert.True(cox.Converged);
        Assert.Equal(0.054798707107521875, cox.Intercept, 1e-9);
        Assert.Equal(0.5572511737204687, cox.Slope, 1e-9);
        Assert.Equal(0.1004117165070395, cox.InterceptError, 1e-9);
        Assert.Equal(0.06022112761866389, cox.SlopeError, 1e-9);
        Assert.Equal(0.009570434996997793, cox.InTheLarge, 1e-12);
        Assert.Equal(45.352579044600475, cox.Test.Statistic, 1e-9);
        Assert.Equal(1.4184452928767077e-10, cox.Test.PValue, 1e-18);
    }

    [Fact]
    public void TestsAgree()
    {
        var forecasts = Forecasts.Of(new BinaryLogits<double>(Odds, 1), Answers);
        Assert.Equal(57.614875609737, HosmerLemeshow.Test(forecasts).Statistic, 1e-9);
        Assert.Equal(1.0214902884141013e-08, HosmerLemeshow.Test(forecasts).PValue, 1e-17);
        Assert.Equal(1.3658658324526679e-09, HosmerLemeshow.Test(forecasts, fitted: 2).PValue, 1e-18);
        Assert.Equal(0.0028263316777588296, KernelCalibrationError.Squared(forecasts), 1e-14);
        Assert.Equal(0.05490180319580056, Kuiper.Error(forecasts), 1e-13);
        Assert.Equal(3.2603740374959593, Kuiper.Test(forecasts).Statistic, 1e-11);
    }

    /// <summary>The tails of Brownian motion's maximum and range, from 30-digit arithmetic.</summary>
    [Theory]
    [InlineData(0.5, 0.99084300971023924), InlineData(0.9, 0.72238619627208399), InlineData(1, 0.62922257020047609), InlineData(2.2414, 0.050000353009496424), InlineData(5, 1.1466062875167756e-6)]
    public void LargestTailAgrees(double x, double p) => Assert.Equal(p, KolmogorovSmirnov.LargestTail(x), 1e-13 * p);

    [Theory]
    [InlineData(0.8, 0.99403633480789421), InlineData(1.5, 0.51294075423024825), InlineData(2.4977, 0.049996074962014391), InlineData(6, 7.8927011603015851e-9)]
    public void RangeTailAgrees(double x, double p) => Assert.Equal(p, Kuiper.RangeTail(x), 1e-12 * p);
}
