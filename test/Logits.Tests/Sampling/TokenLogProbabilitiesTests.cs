using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class TokenLogProbabilitiesTests
{
    [Fact]
    public void ListsAsManyAsThereAreAndNoMaskedToken()
    {
        var report = TokenLogProbabilities.Of([1, float.NegativeInfinity, 3], 1, top: 5);
        Assert.Equal([2, 0], report.Top.Select(top => top.Token));
        Assert.Equal(double.NegativeInfinity, report.LogProbability);
        Assert.Equal(3, report.Rank);
        Assert.False(report.IsInTop);
    }

    [Fact]
    public void IsExactWhereTheTokenIsNearlyCertain() =>
        Assert.Equal(1, TokenLogProbabilities.Of([0, -40], 0).LogProbability / -Math.Exp(-40), 1e-9);

    [Fact]
    public void NamesTheCauseWhereThereIsNoAnswer()
    {
        Assert.Equal(DecodingError.NoCandidates, Assert.Throws<DecodingException>(() => TokenLogProbabilities.Of([float.NegativeInfinity], 0)).Error);
        Assert.Equal(DecodingError.NonFinite, Assert.Throws<DecodingException>(() => TokenLogProbabilities.Of([0, float.NaN], 0)).Error);
        Assert.Contains("token is 4; the vocabulary has tokens 0 to 1.", Assert.Throws<ArgumentOutOfRangeException>(() => TokenLogProbabilities.Of([0, 1], 4)).Message);
    }

    [Fact]
    public void ScoresASequence()
    {
        var score = SequenceScore.Of(new float[] { 0, 0, 0, 0, 1, 1, 1, 1 }.AsLogits(4), [1, 2]);
        Assert.Equal(4, score.Perplexity, 1e-12);
        Assert.Equal(-2 * Math.Log(4), score.Sum, 1e-12);
        Assert.True(double.IsNaN(SequenceScore.Of(Array.Empty<float>().AsLogits(4), []).Perplexity));
    }
}
