using System.Runtime.InteropServices;
using System.Text;
using Spectre.Console;

namespace Logits.Cli;

/// <summary>What a verb reads from and writes to: stdout for the result alone, stderr for everything else.</summary>
sealed class Terminal : IDisposable
{
    const int WidthWhenRedirected = 100;

    readonly CancellationTokenSource interruption = new();
    readonly PosixSignalRegistration? signal;

    /// <summary>A terminal over given streams, as tests use it: no colours, no progress.</summary>
    public Terminal(Stream input, TextWriter output, TextWriter error)
    {
        Input = input;
        Output = output;
        Error = error;
        Tables = Console(output, isTerminal: false);
        Progress = Console(error, isTerminal: false);
    }

    Terminal(Stream input, TextWriter output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal) : this(input, output, error)
    {
        Tables = Console(output, outputIsTerminal);
        Progress = Console(error, errorIsTerminal);
        ShowsProgress = errorIsTerminal;
        signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            interruption.Cancel();
            // A computation that does not look at the token must not hold the user: half a second to tidy up, then out.
            Task.Delay(500).ContinueWith(_ => { PendingFile.DeleteUnfinished(); Environment.Exit(ExitCode.Interrupted); }, TaskScheduler.Default);
        });
    }

    /// <summary>The process's own streams.</summary>
    public static Terminal ForProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var output = new StreamWriter(new PipeStream(), utf8, bufferSize: 1 << 16);
        var error = new StreamWriter(System.Console.OpenStandardError(), utf8) { AutoFlush = true };
        return new(System.Console.OpenStandardInput(), output, error, !System.Console.IsOutputRedirected, !System.Console.IsErrorRedirected);
    }

    /// <summary>stdin, as bytes.</summary>
    public Stream Input { get; }

    /// <summary>stdout: the result.</summary>
    public TextWriter Output { get; }

    /// <summary>stderr: notes, warnings, errors.</summary>
    public TextWriter Error { get; }

    /// <summary>stdout as Spectre sees it: tables and markup, in colour on a terminal.</summary>
    public IAnsiConsole Tables { get; }

    /// <summary>stderr as Spectre sees it: progress bars.</summary>
    public IAnsiConsole Progress { get; }

    /// <summary>Whether somebody is watching stderr.</summary>
    public bool ShowsProgress { get; }

    /// <summary>Set when the user pressed Ctrl-C.</summary>
    public CancellationToken Interrupted => interruption.Token;

    /// <summary>A paragraph of the result, broken between words at the terminal's width.</summary>
    public void WriteWrapped(string paragraph) => Output.WriteLine(Wrapped(paragraph, Tables.Profile.Width));

    /// <summary>A remark that is not the result.</summary>
    public void Note(string message) => Say($"note: {message}");

    /// <summary>Something the user should look at although the work goes on.</summary>
    public void Warn(string message) => Say($"warning: {message}");

    void Say(string line)
    {
        // Both streams may end on the same screen: what was said first stands first.
        Output.Flush();
        Error.WriteLine(ShowsProgress ? Wrapped(line, Progress.Profile.Width) : line);
    }

    /// <summary>Breaks a paragraph between words; a number stays with its %, which Spectre's own wrapping does not know.</summary>
    static string Wrapped(string paragraph, int width)
    {
        var text = new StringBuilder();
        int column = 0;
        foreach (string word in paragraph.Replace(" %", "\u00A0%", StringComparison.Ordinal).Split(' '))
        {
            if (column > 0)
            {
                bool fits = column + 1 + word.Length <= width;
                text.Append(fits ? ' ' : '\n');
                column = fits ? column + 1 : 0;
            }
            text.Append(word);
            column += word.Length;
        }
        return text.Replace('\u00A0', ' ').ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        signal?.Dispose();
        interruption.Dispose();
    }

    static IAnsiConsole Console(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal)
            console.Profile.Width = WidthWhenRedirected;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
