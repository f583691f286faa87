using System.Text;

namespace Logits.Cli.Tests;

/// <summary>docs/cli.md shows what the commands print: every line "$ …" in a console block is run, and what follows it compared.</summary>
/// <remarks>After a change that is meant: <c>LOGITS_ACCEPT_DOCS=1 dotnet test test/Logits.Cli.Tests</c> writes the page again from real runs.</remarks>
public sealed class DocumentationTests
{
    const string Fence = "```";

    [Fact]
    public void ShowsWhatTheCommandsPrint()
    {
        using var folder = new Folder();
        foreach (string sample in (string[])["digits-validation.csv", "digits-test.csv"])
            File.Copy(Path.Combine(Repository.Root, "src", "Logits.Cli", "Samples", sample), folder.File(sample));

        string path = Path.Combine(Repository.Root, "docs", "cli.md"), page = File.ReadAllText(path).ReplaceLineEndings("\n"), now = RunAgain(page, folder.Path);
        if (Environment.GetEnvironmentVariable("LOGITS_ACCEPT_DOCS") == "1")
            File.WriteAllText(path, page = now);
        Assert.Equal(page, now);
    }

    /// <summary>The page with the output of every command as it is now; trailing spaces and blank lines at the ends do not count.</summary>
    static string RunAgain(string page, string folder)
    {
        var now = new StringBuilder();
        bool inConsole = false;
        foreach (string line in page.TrimEnd('\n').Split('\n'))
        {
            if (inConsole && line.StartsWith("$ ", StringComparison.Ordinal))
            {
                now.Append(line).Append('\n');
                if (Tidy(Shell.Run($"{{ {line[2..]}\n}} 2>&1", folder).Output.Replace(folder + "/", "", StringComparison.Ordinal)) is { Length: > 0 } output)
                    now.Append(output).Append('\n');
                continue;
            }
            if (line.StartsWith(Fence, StringComparison.Ordinal))
                inConsole = line == Fence + "console";
            else if (inConsole)
                continue;
            now.Append(line).Append('\n');
        }
        return now.ToString();
    }

    static string Tidy(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).Trim('\n');
}
