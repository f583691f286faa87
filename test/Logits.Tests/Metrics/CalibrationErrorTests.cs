using Logits.Metrics;

namespace Logits.Tests.Metrics;

public class CalibrationErrorTests
{
    [Theory]
    [InlineData(1, 15), InlineData(7, 15), InlineData(100, 10), InlineData(1000, 1), InlineData(1000, 37)]
    public void AgreesWithTheDefinition(int n, int bins)
    {
        var (c, y) = Given.Forecasts(n, seed: n + bins);
        Check(c, y, bins);
    }

    [Theory]
    [MemberData(nameof(Given.Awkward), MemberType = typeof(Given))]
    public void AgreesWithTheDefinitionOnAwkwardForecasts(double[] c, bool[] y)
    {
        foreach (int bins in (int[])[1, 2, 10, 15]) Check(c, y, bins);
    }

    static void Check(double[] c, bool[] y, int bins)
    {
        var forecasts = Forecasts.Of(c, y);
        var gaps = Slow.Gaps(c, y, bins, Slow.OpenClosed(bins)).Select(bin => Math.Abs(bin.Gap)).ToArray();
        Assert.Equal(Slow.Expected(c, y, bins, Slow.OpenClosed(bins)), CalibrationError.Expected(forecasts, bins), 1e-13);
        Assert.Equal(gaps.Max(), CalibrationError.Maximum(forecasts, bins), 1e-13);
        Assert.Equal(gaps.Average(), CalibrationError.Average(forecasts, bins), 1e-13);
        Assert.Equal(Slow.EqualMass(c, y, bins), CalibrationError.ExpectedEqualMass(forecasts, bins), 1e-13);
    }

    [Fact]
    public void IsZeroForForecastsThatCameTrueExactly() =>
        Assert.Equal(0, CalibrationError.Expected(Forecasts.Of([1, 0, 1, .5, .5], [true, false, true, true, false])));

    [Fact]
    public void RefusesZeroBins()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => CalibrationError.Expected(Forecasts.Of([.5], [true]), bins: 0));
        Assert.StartsWith("bins is 0; it is at least 1.", error.Message);
    }
}
