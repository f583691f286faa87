using Logits.Tests.Kernels;

namespace Logits.Tests;

public class LogMathTests
{
    static IEnumerable<double> Points()
    {
        var random = new Random(11);
        for (int i = 0; i < 4000; i++)
            yield return (random.Next(2) * 2 - 1) * Math.Pow(10, random.NextDouble() * 12 - 9) * (i % 4 == 0 ? 1e-290 : 1);
        for (double x = -40; x <= 40; x += 0.37) yield return x;
    }

    [Fact]
    public void StaysWithinTwoUlp()
    {
        foreach (double x in Points())
        {
            double negative = -Math.Abs(x);
            Exact e = Exact.Scaled(Exact.Exp(negative));
            Exact sigmoid = negative == x ? e / (e + 1) : new Exact(1) / (e + 1);
            if (negative > -700)
            {
                Near(x, sigmoid.Round(), LogMath.Sigmoid(x), "Sigmoid");
                Near(x, (Exact.Log1P(e) + Math.Max(x, 0)).Round(), LogMath.Softplus(x), "Softplus");
                Near(x, (new Exact(0) - Exact.Log1P(e) - Math.Max(-x, 0)).Round(), LogMath.LogSigmoid(x), "LogSigmoid");
            }
            if (x >= 0) Near(x, Exact.Log1P(x).Round(), LogMath.Log1P(x), "Log1P");
            if (negative is > -700 and < -1e-3) Near(negative, (e - 1).Round(), LogMath.ExpM1(negative), "ExpM1");
            if (Math.Abs(x) <= 1e-3) Near(x, (new Exact(x) + new Exact(x) * x / 2 + new Exact(x) * x * x / 6 + new Exact(x) * x * x * x / 24 + new Exact(x) * x * x * x * x / 120).Round(), LogMath.ExpM1(x), "ExpM1");
            if (x is > 1e-3 and < 700) Near(x, (Exact.Scaled(Exact.Exp(x)) - 1).Round(), LogMath.ExpM1(x), "ExpM1");
            // log(1 − e^x) = −log(1 + e^x / (1 − e^x)), whose argument has all its digits while x is not too near 0.
            if (negative is > -700 and < -1e-3) Near(negative, (new Exact(0) - Exact.Log1P(e / (new Exact(1) - e))).Round(), LogMath.Log1MExp(negative), "Log1MExp");
        }
    }

    [Fact]
    public void LogitUndoesTheSigmoid()
    {
        var random = new Random(12);
        for (int i = 0; i < 5000; i++)
        {
            double p = i % 3 == 0 ? random.NextDouble() : i % 3 == 1 ? Math.Pow(10, -300 * random.NextDouble()) : 0.5 + (random.NextDouble() - 0.5) * 1e-6;
            // For p ≤ ½: logit = −log(1 + (1 − 2p) / p); above, by symmetry.
            Exact small = p <= 0.5 ? new Exact(p) : new Exact(1) - p;
            Exact distance = (new Exact(1) - small - small) / small;
            double expected = Exact.Log1P(distance).Round() * (p <= 0.5 ? -1 : 1);
            Near(p, expected, LogMath.Logit(p), "Logit");
        }
    }

    static void Near(double x, double expected, double actual, string function) =>
        Assert.True(Ulps.Between(expected, actual) <= 2, $"{function}({x:R}) is {actual:R}, expected {expected:R}");

    [Theory]
    [InlineData(0, 0, 0.6931471805599453)]
    [InlineData(1000, 1000, 1000.6931471805599)]
    [InlineData(-1000, -1000, -999.3068528194401)]
    [InlineData(0, -745, 5e-324)]
    [InlineData(3, double.NegativeInfinity, 3)]
    [InlineData(double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity)]
    [InlineData(double.PositiveInfinity, double.NegativeInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.PositiveInfinity, double.NaN)]
    [InlineData(1.7e308, -1.7e308, 1.7e308)]
    public void AddsInLogarithms(double a, double b, double expected)
    {
        Assert.True(Ulps.Between(expected, LogMath.LogAddExp(a, b)) <= 1);
        Assert.True(Ulps.Between(expected, LogMath.LogAddExp(b, a)) <= 1);
    }

    [Fact]
    public void SumsNothingToMinusInfinity()
    {
        Assert.Equal(double.NegativeInfinity, LogMath.LogSumExp(ReadOnlySpan<double>.Empty));
        Assert.Equal(float.NegativeInfinity, LogMath.LogSumExp(ReadOnlySpan<float>.Empty));
    }

    [Theory]
    [InlineData(0.2, 0.25), InlineData(0.5, 1), InlineData(0.8, 4)]
    public void GoesFromProbabilitiesToOddsAndBack(double p, double odds)
    {
        Assert.Equal(odds, LogMath.Odds(p), 1e-15);
        Assert.Equal(p, LogMath.ProbabilityFromOdds(odds), 1e-15);
        Assert.Equal(p, LogMath.ProbabilityFromOdds(LogMath.Odds(p)), 1e-15);
    }
}
