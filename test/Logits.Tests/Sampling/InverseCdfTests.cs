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

    /// <summary>The chunks' walk against the walk over every token, at any draw and right beside the places where the token changes.</summary>
    [Theory]
    [InlineData(1024, 0), InlineData(1025, 1), InlineData(5000, 3), InlineData(32_000, 3), InlineData(32_000, 12)]
    public void WalksARowByChunksToTheSameToken(int size, double spread)
    {
        float[] row = Rows.Vocabulary(size, spread, size);
        for (int i = 0; i < size; i += 5) row[i] = float.NegativeInfinity;
        Array.Fill(row, float.NegativeInfinity, 0, 600);
        double top = row.Max(), lost = 0, sum = 0;
        var running = new double[size];
        for (int i = 0; i < size; i++)
        {
            double term = Math.Exp((row[i] - top) * 0.75) - lost, next = sum + term;
            lost = next - sum - term;
            running[i] = sum = next;
        }
        var random = new Random(size);
        int checkedBeside = 0;
        for (int draw = 0; draw < 600; draw++)
        {
            int near = random.Next(size);
            double u = draw % 3 == 0 ? random.NextDouble() : running[near] / sum * (1 + (draw % 3 == 1 ? 1 : -1) * Math.Pow(10, -5 - random.Next(7)));
            if (!(u is > 0 and < 1)) continue;
            int expected = Array.FindIndex(running, mass => mass > u * sum);
            if (expected < 0 || Math.Abs(running[expected] - u * sum) < 1e-13 * sum || expected > 0 && Math.Abs(running[expected - 1] - u * sum) < 1e-13 * sum) continue;
            var candidates = SamplerChain.Of([new Temperature(1 / 0.75)]).Start(0).Survivors(row);
            Assert.True(candidates.IsWholeRow);
            Assert.Equal(expected, candidates.WalkRow(u));
            checkedBeside += draw % 3 > 0 ? 1 : 0;
        }
        Assert.True(checkedBeside > 100, $"{checkedBeside} draws beside a change");
    }

    [Fact]
    public void DrawsWholeVocabulariesWithTheirProbabilities()
    {
        var row = new float[3000];
        for (int i = 0; i < row.Length; i++) row[i] = i % 30 * 0.25f;
        var counts = new int[30];
        var decoder = SamplerChain.Of([new InverseCdf()]).Start(3);
        for (int i = 0; i < 20_000; i++) counts[decoder.Next(row) % 30]++;
        RaceTests.AssertChiSquared(counts, [.. Enumerable.Range(0, 30).Select(k => Math.Exp(k * 0.25))], 20_000);
    }

    [Fact]
    public void NeverDrawsATokenThatIsRuledOut()
    {
        float[] row = [.. Enumerable.Repeat(float.NegativeInfinity, 2000)];
        row[1999] = -3e38f;
        row[700] = -3e38f;
        for (ulong seed = 0; seed < 100; seed++) Assert.True(SamplerChain.Of([new InverseCdf()]).Start(seed).Next(row) is 700 or 1999);
    }
}
