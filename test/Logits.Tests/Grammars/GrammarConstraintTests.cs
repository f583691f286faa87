using Logits.Grammars;
using Logits.Sampling;
using Logits.Tests.Search;

namespace Logits.Tests.Grammars;

public class GrammarConstraintTests
{
    static readonly string[] Texts = ["a", "b", "ab", "c", ",", "<eos>"];
    static readonly TokenVocabulary Vocabulary = new(Texts, 5);
    static readonly SamplerChain Chain = [new GrammarConstraint(Grammar.FromRegex("(ab,)*c"), Vocabulary), new Temperature(1.5)];

    [Fact]
    public void DecodesOnlyTextsOfTheLanguage()
    {
        var model = new ToyModel(6, 3);
        for (ulong seed = 0; seed < 50; seed++)
        {
            var decoder = Chain.Start(seed, [3, 3]);
            while (decoder.Next(model.Scores(decoder.Tokens)) != 5) Assert.True(decoder.Generated.Length < 500);
            Assert.Matches("^(ab,)*c$", string.Concat(decoder.Generated[..^1].ToArray().Select(token => Texts[token])));
        }
    }

    [Fact]
    public void GoesOnTheSameWhenClonedOrResumed()
    {
        var model = new ToyModel(6, 3);
        var decoder = Chain.Start(9, [0]);
        for (int i = 0; i < 3 && decoder.Tokens[^1] != 5; i++) decoder.Next(model.Scores(decoder.Tokens));
        var clone = decoder.Clone();
        var resumed = Decoder.Resume(Chain, decoder.Save());
        while (decoder.Tokens[^1] != 5)
        {
            int token = decoder.Next(model.Scores(decoder.Tokens));
            Assert.Equal(token, clone.Next(model.Scores(clone.Tokens)));
            Assert.Equal(token, resumed.Next(model.Scores(resumed.Tokens)));
        }
    }

    [Fact]
    public void NamesATokenFromElsewhereThatLeavesTheLanguage()
    {
        var decoder = Chain.Start(1, [0]);
        decoder.Accept(1);
        var error = Assert.Throws<DecodingException>(() => decoder.Next(new float[6]));
        Assert.Equal(DecodingError.InvalidArgument, error.Error);
        Assert.Contains("token 1 (generated token 1) is not allowed by the grammar", error.Message);
    }

    [Fact]
    public void NamesAVocabularyOfAnotherLength() =>
        Assert.Contains("the logits have 7 tokens; the grammar's vocabulary has 6", Assert.Throws<DecodingException>(() => Chain.Start(1).Next(new float[7])).Message);
}
