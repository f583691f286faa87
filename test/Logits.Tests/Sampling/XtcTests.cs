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

    [Fact]
    public void DoesNothingWhenASparedTokenWouldGo()
    {
        Assert.Equal(3, SamplerChain.Of([new Xtc(1, 0.1, Spare: [0])]).Start(1).Survivors([2f, 1.5f, 0f]).Count);
        Assert.Equal(2, SamplerChain.Of([new Xtc(1, 0.1, Spare: [2])]).Start(1).Survivors([2f, 1.5f, 0f]).Count);
    }
}
