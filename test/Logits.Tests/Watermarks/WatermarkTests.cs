using System.Numerics;
using Logits.Randomness;
using Logits.Sampling;
using Logits.Tests.Search;
using Logits.Watermarks;

namespace Logits.Tests.Watermarks;

public class WatermarkTests
{
    const int Vocabulary = 200;

    static int[] Generate(SamplerChain chain, ulong seed, int length)
    {
        var model = new ToyModel(Vocabulary, 31, spread: 1);
        var decoder = chain.Start(seed, [1, 2, 3, 4]);
        for (int i = 0; i < length; i++) decoder.Next(model.Scores(decoder.Tokens[^2..]));
        return decoder.Generated.ToArray();
    }

    [Fact]
    public void AGreenListIsFoundWithItsKeyOnly()
    {
        var mark = new GreenList(Key: 42, Share: 0.25, Bias: 3);
        int[] marked = Generate([mark], 1, 300), plain = Generate([], 1, 300);
        Assert.True(mark.Detect(marked).IsDetected());
        Assert.True(mark.Detect(marked).PValue < 1e-20);
        Assert.False(mark.Detect(plain).IsDetected());
        Assert.False(new GreenList(43, 0.25, 3).Detect(marked).IsDetected());
    }

    [Fact]
    public void ATournamentIsFoundWithItsKeyOnly()
    {
        var mark = new SynthId(Key: 42);
        int[] marked = Generate([mark], 1, 300), plain = Generate([], 1, 300);
        Assert.True(mark.Detect(marked).PValue < 1e-10);
        Assert.False(mark.Detect(plain).IsDetected(4));
        Assert.False(new SynthId(43).Detect(marked).IsDetected(4));
    }

    [Fact]
    public void AGreenListHoldsItsShareForEveryContext()
    {
        var list = new GreenList(7, 0.25);
        int green = 0;
        for (int context = 0; context < 50; context++)
            for (int token = 0; token < 1000; token++) green += list.IsGreen([context], token) ? 1 : 0;
        Assert.InRange(green, 12_000, 13_000);
    }

    [Fact]
    public void ATournamentLeavesProbabilitiesAsTheyAreOnAverage()
    {
        double[] p = [0.5, 0.3, 0.15, 0.05], mean = new double[4];
        const int keys = 4000;
        for (ulong key = 0; key < keys; key++)
        {
            double[] marked = [.. p];
            new SynthId(key, Depth: 3).Mark([1, 2, 3, 4], marked);
            Assert.Equal(1, marked.Sum(), 1e-12);
            for (int i = 0; i < 4; i++) mean[i] += marked[i] / keys;
        }
        for (int i = 0; i < 4; i++) Assert.Equal(p[i], mean[i], 0.03);
    }

    [Fact]
    public void ATournamentDrawsAsTheModelDoesOverKeys()
    {
        float[] row = [1.25f, -0.5f, 2.75f, 0, 2.5f];
        double top = row.Max();
        var counts = new int[row.Length];
        for (ulong key = 0; key < 8000; key++) counts[SamplerChain.Of([new SynthId(key, Depth: 8)]).Start(key + 1, [1, 2, 3, 4]).Next(row)]++;
        ChiSquare.Agrees([.. row.Select(z => Math.Exp(z - top) / row.Sum(other => Math.Exp(other - top)))], counts);
    }

    [Fact]
    public void KeysOf64BitsAreWrittenAndRead()
    {
        SamplerChain chain = [new GreenList(ulong.MaxValue), new SynthId(1UL << 40, 4)];
        Assert.Equal($"green-list={ulong.MaxValue},synth-id(key={1UL << 40},depth=4)", chain.ToString());
        Assert.Equal(chain, SamplerChain.Parse(chain.ToString()));
    }

    [Theory]
    [InlineData(60, 100, 0.25)]
    [InlineData(1, 10, 0.5)]
    [InlineData(10, 10, 0.5)]
    [InlineData(3, 20, 0.25)]
    [InlineData(130, 200, 0.5)]
    public void ThePValueIsTheBinomialTail(int hits, int total, double share)
    {
        // γ is 1/2 or 1/4: the sum of C(n, i)·γⁱ(1 − γ)ⁿ⁻ⁱ is a whole number over 4ⁿ.
        int odd = share == 0.25 ? 3 : 2, even = share == 0.25 ? 1 : 2;
        BigInteger sum = 0, choose = 1;
        for (int i = 0; i <= total; i++)
        {
            if (i >= hits) sum += choose * BigInteger.Pow(even, i) * BigInteger.Pow(odd, total - i);
            choose = choose * (total - i) / (i + 1);
        }
        double expected = Math.Exp(BigInteger.Log(sum) - BigInteger.Log(BigInteger.Pow(4, total)));
        Assert.Equal(1, new WatermarkTest(hits, total, share).PValue / expected, 1e-11);
    }

    [Fact]
    public void RepetitionIsNoEvidence() =>
        Assert.Equal(2, new GreenList(1).Detect(Enumerable.Repeat(new[] { 1, 2 }, 100).SelectMany(x => x).ToArray()).Total);

    [Fact]
    public void RefusesSettingsOutOfRange()
    {
        Assert.Contains("Share is 1; a level is above 0 and below 1.", Assert.Throws<ArgumentOutOfRangeException>(() => new GreenList(1, 1)).Message);
        Assert.Contains("Depth is 65", Assert.Throws<ArgumentOutOfRangeException>(() => new SynthId(1, 65)).Message);
    }
}
