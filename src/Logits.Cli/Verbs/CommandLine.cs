using System.CommandLine;

namespace Logits.Cli.Verbs;

/// <summary>The command as it was typed.</summary>
static class CommandLine
{
    /// <summary><c>logits verb …</c> with quotes where a shell needs them.</summary>
    public static string Of(ParseResult result) =>
        string.Join(' ', result.Tokens.Select(token => Quoted(token.Value)).Prepend("logits"));

    static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./,:=@%+~".Contains(c)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
