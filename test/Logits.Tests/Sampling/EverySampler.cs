using Logits.Sampling;

namespace Logits.Tests.Sampling;

/// <summary>What is true of every stage. Stages are found by reflection: a new one is tested before its author writes a test.</summary>
public class EverySampler
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

    /// <summary>Stages whose definition makes a second application do nothing, and why each of the others is none: a new stage must be put in one of the two.</summary>
    static readonly string[] s_idempotent =
    [
        "greedy", "top-k", "min-p", "epsilon", "mirostat", "no-repeat-ngram", "encoder-no-repeat-ngram", "bad-words", "min-length", "min-new-tokens", "forced-bos", "forced-eos", "suppress",
        "suppress-at-begin", "allowed-tokens", "eos-prioritizer", "reasoning-budget", "log-softmax", "remove-inf-nan", "race", "inverse-cdf",
        // Of these only some settings are: those of the examples given in full.
        "temperature=0", "top-p=0", "top-p=1", "top-h=1",
    ];

    static readonly string[] s_actsAgain =
    [
        // Rescale or add, and do so again.
        "temperature", "dynamic-temperature", "quadratic-smoothing", "adaptive-p", "repetition-penalty", "frequency-penalty", "presence-penalty", "repetition-slope", "encoder-repetition-penalty", "dry", "sequence-bias", "logit-bias",
        "exponential-decay-length", "green-list", "synth-id",
        // Measure what is left against a whole that has shrunk.
        "top-p", "typical", "tail-free", "top-a", "top-h", "top-n-sigma", "p-less", "eta", "mirostat-v1",
        // Excludes the top choices that are left.
        "xtc",
    ];

    [Theory, MemberData(nameof(Examples))]
    public void ChangesNothingTheSecondTimeWhereItsDefinitionSaysSo(string example)
    {
        string name = Name(example);
        Assert.True(s_idempotent.Contains(name) != s_actsAgain.Contains(name), $"put {name} in one of s_idempotent and s_actsAgain");
        bool idempotent = s_idempotent.Contains(name) || s_idempotent.Contains(example);
        var stage = SamplerChain.Parse(example)[0];
        SamplerChain once = [new Repeated(stage, 1)], twice = [new Repeated(stage, 2)];
        bool differs = false;
        for (int number = 0; number < 600; number++)
        {
            float[] row = Rows.Make(number);
            if (row.Length < 4) continue;
            row[0] = row[3] = row.Max();
            if (number % 3 != 0) row[1] = row[2] = row[0] - 1;
            int[] prompt = Prompt(number);
            var first = Left(once, row, (ulong)number, prompt);
            if (!idempotent) differs |= !first.SequenceEqual(Left(twice, row, (ulong)number, prompt));
            else Assert.Equal(first, Left(twice, row, (ulong)number, prompt));
        }
        // So low a cutoff that whatever passed it once passes the one that follows.
        if (!idempotent && example != "eta=0.002") Assert.True(differs, $"{example} never acted a second time; is it idempotent?");
    }

    sealed record Repeated(ISampler Stage, int Times) : ISampler
    {
        public void Apply(ref Candidates candidates, in History history)
        {
            for (int i = 0; i < Times; i++) Stage.Apply(ref candidates, history);
        }
    }

    static string Name(string example) => example.Split('=', '(')[0];

    /// <summary>Texts so far: none, a start, a repetition.</summary>
    static int[] Prompt(int number) => (number % 4) switch { 0 => [], 1 => [0], 2 => [0, 1, 0, 1, 0], _ => [1, 2, 0, 1, 2, 0, 1, 2] };

    /// <summary>Stages that see more than differences of scores; all others leave the same tokens when a constant is added to every score.</summary>
    static readonly string[] s_seesTheZero = ["repetition-penalty", "repetition-slope", "encoder-repetition-penalty", "exponential-decay-length", "top-n-sigma(n=1,masked-as-zero=true)"];

    [Theory, MemberData(nameof(Examples))]
    public void IgnoresAConstantShiftUnlessItsDefinitionSeesTheZero(string example)
    {
        if (example == "remove-inf-nan") return;   // puts a number of its own in place of −∞
        bool sees = s_seesTheZero.Contains(Name(example)) || s_seesTheZero.Contains(example), differs = false;
        var chain = SamplerChain.Parse(example);
        for (int number = 0; number < 400; number++)
        {
            // Quarters stay exact under a shift of 64.
            float[] row = [.. Rows.Make(number).Select(z => float.IsNegativeInfinity(z) ? z : Math.Clamp(MathF.Round(z * 4) / 4, -4000, 4000))];
            if (row.Length < 3) continue;
            row[0] = row[1] = row[2] = row.Max();
            float[] shifted = [.. row.Select(z => z + 64)];
            int[] prompt = Prompt(number);
            var before = Left(chain, row, (ulong)number, prompt);
            var after = Left(chain, shifted, (ulong)number, prompt);
            if (sees) { differs |= !before.SequenceEqual(after.Select(pair => new KeyValuePair<int, double>(pair.Key, Math.Round(pair.Value - 64, 6)))); continue; }
            Assert.Equal(before.Keys, after.Keys);
            Assert.Equal(After(chain, (ulong)number, prompt).Next(row), After(chain, (ulong)number, prompt).Next(shifted));
        }
        if (sees) Assert.True(differs, $"{example} never saw the zero");
    }

    /// <summary>Whatever a call fails for, the decoder goes on as a copy taken before it does.</summary>
    [Theory, MemberData(nameof(Examples))]
    public void StaysAsItWasWhenACallFails(string example)
    {
        var chain = SamplerChain.Parse(example);
        var decoder = chain.Start(5, [0, 1, 0]);
        float[] row = Rows.Vocabulary(40, 2, 3);
        row[0] = row[1] = row[2] = row.Max();
        for (int step = 0; step < 3; step++) decoder.Next(row);
        byte[] before = decoder.Save();
        var copy = decoder.Clone();

        if (chain[0] is not RemoveInfNan)
        {
            float[] nan = [.. row];
            nan[17] = float.NaN;
            Assert.Throws<DecodingException>(() => decoder.Next(nan));
            nan[17] = float.PositiveInfinity;
            Assert.Throws<DecodingException>(() => decoder.Next(nan));
            Assert.Throws<DecodingException>(() => decoder.Next([.. row.Select(_ => float.NegativeInfinity)]));
        }
        Assert.ThrowsAny<ArgumentException>(() => decoder.Next(row.AsSpan(0, 39)));
        Assert.ThrowsAny<ArgumentException>(() => decoder.Next(ReadOnlySpan<float>.Empty));
        Assert.ThrowsAny<ArgumentException>(() => decoder.Accept(40));
        // A stage after this one that fails, and one that leaves nothing.
        foreach (ISampler after in chain[0] is ISelector ? (ISampler[])[] : [new Fails(), new Empties()])
        {
            var last = SamplerChain.Of([chain[0], after]).Start(5, [0, 1, 0]);
            byte[] start = last.Save();
            Assert.ThrowsAny<Exception>(() => last.Next(row));
            Assert.Equal(start, last.Save());
        }

        Assert.Equal(before, decoder.Save());
        for (int step = 0; step < 5; step++) Assert.Equal(copy.Next(row), decoder.Next(row));
        Assert.Equal(copy.Save(), decoder.Save());
    }

    sealed record Fails : ISampler
    {
        public void Apply(ref Candidates candidates, in History history) => throw new NotSupportedException();
    }

    sealed record Empties : ISampler
    {
        public void Apply(ref Candidates candidates, in History history) => candidates.KeepWhere(0, static (_, _) => false);
    }

    /// <summary>
    /// Whatever stages and states do, the token is drawn with the probability that the survivors give it: F(token) minus a random part of its own
    /// probability is uniform, at every step, also where each step has another distribution.
    /// </summary>
    [Theory, MemberData(nameof(Examples))]
    public void DrawsWithTheProbabilitiesItLeaves(string example)
    {
        const int Runs = 500, Steps = 6, Bins = 25;
        SamplerChain stage = SamplerChain.Parse(example);
        foreach (SamplerChain chain in stage[0] is ISelector ? (SamplerChain[])[stage] : [stage, [stage[0], new InverseCdf()]])
        {
            var bins = new int[Bins];
            for (int run = 0; run < Runs; run++)
            {
                var decoder = chain.Start((ulong)run, Prompt(run));
                for (int step = 0; step < Steps; step++)
                {
                    float[] row = Rows.Vocabulary(30, 1.5, 6 * run + step);
                    var left = decoder.Clone().Survivors(row);
                    var items = left.Items;
                    var p = left.Probabilities();
                    int token = decoder.Next(row);
                    double below = 0, own = 0;
                    for (int i = 0; i < items.Length; i++)
                        if (items[i].Token < token) below += p[i];
                        else if (items[i].Token == token) own = p[i];
                    Assert.True(own > 0, $"{example}: token {token} has no probability");
                    double place = below + own * Logits.Randomness.Philox.Uniform(77, (ulong)(6 * run + step));
                    bins[Math.Min(Bins - 1, (int)(Bins * place))]++;
                }
            }
            RaceTests.AssertChiSquared(bins, [.. bins.Select(_ => 1.0)], Runs * Steps);
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
        string[] examples = size > 40_000 ? ["top-k=40", "top-p=0.9", "min-p=0.05", "xtc(probability=1,threshold=0.001)"] : ["greedy", "top-k=1", "top-k=40", "top-k=300", "top-k(k=40,ties=true)", "top-p=0.3", "top-p=0.9", "top-p=0.999", "min-p=0.05", "min-p=0.000001", "top-a=0.2", "p-less", "epsilon=0.0005", "eta=0.001", "xtc(probability=1,threshold=0.002)"];
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

    /// <summary>A decoder whose last token was generated, the others its prompt.</summary>
    static Decoder After(SamplerChain chain, ulong seed, int[] tokens)
    {
        var decoder = chain.Start(seed, tokens.AsSpan(0, Math.Max(0, tokens.Length - 1)));
        if (tokens.Length > 0) decoder.Accept(tokens[^1]);
        return decoder;
    }

    /// <summary>What is left, by id.</summary>
    static SortedDictionary<int, double> Left(SamplerChain chain, float[] row, ulong seed, int[] prompt)
    {
        var left = new SortedDictionary<int, double>();
        foreach (var candidate in After(chain, seed, prompt).Survivors(row).Items) left.Add(candidate.Token, Math.Round(candidate.Score, 6));
        return left;
    }
}
