namespace Logits.Cli.Tests;

/// <summary>What holds for every verb.</summary>
public sealed class CommandLineTests
{
    public static TheoryData<string> Verbs { get; } = [.. Command.Run("--help").Output.Split("Commands:")[1].Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Length > 2 && line[2] != ' ').Select(line => line.Trim().Split(' ')[0])];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void ShowsEveryOptionAndAnExampleInItsHelp(string verb)
    {
        var run = Command.Run(verb, "--help");

        Assert.Equal(0, run.Code);
        Assert.Contains("--json", run.Output);
        Assert.Contains($"Example:\n  $ logits {verb} ", run.Output.ReplaceLineEndings("\n"));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void RefusesAnUnknownOption(string verb) => Command.Run(verb, "--foo").IsRefused("unknown option --foo");

    [Fact]
    public void ShowsItsHelpWhenAskedForNothing() => Assert.Contains("calibrate", Command.Run().Output);

    [Fact]
    public void RefusesAnUnknownVerb() => Command.Run("colour").IsRefused("'colour'");

    [Fact]
    public void RefusesACountThatIsNone() => Command.Run("evaluate", "--bins", "0").IsRefused("--bins", "'0'", "at least 1");

    [Fact]
    public void RefusesAWordThatIsNotOffered() => Command.Run("calibrate", "--method", "magic").IsRefused("--method", "'magic'", "temperature");
}
