using Logits.Metrics;

namespace Logits.Tests.Metrics;

/// <summary>The metrics that need no bins, against their definitions.</summary>
public class TopLabelMetricTests
{
    public static TheoryData<double[], bool[]> Cases()
    {
        var cases = Given.Awkward();
        foreach (int n in (int[])[2, 30, 150])
        {
            var (c, y) = Given.Forecasts(n, seed: n);
            cases.Add(c, y);
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void KolmogorovSmirnovAgrees(double[] c, bool[] y) =>
        Assert.Equal(Slow.KolmogorovSmirnov(c, y), KolmogorovSmirnov.Error(Forecasts.Of(c, y)), 1e-14);

    [Theory, MemberData(nameof(Cases))]
    public void MmceAgrees(double[] c, bool[] y)
    {
        foreach (double width in (double[])[0.4, 0.01, 5])
            Assert.Equal(Slow.Mmce(c, y, width), KernelCalibrationError.Mmce(Forecasts.Of(c, y), width), 1e-10);
    }

    [Theory, MemberData(nameof(Cases))]
    public void RiskCoverageAgrees(double[] c, bool[] y) =>
        Assert.Equal(Slow.RiskCoverageArea(c, y), RiskCoverage.Area(Forecasts.Of(c, y)), 1e-14);

    [Theory, MemberData(nameof(Cases))]
    public void BrierDecompositionAgrees(double[] c, bool[] y)
    {
        double[] recalibrated = Slow.Isotonic(c, y);
        double rate = y.Average(happened => happened ? 1.0 : 0), after = Slow.Brier(recalibrated, y);
        var parts = ScoreDecomposition.Brier(Forecasts.Of(c, y));
        Assert.Equal(Slow.Brier(c, y) - after, parts.Miscalibration, 1e-14);
        Assert.Equal(rate * (1 - rate) - after, parts.Discrimination, 1e-14);
        Assert.Equal(rate * (1 - rate), parts.Uncertainty, 1e-14);
        Assert.Equal(Slow.Brier(c, y), parts.Score, 1e-14);
    }

    [Theory, MemberData(nameof(Cases))]
    public void LogDecompositionAgrees(double[] c, bool[] y)
    {
        double[] recalibrated = Slow.Isotonic(c, y);
        double rate = y.Average(happened => happened ? 1.0 : 0);
        var parts = ScoreDecomposition.Log(Forecasts.Of(c, y));
        double after = Loss(recalibrated), before = Loss([.. y.Select(_ => rate)]);
        Assert.Equal(Loss(c) - after, parts.Miscalibration, 1e-12 * Math.Max(1, Math.Min(1e300, Loss(c))));
        Assert.Equal(before - after, parts.Discrimination, 1e-13);
        Assert.Equal(before, parts.Uncertainty, 1e-13);

        double Loss(double[] p) => p.Zip(y, (v, happened) => happened ? -Math.Log(v) : -Math.Log(1 - v)).Average();
    }

    [Theory, MemberData(nameof(Cases))]
    public void SpiegelhalterAgrees(double[] c, bool[] y)
    {
        double z = c.Zip(y, (p, happened) => ((happened ? 1 : 0) - p) * (1 - 2 * p)).Sum() / Math.Sqrt(c.Sum(p => (1 - 2 * p) * (1 - 2 * p) * p * (1 - p)));
        Assert.Equal(z, Spiegelhalter.Test(Forecasts.Of(c, y)).Statistic, 1e-9);
    }

    [Fact]
    public void SpiegelhalterIsInfiniteWhenTheImpossibleHappened() =>
        Assert.Equal(new(double.PositiveInfinity, 0), Spiegelhalter.Test(Forecasts.Of([0, 1], [true, true])));
}
