using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class InverseCdfTests
{
    [Fact]
    public void DrawsEachTokenWithItsProbability() =>
        RaceTests.AssertFollows([1.25f, -0.5f, 3.75f, 0, 2.5f, float.NegativeInfinity, 3.5f, 1, -1.75f], [new InverseCdf()], 40_000, seed: 4);

    [Theory]
    [InlineData(0.05, 0), InlineData(0.15, 1), InlineData(0.55, 2), InlineData(0.999999, 3)]
    public void WalksInIdOrder(double uniform, int token)
    {
        var candidates = SamplerChain.Of([]).Start(0).Survivors([Math.Log(0.1), Math.Log(0.2), Math.Log(0.3), Math.Log(0.4)]);
        Assert.Equal(token, InverseCdf.Walk(ref candidates, uniform));
    }
}
