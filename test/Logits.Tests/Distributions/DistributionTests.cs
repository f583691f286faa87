using Logits.Distributions;

namespace Logits.Tests.Distributions;

public class DistributionTests
{
    // Reference values: 60-digit arithmetic, rounded once.
    [Theory]
    [InlineData(0.5, 0.30853753872598689636)]
    [InlineData(1.0, 0.15865525393145705142)]
    [InlineData(1.4, 0.080756659233771066286)]
    [InlineData(2.0, 0.02275013194817920720)]
    [InlineData(5.0, 2.8665157187919391167e-7)]
    [InlineData(10.0, 7.6198530241605260660e-24)]
    [InlineData(20.0, 2.7536241186062336951e-89)]
    [InlineData(37.0, 5.7255712225245768227e-300)]
    [InlineData(-3.0, 0.99865010196836990547)]
    public void NormalTailIsExactDownTo300Digits(double x, double expected) => AssertRelative(expected, Normal.UpperTail(x), 1e-14);

    [Theory]
    [InlineData(-40.0, -804.60844201375378817)]
    [InlineData(-1000.0, -500007.82669481222)]
    [InlineData(0.0, -0.69314718055994530942)]
    public void LogarithmOfTheNormalTailNeverUnderflows(double x, double expected) => AssertRelative(expected, Normal.LogLowerTail(x), 1e-13);

    [Theory]
    [InlineData(0.025)]
    [InlineData(0.3)]
    [InlineData(1e-10)]
    [InlineData(1e-100)]
    [InlineData(1e-299)]
    public void NormalQuantileInvertsTheTail(double tail) => AssertRelative(tail, Normal.UpperTail(Normal.UpperQuantile(tail)), 5e-13);

    [Fact]
    public void NormalQuantileOf975IsTheFamousOne() => AssertRelative(1.9599639845400542355, Normal.Quantile(0.975), 1e-15);

    [Theory]
    [InlineData(3.841458820694124, 1, 0.05)]
    [InlineData(118.1185283721789, 2, 2.2433005287876377e-26)]
    [InlineData(33.387201137337364, 9, 0.00011432723309205382)]
    [InlineData(285.6165853863654, 11, 9.342964831911186e-55)]
    [InlineData(3.943415479503791, 8, 0.8621922661275139)]
    [InlineData(178.7937547045169, 12, 7.54325077958534e-32)]
    public void ChiSquaredTailKeepsItsDigits(double x, double degrees, double expected) => AssertRelative(expected, ChiSquared.UpperTail(x, degrees), 2e-13);

    [Theory]
    [InlineData(0.05, 1)]
    [InlineData(0.05, 7)]
    [InlineData(1e-8, 3.5)]
    [InlineData(0.9, 20)]
    public void ChiSquaredQuantileInvertsTheTail(double tail, double degrees) => AssertRelative(tail, ChiSquared.UpperTail(ChiSquared.UpperQuantile(tail, degrees), degrees), 1e-12);

    [Theory]
    [InlineData(2.0, 1, 0.14758361765043327418)]
    [InlineData(2.2281388519649385, 10, 0.02500000000090433447)]
    public void StudentTailMatchesItsTable(double t, double degrees, double expected) => AssertRelative(expected, StudentT.UpperTail(t, degrees), 1e-12);

    [Fact]
    public void FisherTailWithOneNumeratorDegreeIsStudentsSquared() =>
        AssertRelative(StudentT.TwoSided(2.5, 9), FisherF.UpperTail(6.25, 1, 9), 1e-13);

    static void AssertRelative(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected), $"expected {expected:R}, got {actual:R}, off by {Math.Abs(actual / expected - 1):E1}");

    [Fact]
    public void TailsEndAtInfinity()
    {
        double up = double.PositiveInfinity, down = double.NegativeInfinity;
        Assert.Equal([0, 1, 1, 0, 0, 0], [Normal.UpperTail(up), Normal.UpperTail(down), Normal.LowerTail(up), Normal.LowerTail(down), Normal.TwoSided(up), Normal.TwoSided(down)]);
        Assert.Equal([0, 0, 0, down], [Normal.Density(up), Normal.Density(down), Normal.LogLowerTail(up), Normal.LogLowerTail(down)]);
        Assert.Equal([0, 1, 0, 0], [StudentT.UpperTail(up, 3), StudentT.UpperTail(down, 3), StudentT.TwoSided(down, 3), StudentT.UpperTail(1e200, 3)]);
        Assert.Equal([0, 0, 0, down], [FisherF.UpperTail(up, 2, 5), ChiSquared.UpperTail(up, 1), ChiSquared.UpperTail(up, 4), ChiSquared.LogUpperTail(up, 4)]);
    }
}
