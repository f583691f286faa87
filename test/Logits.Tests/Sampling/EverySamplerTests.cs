using Logits.Sampling;

namespace Logits.Tests.Sampling;

/// <summary>What is true of every stage. Stages are found by reflection: a new one is tested before its author writes a test.</summary>
public class EverySamplerTests
{
    /// <summary>Chains of one stage each, at settings that act. A stage of the catalogue without an example fails a test.</summary>
    static readonly string[] s_examples =
    [
        "greedy", "temperature=0", "temperature=0.7", "temperature=3", "dynamic-temperature(temperature=1,delta=0.5)", "quadratic-smoothing(factor=0.3,curve=1.5)",
        "top-k=1", "top-k=3", "top-k=40", "top-k(k=2,ties=true)", "top-p=0", "top-p=0.5", "top-p=0.9", "top-p=1", "top-p(p=0.3,min-keep=4)",
        "min-p=0", "min-p=0.05", "min-p=0.5", "min-p=1", "min-p(ratio=0.6,min-keep=3)", "typical=0.2", "typical=0.9", "typical(p=0.5,beyond=true)", "typical(p=0.5,ties=true)",
        "tail-free=0.3", "tail-free=0.95", "tail-free(z=0.6,one-more=true)", "top-a=0.2", "top-a=3", "top-h=0.3", "top-h=1", "top-n-sigma=1", "top-n-sigma(n=1,masked-as-zero=true)",
        "p-less", "epsilon=0.01", "epsilon=0.6", "epsilon(epsilon=0.2,min-keep=2)", "eta=0.002", "eta=0.3", "xtc(probability=1,threshold=0.1)", "xtc(probability=0.5,threshold=0.05)",
        "mirostat=3", "mirostat-v1=3", "adaptive-p=0.4",
        "repetition-penalty=1.3", "repetition-penalty(penalty=0.8,last-n=2)", "frequency-penalty=0.5", "presence-penalty=0.5", "repetition-slope(penalty=1.4,range=8,slope=0.5,presence=0.1)",
        "encoder-repetition-penalty(penalty=1.5,encoder-ids=0)", "dry=0.8", "no-repeat-ngram=2", "encoder-no-repeat-ngram(n=2,encoder-ids=0 1 0)", "bad-words=0 1|1 2", "sequence-bias=0:1.5|1 0:-2",
        "logit-bias=0:2.5", "min-length(length=3,eos=1)", "min-new-tokens(count=1,eos=1)", "forced-bos=0", "forced-eos(max-length=1,eos=0)", "suppress=1", "suppress-at-begin(tokens=1,begin-index=0)",
        "exponential-decay-length(start=0,factor=1.1,eos=0)", "allowed-tokens=0 1", "eos-prioritizer(eos=0,min-probability=0.4)", "reasoning-budget(budget=0,begin=0,end=1,forced=0)",
        "log-softmax", "remove-inf-nan", "race", "inverse-cdf", "green-list=7", "synth-id=7",
    ];

    public static TheoryData<string> Examples => [.. s_examples];

    [Fact]
    public void IsInTheCatalogueAndHasAnExample()
    {
        // A grammar needs the texts of a vocabulary, which no line of settings can hold.
        var types = typeof(ISampler).Assembly.GetTypes().Where(t => t is { IsAbstract: false, IsInterface: false } && t.IsAssignableTo(typeof(ISampler)) && t.Name != "GrammarConstraint").ToArray();
        Assert.Equal([], types.Where(t => Samplers.All.All(info => info.Type != t)).Select(t => $"{t.Name} is not in Samplers.All"));
        var shown = s_examples.Select(e => SamplerChain.Parse(e)[0].GetType()).ToHashSet();
        Assert.Equal([], types.Where(t => !shown.Contains(t)).Select(t => $"{t.Name} has no example in this test"));
    }

    [Theory, MemberData(nameof(Examples))]
    public void PrintsWhatItReads(string example)
    {
        var chain = SamplerChain.Parse(example);
        Assert.Equal(chain, SamplerChain.Parse(chain.ToString()));
        Assert.Equal(chain.ToString(), SamplerChain.Parse(chain.ToString()).ToString());
    }

    [Theory, MemberData(nameof(Examples))]
    public void NeverLeavesNothing(string example)
    {
        var chain = SamplerChain.Parse(example);
        for (int number = 0; number < 400; number++)
        {
            float[] row = Rows.Make(number);
            if (row.Length < 3) continue;
            // Stages that name tokens 0 and 1 may rule out the only ones left; elsewhere something must stay.
            row[0] = row[1] = row[2] = row.Max();
            var decoder = chain.Start((ulong)number);
            for (int step = 0; step < 3; step++)
            {
                var left = decoder.Survivors(row);
                Assert.True(left.Count > 0, example);
                int token = decoder.Next(row);
                Assert.InRange(token, 0, row.Length - 1);
                if (chain[0] is not (RemoveInfNan or ForcedBos or ForcedEos or ReasoningBudget)) Assert.NotEqual(float.NegativeInfinity, row[token]);
            }
        }
    }

    [Theory, MemberData(nameof(Examples))]
    public void NamesTheCauseWhenEverythingIsRuledOut(string example)
    {
        var chain = SamplerChain.Parse(example);
        if (chain[0] is RemoveInfNan) return;
        var decoder = chain.Start(1);
        float[] row = [float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity];
        Assert.Equal(DecodingError.NoCandidates, Assert.Throws<DecodingException>(() => decoder.Next(row)).Error);
        Assert.Equal(DecodingError.NonFinite, Assert.Throws<DecodingException>(() => decoder.Next([0f, float.NaN, 1f])).Error);
        Assert.Equal(DecodingError.NonFinite, decoder.TryNext([0f, float.PositiveInfinity, 1f], out _));
        Assert.Throws<ArgumentException>(() => decoder.Next(ReadOnlySpan<float>.Empty));
        Assert.Equal(0, decoder.Tokens.Length);
    }

    /// <summary>Filters whose definition makes a second application do nothing.</summary>
    [Theory]
    [InlineData("greedy"), InlineData("temperature=0"), InlineData("top-k=3"), InlineData("top-k(k=2,ties=true)"), InlineData("top-p=0"), InlineData("top-p=1"), InlineData("min-p=0.05"), InlineData("min-p=0.5")]
    [InlineData("suppress=1"), InlineData("allowed-tokens=0 1 2"), InlineData("bad-words=0 1|1 2"), InlineData("log-softmax"), InlineData("no-repeat-ngram=2")]
    public void ChangesNothingTheSecondTime(string example)
    {
        var once = SamplerChain.Parse(example);
        var twice = SamplerChain.Parse($"{example},{example}");
        for (int number = 0; number < 500; number++)
        {
            float[] row = Rows.Make(number);
            if (row.Length < 4) continue;
            row[3] = row[0] = row.Max();
            Assert.Equal(Left(once, row, 7), Left(twice, row, 7));
        }
    }

    /// <summary>Stages that see differences of scores alone: adding a constant to all of them leaves the same tokens.</summary>
    [Theory]
    [InlineData("greedy"), InlineData("temperature=0.7"), InlineData("dynamic-temperature(temperature=1,delta=0.5)"), InlineData("quadratic-smoothing(factor=0.3,curve=1.5)")]
    [InlineData("top-k=3"), InlineData("top-k(k=2,ties=true)"), InlineData("top-p=0.5"), InlineData("top-p=0.9"), InlineData("min-p=0.05"), InlineData("typical=0.5"), InlineData("tail-free=0.6")]
    [InlineData("top-a=0.2"), InlineData("top-h=0.5"), InlineData("top-n-sigma=1"), InlineData("p-less"), InlineData("epsilon=0.01"), InlineData("eta=0.02"), InlineData("xtc(probability=1,threshold=0.1)")]
    [InlineData("mirostat=3"), InlineData("mirostat-v1=3"), InlineData("adaptive-p=0.4"), InlineData("log-softmax"), InlineData("race"), InlineData("inverse-cdf")]
    public void IgnoresAConstantShift(string example)
    {
        var chain = SamplerChain.Parse(example);
        for (int number = 0; number < 300; number++)
        {
            // Quarters stay exact under a shift of 64.
            float[] row = [.. Rows.Make(number).Select(z => float.IsNegativeInfinity(z) ? z : Math.Clamp(MathF.Round(z * 4) / 4, -4000, 4000))];
            float[] shifted = [.. row.Select(z => z + 64)];
            Assert.Equal(Left(chain, row, (ulong)number).Keys, Left(chain, shifted, (ulong)number).Keys);
            Assert.Equal(chain.Start((ulong)number).Next(row), chain.Start((ulong)number).Next(shifted));
        }
    }

    /// <summary>10,000 random and adversarial rows through each kind of filter in turn, against the definitions in integers of 200 bits.</summary>
    [Fact]
    public void AgreesWithTheSlowVersion()
    {
        var chains = s_examples.Select(SamplerChain.Parse).Where(chain => SlowSamplers.Survivors(chain[0], [0.0, 1]) is not null).ToArray();
        Assert.True(chains.Length > 25);
        for (int number = 0; number < 10_000; number++)
        {
            float[] row = Rows.Make(number);
            var chain = chains[number % chains.Length];
            double[] wide = [.. row.Select(z => (double)z)];
            var decoder = chain.Start((ulong)number);
            double uniform = new Noise((ulong)number, 0).Uniform(Noise.Purpose.Stage, 0);
            int[] expected = SlowSamplers.Survivors(chain[0], wide, uniform)!;
            AssertSame(expected, decoder.Survivors(row), chain, number);
            AssertSame(expected, decoder.Survivors(wide), chain, number);
        }
    }

    /// <summary>Vocabularies around every block and chunk size, and up to 300,000, through the filters that have a fast path for them.</summary>
    [Theory]
    [InlineData(511), InlineData(512), InlineData(513), InlineData(2047), InlineData(2048), InlineData(4111), InlineData(32_000), InlineData(300_000)]
    public void AgreesWithTheSlowVersionOnWholeVocabularies(int size)
    {
        string[] examples = size > 40_000 ? ["top-k=40", "top-p=0.9", "min-p=0.05"] : ["greedy", "top-k=1", "top-k=40", "top-k=300", "top-k(k=40,ties=true)", "top-p=0.3", "top-p=0.9", "top-p=0.999", "min-p=0.05", "min-p=0.000001", "top-a=0.2", "p-less"];
        foreach (double spread in size > 40_000 ? [3.0] : (double[])[0, 0.5, 3])
        {
            float[] row = Rows.Vocabulary(size, spread, size);
            for (int i = 0; i < size; i += 7) row[i] = spread == 0 ? float.NegativeInfinity : MathF.Round(row[i]);
            double[] wide = [.. row.Select(z => (double)z)];
            foreach (string example in examples)
            {
                var chain = SamplerChain.Parse(example);
                AssertSame(SlowSamplers.Survivors(chain[0], wide)!, chain.Start(1).Survivors(row), chain, size);
            }
        }
    }

    /// <summary>After a filter that works on the row itself, every stage sees the same candidates as after one that works on a list.</summary>
    [Theory, MemberData(nameof(Examples))]
    public void SeesTheSameAfterAFilterOverTheRowAsOverAList(string example)
    {
        if (example is "remove-inf-nan" or "race" or "inverse-cdf") return;
        float[] row = [.. Rows.Vocabulary(3000, 2, 17).Select(z => MathF.Round(z * 8) / 8)];
        row[0] = row[1] = 6;
        double[] wide = [.. row.Select(z => (double)z)];
        foreach (string before in (string[])["top-p=0.8", "temperature=0.5,top-p=0.6", "top-p=0.9,min-p=0.02", "top-p=0.8,suppress=7 9"])
        {
            var chain = SamplerChain.Parse($"{before},{example}");
            Decoder narrow = chain.Start(5), listed = chain.Start(5);
            AssertSame([.. Ids(listed.Survivors(wide))], narrow.Survivors(row), chain, 17);
            Assert.Equal(Ids(listed.Survivors(wide)).Count, narrow.Survivors(row).Count);
            Assert.Equal(listed.Next(wide), narrow.Next(row));
        }

        static List<int> Ids(Candidates candidates)
        {
            var ids = new List<int>();
            foreach (var candidate in candidates.Items) ids.Add(candidate.Token);
            ids.Sort();
            return ids;
        }
    }

    static void AssertSame(int[] expected, Candidates left, SamplerChain chain, int number)
    {
        var actual = new List<int>();
        foreach (var candidate in left.Items) actual.Add(candidate.Token);
        actual.Sort();
        if (!expected.SequenceEqual(actual))
            Assert.Fail($"{chain} on row {number}: expected {expected.Length} tokens [{string.Join(' ', expected.Take(60))}], got {actual.Count} [{string.Join(' ', actual.Take(60))}]");
    }

    /// <summary>What is left, by id.</summary>
    static SortedDictionary<int, double> Left(SamplerChain chain, float[] row, ulong seed)
    {
        var left = new SortedDictionary<int, double>();
        foreach (var candidate in chain.Start(seed).Survivors(row).Items) left.Add(candidate.Token, Math.Round(candidate.Score, 6));
        return left;
    }
}
