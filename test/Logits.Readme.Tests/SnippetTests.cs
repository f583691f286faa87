using System.Text;
using System.Text.RegularExpressions;

namespace Logits.Readme.Tests;

/// <summary>Every C# block of the README and of <c>docs/</c> compiles and runs; a block of output behind it is what it prints.</summary>
/// <remarks>
/// A comment <c>&lt;!-- given: float[] scores = …; --&gt;</c> right before a block supplies what the reader is assumed to have.
/// A block of kind <c>csharp refused</c> must not compile, and the words in its <c>// CS….: …</c> comments are the compiler's.
/// </remarks>
[Collection("console")]
public partial class SnippetTests
{
    [Theory]
    [MemberData(nameof(Snippets))]
    public void Runs(string place, string kind, string program, string? output)
    {
        if (kind == "refused")
        {
            string errors = string.Join('\n', Compiler.Errors(program));
            string[] promised = [.. PromisedError().Matches(program).Select(match => match.Groups[1].Value.Trim().TrimEnd('…', '.', '"'))];
            Assert.True(promised.Length > 0, $"{place}: a refused block names the errors it shows (// CS0619 …)");
            foreach (string promise in promised)
                foreach (string part in promise.Split('…', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                    Assert.Contains(part.Trim('"', ' '), errors, StringComparison.Ordinal);
            return;
        }
        string printed = Compiler.Run(program, place);
        if (output is not null)
            Assert.True(output.TrimEnd() == printed.TrimEnd(), $"{place} shows\n{output.TrimEnd()}\nbut prints\n{printed.TrimEnd()}");
    }

    public static TheoryData<string, string, string, string?> Snippets()
    {
        var data = new TheoryData<string, string, string, string?>();
        string root = Repository.Root;
        foreach (string file in (string[])[Path.Combine(root, "README.md"), .. Directory.GetFiles(Path.Combine(root, "docs"), "*.md").Order(StringComparer.Ordinal)])
        {
            if (!File.Exists(file)) continue;
            string text = File.ReadAllText(file).ReplaceLineEndings("\n");
            foreach (Match match in Block().Matches(text))
            {
                int line = text.AsSpan(0, match.Groups["code"].Index).Count('\n');
                var program = new StringBuilder();
                string code = match.Groups["code"].Value;
                foreach (Match directive in Using().Matches(code)) program.AppendLine(directive.Value);
                program.AppendLine(Namespaces);
                program.AppendLine(match.Groups["given"].Value);
                program.AppendLine(Using().Replace(code, ""));
                data.Add($"{Path.GetFileName(file)}:{line + 1}", match.Groups["kind"].Value.Trim(), program.ToString(), match.Groups["output"].Success ? match.Groups["output"].Value : null);
            }
        }
        return data;
    }

    /// <summary>Snippets may leave the library's own using lines to the page they stand on.</summary>
    static readonly string Namespaces = string.Join(' ', typeof(LogMath).Assembly.GetExportedTypes().Select(type => type.Namespace).Distinct().Order(StringComparer.Ordinal).Select(name => $"using {name};"));

    [GeneratedRegex(@"(?:<!-- given:(?<given>.*?)-->\n)?```csharp(?<kind>[^\n]*)\n(?<code>.*?)\n```\n(?:\n*```(?:output|text output)\n(?<output>.*?)\n```)?", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^using [^;(]+;$", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"//\s*CS\d+:?\s*""?([^\n]*)")]
    private static partial Regex PromisedError();
}
