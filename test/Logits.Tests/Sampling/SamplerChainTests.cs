using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class SamplerChainTests
{
    [Fact]
    public void ReadsAsItPrints()
    {
        const string Text = "repetition-penalty=1.1,top-k=40,dry(multiplier=0.8,base=2,breakers=13|4 5),top-p=0.95,min-p=0.05,temperature=0.8";
        var chain = SamplerChain.Parse(Text);
        Assert.Equal([new RepetitionPenalty(1.1), new TopK(40), new Dry(0.8, 2, Breakers: [[13], [4, 5]]), new TopP(0.95), new MinP(0.05), new Temperature(0.8)], chain);
        Assert.Equal(Text, chain.ToString());
        Assert.Equal(chain, SamplerChain.Parse(Text));
        Assert.Empty(SamplerChain.Parse(""));
    }

    [Fact]
    public void ReadsASettingAsItWasWritten()
    {
        Assert.Equal(new MinP(0.05), new MinP(0.05f));
        Assert.Equal(0.95, new TopP(0.95f).Mass);
        Assert.Equal("temperature=0.8", SamplerChain.Of([new Temperature(0.8f)]).ToString());
    }

    [Theory]
    [InlineData("topk=4", "\"topk\" is no stage; the stages are adaptive-p,")]
    [InlineData("top-k", "top-k needs k: write top-k=K")]
    [InlineData("top-k=many", "top-k: k is \"many\"; it is a whole number.")]
    [InlineData("top-k(count=4)", "top-k has no setting count; its settings are k, ties, min-keep.")]
    [InlineData("greedy=1", "greedy takes no setting; write greedy.")]
    [InlineData("top-k(k=4", "lacks its closing parenthesis")]
    [InlineData("top-k=4,,top-p=0.9", "nothing between two commas")]
    [InlineData("min-p=2", "min-p is 2; it is at least 0 and at most 1.")]
    [InlineData("race,top-k=4", "race is stage 1 of 2; it picks the token, so it stands last.")]
    [InlineData("top-k=4,remove-inf-nan", "remove-inf-nan is stage 2; it repairs the model's scores, so it stands first.")]
    [InlineData("logit-bias=1 2:3", "logit-bias has the sequence 1 2; it takes single tokens.")]
    public void NamesWhatItCannotRead(string text, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => SamplerChain.Parse(text)).Message);

    [Fact]
    public void RunsInTheOrderWritten()
    {
        float[] row = [3, 2.5f, 2, 1];
        Assert.Equal(4, SamplerChain.Parse("temperature=4,min-p=0.5").Start(1).Survivors(row).Count);
        Assert.Equal(2, SamplerChain.Parse("min-p=0.5,temperature=4").Start(1).Survivors(row).Count);
    }

    [Fact]
    public void ExplainsWhatEachStageDid()
    {
        var told = SamplerChain.Parse("logit-bias=0:-9,top-k=3,top-p=0.6,temperature=0.5").Explain([3f, 2.5f, 2f, 1f, 0f]);
        Assert.Equal([0, 1, 2, 3, 4], told.Wanted.Select(t => t.Token));
        Assert.Equal([(5, 5), (5, 3), (3, 2), (2, 2)], told.Stages.Select(s => (s.In, s.Kept)));
        Assert.Equal("logit-bias=0:-9", told.Stages[0].Name);
        Assert.StartsWith("changed 1 scores; token 0 went from p = 0.46", told.Stages[0].Why);
        Assert.Equal([4, 0], told.Stages[1].Removed.Select(t => t.Token));
        Assert.Equal("ruled out 1 of 3, with 0.122 of the probability: the likeliest of them is token 3 (p = 0.122); the least likely kept is token 2 (p = 0.331)", told.Stages[2].Why);
        Assert.Equal("changed 2 scores; token 2 went from p = 0.378 to 0.269", told.Stages[3].Why);
        Assert.Contains(told.Token, told.Survivors.Select(t => t.Token));
        Assert.Equal(1, told.Survivors.Sum(t => t.Probability), 1e-12);
    }

    [Fact]
    public void RunsAStageOfTheUsersOwn()
    {
        SamplerChain chain = [new OnlyEven(), new TopK(1)];
        Assert.Equal(2, chain.Start(1).Next([0f, 9f, 5f, 8f]));
        Assert.Contains("OnlyEven", chain.ToString());
    }

    sealed record OnlyEven : ISampler
    {
        public void Apply(ref Candidates candidates, in History history) => candidates.KeepWhere(2, static (n, c) => c.Token % n == 0);
    }
}
