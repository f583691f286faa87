using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Logits.Cli.Verbs;
using Logits.Formats;

namespace Logits.Cli;

/// <summary>The <c>logits</c> command: its verbs, and the one place where failures become a line and an exit code.</summary>
static class App
{
    /// <summary>Runs one command line and answers with the exit code; never throws.</summary>
    public static int Run(IReadOnlyList<string> args, Terminal terminal)
    {
        try
        {
            var result = Root(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (result.Errors.Count > 0 && result.Action is ParseErrorAction)
                throw new RequestException(Complaint(result));
            int code = result.Invoke(new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
            terminal.Output.Flush();
            return code;
        }
        catch (ClosedPipeException)
        {
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            return Explain(e, terminal);
        }
    }

    static Command Root(Terminal terminal)
    {
        // Not a RootCommand: that calls itself by the name of the file it runs from.
        var root = new Command("logits", "From raw model scores to probabilities one can trust. `logits calibrate` alone shows it on a built-in sample.")
        {
            new HelpOption(),
            new VersionOption(),
            PredictVerb.Command(terminal),
            EvaluateVerb.Command(terminal),
            CalibrateVerb.Command(terminal),
            ConformalVerb.Command(terminal),
            SampleVerb.Command(terminal),
            FitVerb.Command(terminal),
            DistillVerb.Command(terminal),
        };
        HelpWithExample.Install(root);
        return root;
    }

    /// <summary>What is wrong with the command line, in words that lead on.</summary>
    static string Complaint(ParseResult result)
    {
        string verb = result.CommandResult.Command.Name;
        string help = verb == "logits" ? "logits --help" : $"logits {verb} --help";
        if (result.UnmatchedTokens is [var word, ..])
            return word.StartsWith('-') ? $"unknown option {word}; {help} lists them" : verb == "logits" ? $"unknown verb '{word}'; {help} lists them" : $"one argument too many: '{word}'; see {help}";
        return result.Errors[0].Message.TrimEnd('.');
    }

    static int Explain(Exception e, Terminal terminal)
    {
        // stdout may hold the start of a result; what is there is handed over before the error.
        try
        {
            terminal.Output.Flush();
        }
        catch (IOException)
        {
        }
        terminal.Error.WriteLine($"error: {Words(e)}");
        return e is RequestException or DataFormatException or ArgumentException ? ExitCode.BadRequest : ExitCode.Failed;
    }

    /// <summary>What an exception says, as one line and without the names of parameters, which a user of the command line never wrote.</summary>
    public static string Words(Exception e)
    {
        string message = e.Message.ReplaceLineEndings("\n");
        if (e is ArgumentException { ParamName: { } name })
        {
            int at = message.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal);
            message = at < 0 ? message : message[..at];
        }
        return message.Replace('\n', ' ').Trim();
    }
}
