using Logits.Randomness;
using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class RaceTests
{
    [Fact]
    public void DrawsEachTokenWithItsProbability()
    {
        float[] row = [1.25f, -0.5f, 3.75f, 0, 2.5f, float.NegativeInfinity, 3.5f, 1, -1.75f, 0.75f, 2.25f];
        AssertFollows(row, [new Race()], 40_000, seed: 1);
        AssertFollows(row, [new TopK(5), new Temperature(0.8), new Race()], 40_000, seed: 2);
    }

    [Fact]
    public void DrawsWholeVocabulariesWithTheirProbabilities()
    {
        // 3000 tokens in 30 classes of equal score: the classes' counts follow their masses.
        var row = new float[3000];
        for (int i = 0; i < row.Length; i++) row[i] = i % 30 * 0.25f;
        double[] mass = [.. Enumerable.Range(0, 30).Select(k => Math.Exp(k * 0.25))];
        var counts = new int[30];
        const int Draws = 20_000;
        var decoder = SamplerChain.Of([]).Start(3);
        for (int i = 0; i < Draws; i++) counts[decoder.Next(row) % 30]++;
        AssertChiSquared(counts, mass, Draws);
    }

    [Fact]
    public void KeepsTheTokenWhenAFilterRemovesOthers()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            float[] row = Rows.Vocabulary(2500, 2, (int)seed);
            int token = SamplerChain.Of([]).Start(seed).Next(row);
            foreach (string filters in (string[])["top-k=40", "top-p=0.9", "min-p=0.01", "top-k=500,top-p=0.99,min-p=0.001", "typical=0.95", "suppress=5 7 9"])
            {
                var decoder = SamplerChain.Parse(filters).Start(seed);
                if (decoder.Survivors(row)[token] != double.NegativeInfinity) Assert.Equal(token, decoder.Next(row));
            }
        }
    }

    [Fact]
    public void DrawsTheSameOverARowAsOverAList()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            float[] row = Rows.Vocabulary(100 + (int)seed * 37, seed % 4, (int)seed);
            SamplerChain chain = seed % 2 == 0 ? [] : [new Temperature(0.7)];
            Assert.Equal(chain.Start(seed).Next([.. row.Select(z => (double)z)]), chain.Start(seed).Next(row));
        }
    }

    [Fact]
    public void DrawsTheSameFromALongListAsTokenByToken()
    {
        for (ulong seed = 0; seed < 150; seed++)
        {
            double[] row = [.. Rows.Vocabulary(600 + (int)seed * 211, (seed % 5) switch { 0 => 0, 1 => 0.5, 2 => 3, 3 => 40, _ => 1e4 }, (int)seed).Select(z => (double)z)];
            var noise = new Noise(seed, 0);
            int expected = -1;
            double best = double.NegativeInfinity;
            for (int token = 0; token < row.Length; token++)
            {
                double arrival = row[token] - StableMath.Log(noise.Exponential(token));
                if (arrival > best) (best, expected) = (arrival, token);
            }
            Assert.Equal(expected, SamplerChain.Of([]).Start(seed).Next(row));
        }
    }

    [Fact]
    public void GivesEveryTokenAnExponentialVariateOfItsOwn()
    {
        // Over steps, one token's variates are exponential; over tokens of one block, they are independent.
        const int Steps = 20_000;
        var bins = new int[20];
        double covariance = 0;
        int holders = 0;
        for (int step = 0; step < Steps; step++)
        {
            var noise = new Noise(11, step);
            double a = noise.Exponential(5), b = noise.Exponential(5 + 16);
            bins[Math.Min(19, (int)(20 * (1 - Math.Exp(-a))))]++;
            covariance += (a - 1) * (b - 1) / Steps;
            if (noise.Block(Noise.BlockOf(5)).Holder == Noise.PlaceOf(5)) holders++;
        }
        AssertChiSquared(bins, [.. bins.Select(_ => 1.0)], Steps);
        Assert.InRange(covariance, -4 / Math.Sqrt(Steps), 4 / Math.Sqrt(Steps));
        Assert.InRange(holders, Steps / 32.0 - 5 * Math.Sqrt(Steps / 32.0), Steps / 32.0 + 5 * Math.Sqrt(Steps / 32.0));
    }

    [Fact]
    public void ReachesVariatesOfTwoToTheMinus100()
    {
        // The 59 bits of a block's variate give out at 2⁻⁵⁹; the draw that goes on below has the full range of a uniform number.
        var noise = new Noise(1, 0);
        Assert.InRange(noise.FromBits(0, 7).Least, double.Epsilon, Math.ScaleB(1, -64));
        Assert.Equal(Math.ScaleB(Philox.Uniform(Philox.Further(1, 1), 7, noise.High(Noise.Purpose.Block)), -59 - 5), noise.FromBits(0, 7).Least);
        Assert.InRange(noise.FromBits(1UL << 5, 7).Least, Math.ScaleB(1, -64), Math.ScaleB(1, -63));
        Assert.Equal(Math.ScaleB(1, -100), StableMath.Exponential(Math.ScaleB(1, -100)));
    }

    [Fact]
    public void DrawsATokenOfTwoToTheMinus24AsOftenAsItShould()
    {
        // In single precision noise stops at 2⁻²⁴ and such a token never comes. 4096 of them weigh 2⁻¹² together.
        var row = new float[4097];
        Array.Fill(row, (float)(-24 * Math.Log(2)));
        row[0] = 0;
        var decoder = SamplerChain.Of([]).Start(5);
        int rare = 0;
        const int Draws = 60_000;
        for (int i = 0; i < Draws; i++) if (decoder.Next(row) != 0) rare++;
        double expected = Draws / (1 + Math.ScaleB(1, 12));
        Assert.InRange(rare, expected - 4 * Math.Sqrt(expected), expected + 4 * Math.Sqrt(expected));
    }

    [Fact]
    public void NeverDrawsATokenThatIsRuledOut()
    {
        float[] row = [float.NegativeInfinity, -3e38f, float.NegativeInfinity];
        for (ulong seed = 0; seed < 100; seed++) Assert.Equal(1, SamplerChain.Of([]).Start(seed).Next(row));
    }

    internal static void AssertFollows(float[] row, SamplerChain chain, int draws, ulong seed)
    {
        var left = chain.Start(seed).Survivors(row);
        var p = new double[row.Length];
        var items = left.Items;
        var probabilities = left.Probabilities();
        for (int i = 0; i < items.Length; i++) p[items[i].Token] = probabilities[i];
        var counts = new int[row.Length];
        var decoder = chain.Start(seed);
        for (int i = 0; i < draws; i++) counts[decoder.Next(row)]++;
        AssertChiSquared(counts, p, draws);
    }

    internal static void AssertChiSquared(int[] counts, double[] weights, int draws)
    {
        double total = weights.Sum(), chi = 0;
        int freedom = -1;
        for (int i = 0; i < counts.Length; i++)
        {
            double expected = draws * weights[i] / total;
            if (expected == 0) { Assert.Equal(0, counts[i]); continue; }
            chi += (counts[i] - expected) * (counts[i] - expected) / expected;
            freedom++;
        }
        // Mean and deviation of χ² are d and √2d; seeds are fixed, so this passes or fails for good.
        Assert.True(chi < freedom + 4 * Math.Sqrt(2 * freedom), $"χ² = {chi:F1} with {freedom} degrees of freedom");
    }
}
