using Logits.Sampling;
using Logits.Search;

namespace Logits.Tests.Search;

public class BeamSearchTests
{
    static readonly int[] Prompt = [ToyModel.Bos];

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(2.0)]
    public void WithEnoughBeamsFindsTheBestOfAllSequences(double penalty)
    {
        var model = new ToyModel(4, seed: 5);
        var best = model.All(Prompt, 4, end: 3).OrderByDescending(one => one.LogProbability / Math.Pow(one.Tokens.Length, penalty)).Take(3).ToArray();
        var found = new BeamSearch(200, 4) { EndTokens = [3], LengthPenalty = new(penalty), EarlyStopping = EarlyStopping.Never, Return = 3 }.Run(Prompt, 4, model.Next);
        for (int i = 0; i < best.Length; i++)
        {
            Assert.Equal(best[i].Tokens, found[i].Tokens);
            Assert.Equal(best[i].LogProbability, found[i].LogProbability, 1e-5);
        }
    }

    [Fact]
    public void WithOneBeamIsGreedy()
    {
        var model = new ToyModel(50, seed: 9);
        var text = new List<int>(Prompt);
        for (int step = 0; step < 12; step++)
        {
            float[] scores = model.Scores(text.ToArray());
            text.Add(Array.IndexOf(scores, scores.Max()));
        }
        Assert.Equal(text[1..], new BeamSearch(1, 12).Run(Prompt, 50, model.Next)[0].Tokens);
    }

    [Fact]
    public void ReordersTheModelsCacheInEveryMode()
    {
        // The toy model checks on every call that the parents lead from text to text.
        new BeamSearch(6, 8) { EndTokens = [1] }.Run(Prompt, 20, new ToyModel(20, 1).Next);
        new BeamSearch(6, 8) { EndTokens = [1], Groups = 3, DiversityPenalty = 1 }.Run(Prompt, 20, new ToyModel(20, 2).Next);
        new BeamSearch(6, 8) { EndTokens = [1], Seed = 3 }.Run(Prompt, 20, new ToyModel(20, 3).Next);
        new BeamSearch(6, 8) { EndTokens = [1], RequiredPhrases = [[4, 5], [6]] }.Run(Prompt, 20, new ToyModel(20, 4).Next);
        new StochasticBeamSearch(6, 8, 5) { EndTokens = [1] }.Run(Prompt, 20, new ToyModel(20, 5).Next);
    }

    [Fact]
    public void HoldsEveryRequiredPhrase()
    {
        var model = new ToyModel(30, seed: 11);
        var found = new BeamSearch(8, 10) { EndTokens = [1], Return = 4, RequiredPhrases = [[7, 8, 9], [7, 7, 3]] }.Run(Prompt, 30, model.Next);
        Assert.Equal(4, found.Length);
        foreach (var result in found)
        {
            Assert.True(result.MeetsConstraints);
            string text = $" {string.Join(' ', result.Tokens)} ";
            Assert.Contains(" 7 8 9 ", text);
            Assert.Contains(" 7 7 3 ", text);
        }
    }

    [Fact]
    public void FindsTheBestSequenceThatHoldsThePhrase()
    {
        var model = new ToyModel(4, seed: 8);
        var best = model.All(Prompt, 4, end: 3).Where(one => one.Tokens.AsSpan().IndexOf([2, 1]) >= 0).MaxBy(one => one.LogProbability);
        var found = new BeamSearch(150, 4) { EndTokens = [3], LengthPenalty = LengthPenalty.None, EarlyStopping = EarlyStopping.Never, RequiredPhrases = [[2, 1]] }.Run(Prompt, 4, model.Next)[0];
        Assert.Equal(best.Tokens, found.Tokens);
    }

    [Fact]
    public void KeepsGroupsApart()
    {
        var model = new ToyModel(40, seed: 13, spread: 1);
        int Different(double penalty) => new BeamSearch(4, 6) { Groups = 4, DiversityPenalty = penalty, Return = 4 }.Run(Prompt, 40, new ToyModel(40, 13, 1).Next)
            .Select(one => one.Tokens[0]).Distinct().Count();
        Assert.Equal(1, Different(0));
        Assert.Equal(4, Different(5));
    }

    [Fact]
    public void DrawsTheSameWithTheSameSeedAndOthersWithOthers()
    {
        BeamResult Run(ulong seed) => new BeamSearch(3, 8) { Seed = seed }.Run(Prompt, 60, new ToyModel(60, 17, 1).Next)[0];
        Assert.Equal(Run(1).Tokens, Run(1).Tokens);
        Assert.True(Enumerable.Range(0, 8).Select(seed => string.Join(' ', Run((ulong)seed).Tokens)).Distinct().Count() >= 7);
    }

    [Fact]
    public void DrawsFirstTokensAsTheModelSays()
    {
        var model = new ToyModel(6, seed: 19);
        double[] p = model.Probabilities(Prompt);
        var counts = new int[6];
        // One beam of two candidates: the better of two tokens drawn without replacement goes on.
        for (ulong seed = 0; seed < 4000; seed++) counts[new BeamSearch(1, 1) { Seed = seed }.Run(Prompt, 6, model.Next)[0].Tokens[0]]++;
        var shares = new double[6];
        for (int a = 0; a < 6; a++)
            for (int b = 0; b < 6; b++)
                if (a != b) shares[p[a] >= p[b] ? a : b] += p[a] * p[b] / (1 - p[a]);
        ChiSquare.Agrees(shares, counts);
    }

    [Fact]
    public void SamplesSequencesWithoutReplacement()
    {
        var model = new ToyModel(3, seed: 23, spread: 1);
        var all = model.All(Prompt, 2, end: 2).ToArray();
        var first = new int[all.Length];
        for (ulong seed = 0; seed < 4000; seed++)
        {
            var drawn = new StochasticBeamSearch(3, 2, seed) { EndTokens = [2] }.Run(Prompt, 3, model.Next);
            Assert.Equal(3, drawn.Select(one => string.Join(' ', one.Tokens)).Distinct().Count());
            Assert.True(drawn[0].Score >= drawn[1].Score && drawn[1].Score >= drawn[2].Score);
            first[Array.FindIndex(all, one => one.Tokens.AsSpan().SequenceEqual(drawn[0].Tokens.AsSpan()))]++;
        }
        // The sequence with the largest perturbed log-probability is a plain sample.
        ChiSquare.Agrees([.. all.Select(one => Math.Exp(one.LogProbability))], first);
    }

    [Fact]
    public void DrawsTheSecondSequenceFromWhatTheFirstLeft()
    {
        // Without replacement: the pair (a, b) comes with p(a) p(b) / (1 − p(a)).
        var model = new ToyModel(3, seed: 23, spread: 1);
        var all = model.All(Prompt, 2, end: 2).ToArray();
        double[] p = [.. all.Select(one => Math.Exp(one.LogProbability))];
        var pairs = new int[all.Length * all.Length];
        for (ulong seed = 0; seed < 6000; seed++)
        {
            int[] drawn = [.. new StochasticBeamSearch(2, 2, seed) { EndTokens = [2] }.Run(Prompt, 3, model.Next).Select(one => Array.FindIndex(all, other => other.Tokens.AsSpan().SequenceEqual(one.Tokens.AsSpan())))];
            pairs[drawn[0] * all.Length + drawn[1]]++;
        }
        ChiSquare.Agrees([.. Enumerable.Range(0, pairs.Length).Select(i => i / all.Length == i % all.Length ? 0 : p[i / all.Length] * p[i % all.Length] / (1 - p[i / all.Length]))], pairs);
    }

    [Fact]
    public void DrawsBeamsAsCandidatesWithoutReplacement()
    {
        // Two beams of one step: four of six tokens are drawn, and the likeliest two of them go on.
        var model = new ToyModel(6, seed: 19);
        double[] p = model.Probabilities(Prompt);
        var shares = new double[36];
        foreach (int a in Enumerable.Range(0, 6))
            foreach (int b in Enumerable.Range(0, 6).Where(b => b != a))
                foreach (int c in Enumerable.Range(0, 6).Where(c => c != a && c != b))
                    foreach (int d in Enumerable.Range(0, 6).Where(d => d != a && d != b && d != c))
                    {
                        int[] best = [.. new[] { a, b, c, d }.OrderByDescending(token => p[token])];
                        shares[best[0] * 6 + best[1]] += p[a] * p[b] / (1 - p[a]) * p[c] / (1 - p[a] - p[b]) * p[d] / (1 - p[a] - p[b] - p[c]);
                    }
        var counts = new int[36];
        for (ulong seed = 0; seed < 4000; seed++)
        {
            var found = new BeamSearch(2, 1) { Seed = seed, Return = 2 }.Run(Prompt, 6, model.Next);
            counts[found[0].Tokens[0] * 6 + found[1].Tokens[0]]++;
        }
        ChiSquare.Agrees(shares, counts);
    }

    [Fact]
    public void SamplesFewerWhereTheModelHasFewer() =>
        Assert.Equal(7, new StochasticBeamSearch(50, 2, 1) { EndTokens = [2] }.Run(Prompt, 3, new ToyModel(3, 1).Next).Length);

    [Fact]
    public void AppliesTheProcessorToLogProbabilities()
    {
        var found = new BeamSearch(3, 5) { Processor = (tokens, scores) => { foreach (int token in tokens) scores[token] = double.NegativeInfinity; } }.Run(Prompt, 9, new ToyModel(9, 29).Next)[0];
        Assert.Equal(5, found.Tokens.Distinct().Count());
        Assert.DoesNotContain(ToyModel.Bos, found.Tokens);
    }

    [Fact]
    public void NamesContradictorySettings()
    {
        void Says(string message, BeamSearch search) =>
            Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => search.Run(Prompt, 5, new ToyModel(5, 1).Next)).Message);
        Says("Return is 3; a search with 2 beams returns 1 to 2 sequences.", new(2, 4) { Return = 3 });
        Says("Groups is 2, which does not divide the 3 beams.", new(3, 4) { Groups = 2 });
        Says("DiversityPenalty is 1 but Groups is 1", new(2, 4) { DiversityPenalty = 1 });
        Says("EndTokens holds 9; the vocabulary has tokens 0 to 4.", new(2, 4) { EndTokens = [9] });
        Says("RequiredPhrases hold 5 tokens but MaxNewTokens is 4", new(2, 4) { RequiredPhrases = [[1, 2, 3], [1, 2]] });
        Says("Temperature is 0", new(2, 4) { Temperature = 0 });
        Says("RequiredPhrases[0] holds 2 before its end, and EndTokens too", new(2, 4) { RequiredPhrases = [[2, 1]], EndTokens = [2] });
        Says("Beams is 0; it is at least 1.", new BeamSearch(2, 4) with { Beams = 0, Return = 0 });
        Says("MaxNewTokens is 0; it is at least 1.", new BeamSearch(2, 4) with { MaxNewTokens = 0 });
        Assert.Contains("EndTokens holds 9", Assert.Throws<ArgumentException>(() => new StochasticBeamSearch(2, 4, 1) { EndTokens = [9] }.Run(Prompt, 5, new ToyModel(5, 1).Next)).Message);
        Assert.Contains("prompt is empty", Assert.Throws<ArgumentException>(() => new BeamSearch(2, 4).Run([], 5, new ToyModel(5, 1).Next)).Message);
    }

    [Fact]
    public void NamesAScoreThatIsNoNumber()
    {
        var error = Assert.Throws<DecodingException>(() => new BeamSearch(2, 4).Run(Prompt, 5, (_, logits) => { logits.Clear(); logits[2] = float.NaN; }));
        Assert.Equal(DecodingError.NonFinite, error.Error);
        Assert.Contains("token 2 for beam 0 in step 0 is NaN", error.Message);
        error = Assert.Throws<DecodingException>(() => new BeamSearch(2, 4).Run(Prompt, 5, (_, logits) => logits.Fill(float.NegativeInfinity)));
        Assert.Equal(DecodingError.NoCandidates, error.Error);
    }

    [Fact]
    public void StopsWhenCancelled()
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new BeamSearch(2, 1000).Run(Prompt, 5, (beams, logits) => { logits.Clear(); if (beams.Step == 3) source.Cancel(); }, source.Token));
    }
}
