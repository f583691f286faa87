using Logits.Metrics;

namespace Logits.Tests.Metrics;

public class ReliabilityDiagramTests
{
    static Forecasts Calibrated(int n, int seed)
    {
        var random = new Random(seed);
        double[] c = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())];
        return Forecasts.Of(c, [.. c.Select(p => random.NextDouble() < p)]);
    }

    /// <summary>A bar of one probability is binomial; its band is the binomial's.</summary>
    [Fact]
    public void BandsABarAsTheBinomial()
    {
        var forecasts = Forecasts.Of([.. Enumerable.Repeat(0.7, 100)], [.. Enumerable.Range(0, 100).Select(i => i < 40)]);
        var bar = ReliabilityDiagram.Binned(forecasts, new() { Bins = 10, Resamples = 4000 })[6];
        Assert.Equal(100, bar.Bin.Count);
        Assert.Equal(0.4, bar.Bin.Accuracy, 1e-15);
        Assert.Equal(0.61, bar.Band.Low, 0.011);    // binomial(100, 0.7): 2.5 % and 97.5 % at 61 and 79
        Assert.Equal(0.79, bar.Band.High, 0.011);
    }

    [Fact]
    public void HoldsCalibratedForecastsAboutAsOftenAsItSays()
    {
        int inside = 0, all = 0;
        for (int trial = 0; trial < 60; trial++)
        {
            foreach (var bar in ReliabilityDiagram.Binned(Calibrated(300, trial), new() { Bins = 10, Resamples = 200, Level = 0.9, Seed = (ulong)trial }))
            {
                all++;
                if (bar.Band.Contains(bar.Bin.Accuracy)) inside++;
            }
        }
        Assert.InRange((double)inside / all, 0.87, 0.97);
    }

    [Fact]
    public void LeavesEmptyBinsWithoutABand() => Assert.True(double.IsNaN(ReliabilityDiagram.Binned(Forecasts.Of([0.9], [true]), new() { Resamples = 5 })[0].Band.Low));

    [Fact]
    public void DrawsTheIsotonicCurve()
    {
        var (c, y) = Given.Forecasts(80, seed: 4);
        var corp = ReliabilityDiagram.Corp(Forecasts.Of(c, y), options: new() { Resamples = 50 });
        double[] slow = Slow.Isotonic(c, y);
        for (int i = 0; i < c.Length; i++)
            Assert.Equal(slow[i], corp.Steps.Single(step => c[i] >= step.Low && c[i] <= step.High).Value, 1e-15);
        Assert.Equal(80, corp.Steps.Sum(step => step.Count));
        Assert.True(corp.Steps.Zip(corp.Steps.Skip(1)).All(pair => pair.First.Value < pair.Second.Value));
    }

    [Fact]
    public void BandsTheCurveAroundTheDiagonal()
    {
        var corp = ReliabilityDiagram.Corp(Calibrated(2000, seed: 3), points: 21, new() { Resamples = 300 });
        Assert.Equal(21, corp.Band.Length);
        foreach (var (forecast, band) in corp.Band)
            Assert.True(band.Low <= forecast + 0.02 && band.High >= forecast - 0.02 && band.High - band.Low < 0.35, $"{forecast}: {band}");
    }

    [Fact]
    public void GivesTheSameBitsOnAnyNumberOfThreads()
    {
        var forecasts = Calibrated(200, seed: 9);
        var one = ReliabilityDiagram.Corp(forecasts, options: new() { Resamples = 40, Threads = 1 });
        Assert.Equal(one.Band.AsEnumerable(), ReliabilityDiagram.Corp(forecasts, options: new() { Resamples = 40, Threads = 3 }).Band);
    }

    [Theory]
    [MemberData(nameof(Given.Awkward), MemberType = typeof(Given))]
    public void AnswersAwkwardForecasts(double[] c, bool[] y)
    {
        var forecasts = Forecasts.Of(c, y);
        Assert.Equal(c.Length, ReliabilityDiagram.Binned(forecasts, new() { Resamples = 10 }).Sum(bar => bar.Bin.Count));
        Assert.Equal(c.Length, ReliabilityDiagram.Corp(forecasts, options: new() { Resamples = 10 }).Steps.Sum(step => step.Count));
    }
}
