using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Logits.Cli.Tests;

/// <summary>The command line as a process of its own, behind bash, where <c>logits</c> is the program under test.</summary>
static class Shell
{
    static readonly string Dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Logits.Cli.dll");

    /// <summary>The program itself, all its streams in the caller's hands.</summary>
    public static ProcessStartInfo Logits(string folder, params string[] args) =>
        new(Dotnet, ["exec", Program, .. args]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

    /// <summary>Runs a line of bash in a folder; the answer is its stdout and exit code.</summary>
    public static (string Output, int Code) Run(string line, string folder)
    {
        string program = $"logits() {{ \"{Dotnet}\" exec \"{Program}\" \"$@\"; }}\n";
        var start = new ProcessStartInfo("bash", ["-c", program + line]) { WorkingDirectory = folder, RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 };
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output, process.ExitCode);
    }
}
