using System.Text;
using System.Text.RegularExpressions;
using Logits.Grammars;
using Logits.Randomness;

namespace Logits.Tests.Grammars;

public class GrammarTests
{
    [Theory]
    [InlineData("(yes|no)", "yes", true)]
    [InlineData("(yes|no)", "ye", false)]
    [InlineData("-?(0|[1-9][0-9]{0,2})", "-120", true)]
    [InlineData("-?(0|[1-9][0-9]{0,2})", "0120", false)]
    [InlineData("a{2,}b?", "aaaa", true)]
    [InlineData("a{2,}b?", "ab", false)]
    [InlineData("(a*)*b", "aaab", true)]
    [InlineData("", "", true)]
    [InlineData("^[^a-c]+$", "xyzé", true)]
    [InlineData("^[^a-c]+$", "xbz", false)]
    [InlineData(".", "\n", false)]
    [InlineData(".", "😀", true)]
    [InlineData(@"\p{Lu}\p{L}*", "Éa𝒳", true)]
    [InlineData(@"\p{Lu}\p{L}*", "éa", false)]
    [InlineData(@"[\w-]+@[\w]+\.com", "a-b@c.com", true)]
    [InlineData(@"(?:ab|(?<n>cd))+?", "abcdab", true)]
    [InlineData(@"\u00e9\x41[\]\\]", "éA]", true)]
    public void MatchesAsTheRegularExpressionSays(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Grammar.FromRegex(pattern).Matches(text));

    [Theory]
    [InlineData("root ::= \"[\" root? \"]\"", "[[]]", true)]
    [InlineData("root ::= \"[\" root? \"]\"", "[[]", false)]
    [InlineData("root ::= expr\nexpr ::= expr \"+\" num | num   # left recursion\nnum ::= [0-9]+", "1+22+3", true)]
    [InlineData("root ::= expr\nexpr ::= expr \"+\" num | num\nnum ::= [0-9]+", "1++3", false)]
    [InlineData("root ::= (\"a\" |\n  \"b\"){2,3}\n  \".\"", "aba.", true)]
    [InlineData("root ::= ws ws ws \"x\"\nws ::= [ \\t]*", "  x", true)]
    [InlineData("root ::= [^\\]]+ .", "ab\n", true)]
    [InlineData("root ::= a a\na ::= b?\nb ::= a \"x\"", "xxx", true)]
    public void MatchesAsTheRulesSay(string grammar, string text, bool matches) =>
        Assert.Equal(matches, Grammar.FromGbnf(grammar).Matches(text));

    [Theory]
    [InlineData("a(b", "position 2: a group without its closing )")]
    [InlineData("a)b", "position 2: a ) without its (")]
    [InlineData("*a", "repeats nothing")]
    [InlineData("a{2,1}", "at least 2 and at most 1")]
    [InlineData("(?=a)b", "look-around")]
    [InlineData("(a)\\1", "back reference")]
    [InlineData("[z-a]", "runs backwards")]
    [InlineData("\\p{Xx}", "Xx is not a general category")]
    [InlineData("a\\", "backslash at the end")]
    public void NamesWhatIsWrongWithAPattern(string pattern, string message) =>
        Assert.Contains(message, Assert.Throws<GrammarException>(() => Grammar.FromRegex(pattern)).Message);

    [Theory]
    [InlineData("root ::= x", "line 1, column 10: rule x is not defined; the rules are root")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "line 2, column 1: rule root is defined twice")]
    [InlineData("root ::= \"a", "a literal without its closing")]
    [InlineData("root ::= root \"a\"", "root derives no finite text")]
    [InlineData("start ::= \"a\"", "rule root is not defined; the rules are start")]
    [InlineData("", "the grammar has no rules")]
    [InlineData("root ::= \"a\" )", "a ) without its (")]
    [InlineData("root = \"a\"", "expected ::= after root, found '='")]
    [InlineData("root ::= \"\\q\"", "\\q is not an escape here")]
    public void NamesWhatIsWrongWithAGrammar(string grammar, string message) =>
        Assert.Contains(message, Assert.Throws<GrammarException>(() => Grammar.FromGbnf(grammar)).Message);

    [Fact]
    public void NeverLeadsIntoADeadEnd()
    {
        // "b" leads only into a rule without an end, so it is not offered in the first place.
        var state = Grammar.FromGbnf("root ::= \"a\" | \"b\" loop\nloop ::= \"c\" loop").Start();
        Assert.NotNull(state.Advance((byte)'a'));
        Assert.Null(state.Advance((byte)'b'));
    }

    [Fact]
    public void AgreesWithTheRuntimesRegexOnRandomPatternsAndTexts()
    {
        const string alphabet = "abc";
        int matched = 0;
        for (ulong i = 0; i < 400; i++)
        {
            ulong draw = 0;
            uint Next(uint below) => Philox.At(71, i, draw++).W0 % below;
            string pattern = Pattern(depth: 3);
            var grammar = Grammar.FromRegex(pattern);
            var judge = new Regex($"^(?:{pattern})\\z", RegexOptions.None, TimeSpan.FromSeconds(5));
            for (int t = 0; t < 12; t++)
            {
                string text = string.Concat(Enumerable.Range(0, (int)Next(6)).Select(_ => alphabet[(int)Next(3)]));
                bool expected = judge.IsMatch(text);
                matched += expected ? 1 : 0;
                Assert.True(expected == grammar.Matches(text), $"{pattern} on '{text}': the runtime says {expected}");
            }

            string Pattern(int depth) => depth == 0 || Next(4) == 0
                ? alphabet[(int)Next(3)].ToString()
                : Next(6) switch
                {
                    0 => $"({Pattern(depth - 1)}|{Pattern(depth - 1)})",
                    1 => $"(?:{Pattern(depth - 1)})*",
                    2 => $"(?:{Pattern(depth - 1)})?",
                    3 => $"(?:{Pattern(depth - 1)}){{{Next(2)},{2 + Next(2)}}}",
                    4 => $"[^{alphabet[(int)Next(3)]}]",
                    _ => Pattern(depth - 1) + Pattern(depth - 1),
                };
        }
        Assert.InRange(matched, 300, 4500);
    }

    [Fact]
    public void CoversEveryCharacterExactly()
    {
        var negated = Grammar.FromRegex("[^ -~]");
        Span<byte> bytes = stackalloc byte[4];
        for (int code = 0; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 37)
        {
            if (!Rune.IsValid(code)) continue;
            int length = new Rune(code).EncodeToUtf8(bytes);
            bool inside = negated.Start().Advance(bytes[..length]) is { IsComplete: true };
            Assert.True(inside == (code is < ' ' or > '~'), $"U+{code:X4}");
        }
        Assert.Null(negated.Start().Advance([0xC0]));             // overlong
        Assert.Null(negated.Start().Advance([0xED, 0xA0]));       // a surrogate
        Assert.Null(negated.Start().Advance([0xF4, 0x90]));       // past U+10FFFF
    }

    [Fact]
    public void AllowsTokensThatEndInTheMiddleOfACharacter()
    {
        var vocabulary = new TokenVocabulary([[0xC3], [0xA9], [0xC3, 0xA9], [.. "x"u8], []], [4]);
        var allowed = new bool[5];
        var start = Grammar.FromRegex("é+").Start();
        Assert.Equal(2, vocabulary.Allow(start, allowed));
        Assert.Equal([true, false, true, false, false], allowed);
        var half = vocabulary.Advance(start, 0)!;
        vocabulary.Allow(half, allowed);
        Assert.Equal([false, true, false, false, false], allowed);
        vocabulary.Allow(vocabulary.Advance(half, 1)!, allowed);
        Assert.Equal([true, false, true, false, true], allowed);
    }

    [Fact]
    public void AllowsNamedTokensAndTheirNegation()
    {
        var vocabulary = new TokenVocabulary(["<think>", "</think>", "a", "b", "<eos>"], 4);
        var grammar = Grammar.FromGbnf("root ::= <think> (!<[1]>)* <[1]> \"a\"");
        var allowed = new bool[5];
        var state = grammar.Start();
        vocabulary.Allow(state, allowed);
        Assert.Equal([true, false, false, false, false], allowed);
        state = vocabulary.Advance(state, 0)!;
        vocabulary.Allow(state, allowed);
        Assert.Equal([true, true, true, true, false], allowed);
        state = vocabulary.Advance(vocabulary.Advance(state, 3)!, 1)!;
        vocabulary.Allow(state, allowed);
        Assert.Equal([false, false, true, false, false], allowed);
        Assert.True(vocabulary.Advance(state, 2)!.IsComplete);
        Assert.Null(vocabulary.Advance(state, 4));
    }

    [Fact]
    public void StaysLinearOnLongTexts()
    {
        var grammar = Grammar.FromGbnf("root ::= item (\",\" item)*\nitem ::= [a-z]+");
        Assert.True(grammar.Matches(string.Join(',', Enumerable.Repeat("word", 20_000))));
    }
}
