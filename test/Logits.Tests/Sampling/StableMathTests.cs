using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class StableMathTests
{
    [Fact]
    public void ExpAndLogAreWithinTwoUlpsOfTheLibrarys()
    {
        var random = new Random(1);
        for (int i = 0; i < 200_000; i++)
        {
            double x = random.NextDouble() * 1449 - 740, y = Math.ScaleB(1 + random.NextDouble(), random.Next(-1060, 1000));
            AssertNear(Math.Exp(x), StableMath.Exp(x), x);
            AssertNear(Math.Log(y), StableMath.Log(y), y);
            double near = 1 + (random.NextDouble() - 0.5) / (1 << random.Next(40));
            AssertNear(Math.Log(near), StableMath.Log(near), near);
        }

        static void AssertNear(double expected, double actual, double at) =>
            Assert.True(Math.Abs(expected - actual) <= 2 * Math.BitIncrement(Math.Abs(expected)) - 2 * Math.Abs(expected), $"at {at:R}: {expected:R} against {actual:R}");
    }

    [Fact]
    public void EndsWhereDoubleEnds()
    {
        Assert.Equal(0, StableMath.Exp(-800));
        Assert.Equal(0, StableMath.Exp(double.NegativeInfinity));
        Assert.Equal(1, StableMath.Exp(0));
        Assert.Equal(double.PositiveInfinity, StableMath.Exp(710));
        Assert.True(double.IsNaN(StableMath.Exp(double.NaN)));
        Assert.Equal(double.NegativeInfinity, StableMath.Log(0));
        Assert.Equal(0, StableMath.Log(1));
        Assert.True(double.IsNaN(StableMath.Log(-1)));
        Assert.InRange(StableMath.Log(double.Epsilon), -744.4401, -744.44);
    }
}
