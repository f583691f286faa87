using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class DecoderTests
{
    /// <summary>Everything that remembers, in one chain.</summary>
    const string Stateful = "logit-bias=3:0.5,repetition-penalty=1.2,dry(multiplier=0.8,breakers=4),no-repeat-ngram=4,reasoning-budget(budget=4,begin=1,end=2,forced=5 2),top-k=60,xtc(probability=0.3,threshold=0.1),temperature=0.9,mirostat=4";

    static float[] Row(int step) => Rows.Vocabulary(700, 2, step);

    [Theory]
    [InlineData(Stateful), InlineData("adaptive-p(target=0.3,decay=0.8)"), InlineData("mirostat-v1=3"), InlineData("top-p=0.9,inverse-cdf"), InlineData("")]
    public void GoesOnAlikeAfterCloneAndAfterSaveAndResume(string text)
    {
        var chain = SamplerChain.Parse(text);
        int[] whole = Continue(chain.Start(42, [7, 1, 9]), 0, 40);
        for (int cut = 0; cut < 40; cut += 7)
        {
            var decoder = chain.Start(42, [7, 1, 9]);
            Assert.Equal(whole[..cut], Continue(decoder, 0, cut));
            var clone = decoder.Clone();
            var resumed = Decoder.Resume(SamplerChain.Parse(text), decoder.Save());
            Assert.Equal(whole[cut..], Continue(decoder, cut, 40));
            Assert.Equal(whole[cut..], Continue(clone, cut, 40));
            Assert.Equal(whole[cut..], Continue(resumed, cut, 40));
            Assert.Equal(decoder.Save(), resumed.Save());
        }
    }

    static int[] Continue(Decoder decoder, int from, int to) => [.. Enumerable.Range(from, to - from).Select(step => decoder.Next(Row(step)))];

    [Fact]
    public void DrawsTheSameForTheSameSeedAndOtherwiseForOthers()
    {
        var chain = SamplerChain.Parse("temperature=1.5");
        Assert.Equal(Continue(chain.Start(1), 0, 30), Continue(chain.Start(1), 0, 30));
        Assert.NotEqual(Continue(chain.Start(1), 0, 30), Continue(chain.Start(2), 0, 30));
        Assert.NotEqual(chain.Start().Seed, chain.Start().Seed);
        var random = chain.Start();
        int[] drawn = Continue(random, 0, 30);
        Assert.Equal(drawn, Continue(chain.Start(random.Seed), 0, 30));
    }

    /// <summary>Written down once, so that a change of generator, noise, exp or log in any place shows.</summary>
    [Fact]
    public void DrawsTheseTokensOnEveryMachine()
    {
        float[] row = [.. Enumerable.Range(0, 1000).Select(i => (i * 7919 % 1000) / 100f)];
        var decoder = SamplerChain.Parse("temperature=1.3").Start(2026);
        Assert.Equal("260 347 396 830 87 754 778 556 964 916 420 965", string.Join(' ', Enumerable.Range(0, 12).Select(_ => decoder.Next(row))));
    }

    [Theory]
    [InlineData("temperature=1.3", "18338 11323 5395 3472 5908 19076"), InlineData("top-p=0.9,temperature=0.7", "18338 12516 5395 3472 5908 19076"), InlineData("top-k=40,top-p=0.95,min-p=0.05,temperature=2", "5577 12185 10123 11154 2906 4546"), InlineData("typical=0.9,inverse-cdf", "4364 7687 12718 16875 17954 2302")]
    public void DrawsTheseTokensFromAVocabularyOnEveryMachine(string chain, string tokens)
    {
        float[] row = [.. Enumerable.Range(0, 20_011).Select(i => (i * 7919L % 20_011) * (i * 7919L % 20_011) / 3e7f)];
        var decoder = SamplerChain.Parse(chain).Start(2026);
        Assert.Equal(tokens, string.Join(' ', Enumerable.Range(0, 6).Select(_ => decoder.Next(row))));
    }

    [Theory]
    [InlineData("top-k=40,top-p=0.95,min-p=0.05,temperature=0.8"), InlineData("min-p=0.05,temperature=0.8"), InlineData("temperature=0.8"), InlineData("top-p=0.95,temperature=0.8"), InlineData("greedy"), InlineData(Stateful), InlineData("typical=0.9,inverse-cdf")]
    public void AllocatesNothingForATokenOnceWarm(string text)
    {
        var decoder = SamplerChain.Parse(text).Start(1);
        float[] row = Rows.Vocabulary(5000, 3, 1);
        for (int i = 0; i < 140; i++) decoder.Next(row);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) decoder.Next(row);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void StaysAsItWasWhenACallFails()
    {
        var decoder = SamplerChain.Parse(Stateful).Start(3, [7, 1]);
        for (int step = 0; step < 5; step++) decoder.Next(Row(step));
        byte[] before = decoder.Save();
        float[] nan = Row(5);
        nan[650] = float.NaN;
        Assert.Throws<DecodingException>(() => decoder.Next(nan));
        Assert.Throws<DecodingException>(() => decoder.Next([.. Row(5).Select(_ => float.NegativeInfinity)]));
        Assert.Throws<ArgumentException>(() => decoder.Next(new float[699]));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Accept(700));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Accept(-1));
        Assert.Equal(before, decoder.Save());
        Assert.Equal(Decoder.Resume(decoder.Chain, before).Next(Row(5)), decoder.Next(Row(5)));
    }

    [Fact]
    public void KeepsATokenWhoseScoreLeavesTheRange()
    {
        var left = SamplerChain.Parse("temperature=0.5,logit-bias=2:1").Start(1).Survivors([float.NegativeInfinity, -3e38f, 0]);
        Assert.Equal(-float.MaxValue, left[1]);
        Assert.Equal(2, left.Count);
        left = SamplerChain.Of([new FrequencyPenalty(-1e308), new FrequencyPenalty(1e308), new RepetitionPenalty(2)]).Start(1, [1, 1, 1]).Survivors([0.0, 1, 2]);
        Assert.Equal(3, left.Count);
        Assert.True(double.IsFinite(left[1]));
    }

    [Fact]
    public void FindsATokenThatCameBack()
    {
        // Listed, taken away, given a score again, and only then changed.
        var left = SamplerChain.Of([new TopK(5), new Suppress([3, 4]), new Revives(4), new LogitBias([new(4, 2)]), new Suppress([7, 5]), new LogitBias([new(6, 1)])]).Start(1).Survivors(Rows.Vocabulary(9, 0, 1).Select((_, i) => (double)i).ToArray());
        Assert.Equal(3, left[4]);
        Assert.Equal(7, left[6]);
        Assert.Equal(double.NegativeInfinity, left[7]);
        Assert.Equal(3, left.Count);
    }

    sealed record Revives(int Token) : ISampler
    {
        public void Apply(ref Candidates candidates, in History history) => candidates.Set(Token, 1);
    }

    [Fact]
    public void NamesTheValueTheBoundAndTheWayOut()
    {
        Says("logits[2] is NaN; scores are finite, or −∞ to rule a token out. Put remove-inf-nan first", () => SamplerChain.Of([]).Start(1).Next([0f, 1f, float.NaN]));
        Says("logits is empty; a row has one score for each token", () => SamplerChain.Of([]).Start(1).Next(ReadOnlySpan<float>.Empty));
        Says("the history names token 9; the logits have 3 tokens, 0 to 2.", () => SamplerChain.Of([new RepetitionPenalty(1.1)]).Start(1, [9]).Next([0f, 1f, 2f]));
        Says("names token 12; the logits have 3 tokens, 0 to 2.", () => SamplerChain.Of([new LogitBias([new(12, 1)])]).Start(1).Next([0f, 1f, 2f]));
        Says("prompt[1] is -4; a token id is at least 0.", () => SamplerChain.Of([]).Start(1, [3, -4]));
        Says("stage 2 (suppress=0 1) leaves no token", () => SamplerChain.Parse("temperature=1,suppress=0 1").Start(1).Next([0f, 1f]));
        Says("temperature is -1; a temperature is at least 0 (0 takes the best token) and finite.", () => _ = new Temperature(-1));
        Says("top-k is 0; it is at least 1.", () => _ = new TopK(0));
        Says("top-p is 1.5; it is at least 0 and at most 1.", () => _ = new TopP(1.5));
        Says("the rows before held 2", () => { var d = SamplerChain.Of([]).Start(1); d.Next([0f, 1f]); d.Next([0f, 1f, 2f]); });

        static void Says(string expected, Action act) => Assert.Contains(expected, Assert.ThrowsAny<Exception>(act).Message);
    }

    [Theory]
    [InlineData("{}"), InlineData("no json"), InlineData("{\"format\":\"logits/decoder\",\"version\":2}"), InlineData("{\"format\":\"logits/decoder\",\"version\":1,\"chain\":\"top-k=1\",\"seed\":1,\"prompt\":0,\"tokens\":[],\"states\":[]}")]
    [InlineData("{\"format\":\"logits/decoder\",\"version\":1,\"chain\":\"temperature=1\",\"seed\":1,\"prompt\":5,\"tokens\":[1],\"states\":[[]]}"), InlineData("{\"format\":\"logits/decoder\",\"version\":1,\"chain\":\"temperature=1\",\"seed\":-1,\"prompt\":0,\"tokens\":[1],\"states\":[[]]}")]
    public void RefusesToResumeFromWhatIsNoneOfItsOwn(string saved) =>
        Assert.ThrowsAny<ArgumentException>(() => Decoder.Resume([new Temperature(1)], System.Text.Encoding.UTF8.GetBytes(saved)));
}
