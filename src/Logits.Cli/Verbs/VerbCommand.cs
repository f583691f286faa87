using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Logits.Cli.Verbs;

/// <summary>A verb of the command line, with the worked example that its help ends with.</summary>
sealed class VerbCommand(string name, string description, string example) : Command(name, description)
{
    /// <summary>A command as a user types it and the answer it gave.</summary>
    public string Example { get; } = example;
}

/// <summary>The help of System.CommandLine, followed by the verb's example.</summary>
sealed class HelpWithExample : SynchronousCommandLineAction
{
    const int WidthWhenRedirected = 100;

    readonly HelpAction inner;

    HelpWithExample(HelpAction inner) => this.inner = inner;

    /// <summary>Replaces the help of <paramref name="root"/> and all its verbs, and shows it when no verb is given.</summary>
    public static void Install(Command root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction help)
                option.Action = new HelpWithExample(help);
            root.SetAction(result => ((HelpWithExample)option.Action!).Invoke(result));
        }
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        if (Console.IsOutputRedirected)
            inner.MaxWidth = WidthWhenRedirected;
        int code = inner.Invoke(parseResult);
        if (parseResult.CommandResult.Command is VerbCommand { Example: var example })
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Example:");
            foreach (string line in example.Split('\n'))
                output.WriteLine($"  {line}".TrimEnd());
        }
        return code;
    }
}
