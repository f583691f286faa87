namespace Logits.Grammars;

/// <summary>A language over bytes: what a constrained text may look like. Immutable and shareable.</summary>
/// <remarks>
/// Read from a regular expression (<see cref="FromRegex"/>) or from GBNF (<see cref="FromGbnf"/>). Characters are compiled to their UTF-8
/// bytes, so tokens may end in the middle of a character. Recognised by Earley's algorithm (An Efficient Context-Free Parsing Algorithm,
/// CACM 1970) with the nullable-prediction step of Aycock and Horspool (2002): left recursion, empty rules and ambiguity are all allowed.
/// Rules that can derive no text are removed when the grammar is read, so a state that is alive can always be completed.
/// </remarks>
public sealed class Grammar
{
    /// <summary>One step inside an alternative: a byte range, a whole token, a rule, or the end of the alternative.</summary>
    internal readonly record struct Symbol(SymbolKind Kind, int A, int B = 0);

    internal enum SymbolKind { Bytes, Token, Rule, End }

    /// <summary>All alternatives, one after the other; each ends with an <see cref="SymbolKind.End"/> that names its rule.</summary>
    internal Symbol[] Symbols { get; }

    /// <summary>The positions in <see cref="Symbols"/> where the alternatives of each rule begin.</summary>
    internal int[][] Alternatives { get; }

    /// <summary>Whether a rule derives the empty text.</summary>
    internal bool[] Nullable { get; }

    /// <summary>The tokens that <c>&lt;…&gt;</c> elements name.</summary>
    internal TokenName[] Tokens { get; }

    internal int Root { get; }

    internal Grammar(Symbol[] symbols, int[][] alternatives, bool[] nullable, TokenName[] tokens, int root)
    {
        Symbols = symbols;
        Alternatives = alternatives;
        Nullable = nullable;
        Tokens = tokens;
        Root = root;
    }

    /// <summary>The language of a regular expression that must match the whole text.</summary>
    /// <param name="pattern">
    /// Literals, <c>.</c> (any character but a line feed), classes <c>[a-z]</c> <c>[^…]</c>, <c>\d \w \s \D \W \S</c> (ASCII), <c>\p{L}</c> and other
    /// general categories, escapes <c>\n \t \r \f \v \0 \xHH \uHHHH</c>, groups, <c>|</c>, <c>* + ? {m} {m,} {m,n}</c> (lazy forms mean the same
    /// language), <c>^</c> at the start and <c>$</c> at the end.
    /// </param>
    /// <exception cref="GrammarException">The pattern is malformed, or uses look-around, back references or inline options; the message gives the position.</exception>
    public static Grammar FromRegex(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return RegexReader.Read(pattern);
    }

    /// <summary>The language of a grammar in GBNF, llama.cpp's notation.</summary>
    /// <param name="text">
    /// Rules <c>name ::= …</c> of literals <c>"…"</c>, classes <c>[…]</c>, <c>.</c> (any character), groups, <c>|</c>, <c>* + ? {m} {m,} {m,n}</c>, tokens <c>&lt;text&gt;</c>,
    /// <c>&lt;[id]&gt;</c> and their negation <c>!</c>, and comments <c>#</c>. Left recursion is allowed.
    /// </param>
    /// <param name="root">The rule the whole text must match.</param>
    /// <exception cref="GrammarException">The grammar is malformed, names a rule that is not there, or derives no text at all; the message gives the place.</exception>
    public static Grammar FromGbnf(string text, string root = "root")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(root);
        return GbnfReader.Read(text, root);
    }

    /// <summary>The state before any text.</summary>
    public GrammarState Start() => GrammarState.Before(this);

    /// <summary>Whether the whole of <paramref name="text"/> is in the language.</summary>
    public bool Matches(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Start().Advance(System.Text.Encoding.UTF8.GetBytes(text)) is { IsComplete: true };
    }
}

/// <summary>A token that a grammar names: by id, or by text when the id is negative; or every other token.</summary>
internal readonly record struct TokenName(int Id, string? Text, bool Negated);

/// <summary>A grammar or a pattern that cannot be read; the message gives the place and the way out.</summary>
public sealed class GrammarException(string message) : FormatException(message);
