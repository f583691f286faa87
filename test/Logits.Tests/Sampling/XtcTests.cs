using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class XtcTests
{
    [Fact]
    public void ActsAsOftenAsItsProbability()
    {
        const int Steps = 20_000;
        var decoder = SamplerChain.Of([new Xtc(0.3, 0.1)]).Start(9);
        int acted = 0;
        for (int i = 0; i < Steps; i++)
        {
            if (decoder.Survivors([2f, 1.5f, 0f]).Count == 2) acted++;
            decoder.Next([2f, 1.5f, 0f]);
        }
        Assert.InRange(acted, 0.3 * Steps - 4 * Math.Sqrt(0.21 * Steps), 0.3 * Steps + 4 * Math.Sqrt(0.21 * Steps));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void DrawsFromTheMixtureOfActingAndNot(bool below)
    {
        // Whole masses: 6, 3 and 1 of 10; acting leaves 3 and 1 of 4.
        float[] row = [MathF.Log(6), MathF.Log(3), 0];
        var counts = new int[3];
        var decoder = SamplerChain.Of([new Xtc(0.4, 0.2, Below: below)]).Start(21);
        for (int i = 0; i < 20_000; i++) counts[decoder.Next(row)]++;
        RaceTests.AssertChiSquared(counts, [0.6 * 0.6, 0.6 * 0.3 + 0.4 * 0.75, 0.6 * 0.1 + 0.4 * 0.25], 20_000);
    }

    [Theory]
    [InlineData(0.5, 0.5, false, 1), InlineData(0.5, 0.5, true, 3), InlineData(0.5, 0.4999, true, 1), InlineData(1, 0.9999, true, 1), InlineData(0, 0.0001, false, 3)]
    public void ActsUpToItsProbabilityOrBelowIt(double probability, double uniform, bool below, int left)
    {
        var candidates = SamplerChain.Of([]).Start(0).Survivors([3.0, 2.9, 2.8]);
        new Xtc(probability, 0.1, Below: below).Apply(ref candidates, uniform);
        Assert.Equal(left, candidates.Count);
    }

    [Fact]
    public void DoesNothingWhenASparedTokenWouldGo()
    {
        Assert.Equal(3, SamplerChain.Of([new Xtc(1, 0.1, Spare: [0])]).Start(1).Survivors([2f, 1.5f, 0f]).Count);
        Assert.Equal(2, SamplerChain.Of([new Xtc(1, 0.1, Spare: [2])]).Start(1).Survivors([2f, 1.5f, 0f]).Count);
    }
}
