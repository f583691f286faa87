using Logits.Metrics;

namespace Logits.Tests.Metrics;

public class SmoothCalibrationErrorTests
{
    /// <summary>The definition: a sum over all forecasts and their mirror images at every point of a grid.</summary>
    static double Direct(double[] c, bool[] y, double sigma)
    {
        int points = Math.Max(2000, (int)Math.Ceiling(8 / sigma));
        double integral = 0;
        for (int i = 0; i <= points; i++)
        {
            double t = (double)i / points, sum = 0;
            for (int j = 0; j < c.Length; j++)
                for (int m = -6; m <= 6; m++)
                    sum += (c[j] - (y[j] ? 1 : 0)) * (Gauss(t - c[j] - 2 * m) + Gauss(t + c[j] - 2 * m));
            integral += Math.Abs(sum) * (i == 0 || i == points ? 0.5 : 1);
        }
        return integral / points / c.Length / (sigma * Math.Sqrt(2 * Math.PI));

        double Gauss(double x) => Math.Exp(-x * x / (2 * sigma * sigma));
    }

    [Theory]
    [InlineData(0.9), InlineData(0.3), InlineData(0.06), InlineData(0.011), InlineData(0.003)]
    public void AgreesWithTheDefinitionAtAnyBandwidth(double sigma)
    {
        var (c, y) = Given.Forecasts(60, seed: 1);
        (c[0], c[1], c[2], c[3]) = (0, 1, 1, 0.5);
        double expected = Direct(c, y, sigma);
        Assert.Equal(expected, SmoothCalibrationError.At(Forecasts.Of(c, y), sigma).Value, 1e-12 * expected);
    }

    [Theory]
    [InlineData(3), InlineData(100), InlineData(5000)]
    public void IsTheFixedPoint(int n)
    {
        var (c, y) = Given.Forecasts(n, seed: n);
        var forecasts = Forecasts.Of(c, y);
        var smooth = SmoothCalibrationError.Of(forecasts);
        Assert.Equal(smooth.Bandwidth, smooth.Value, 1e-13);
        Assert.Equal(smooth.Value, SmoothCalibrationError.At(forecasts, smooth.Bandwidth).Value, 1e-15);
    }

    [Theory]
    [MemberData(nameof(Given.Awkward), MemberType = typeof(Given))]
    public void AnswersAwkwardForecasts(double[] c, bool[] y)
    {
        var smooth = SmoothCalibrationError.Of(Forecasts.Of(c, y));
        double gap = Math.Abs(c.Average() - y.Average(happened => happened ? 1.0 : 0));
        Assert.InRange(smooth.Value, gap - 1e-12, 1);
        Assert.True(Math.Abs(smooth.Value - smooth.Bandwidth) < 1e-12 || smooth is { Bandwidth: 1e-4, Value: < 1e-4 }, $"{smooth}");
    }

    /// <summary>Half at 1 with a gap of 0.1, half at 0.5 with a gap of 0.3: reflections that halve the border would lose a quarter of it.</summary>
    [Fact]
    public void CountsForecastsOnTheBorderInFull()
    {
        double[] c = [.. Enumerable.Range(0, 200).Select(i => i < 100 ? 1.0 : 0.5)];
        bool[] y = [.. Enumerable.Range(0, 200).Select(i => i < 100 ? i >= 10 : i < 120)];
        Assert.Equal(0.2, SmoothCalibrationError.Of(Forecasts.Of(c, y)).Value, 1e-14);
    }

    [Fact]
    public void IsZeroForPerfectForecasts() =>
        Assert.Equal(new SmoothCalibrationError(0, 0), SmoothCalibrationError.Of(Forecasts.Of([0, 1, 0.5, 0.5], [false, true, true, false])));
}
