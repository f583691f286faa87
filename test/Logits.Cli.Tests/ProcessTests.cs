using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Logits.Cli.Tests;

/// <summary>What only a process of its own can show: pipes, signals, exit codes.</summary>
public sealed partial class ProcessTests : IDisposable
{
    const int Interrupt = 2;

    readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EndsQuietlyWhenTheReaderLeaves()
    {
        folder.Text("long.csv", string.Concat(Enumerable.Repeat("1,2,3\n", 200_000)));

        var (output, code) = Shell.Run("set -o pipefail; logits predict long.csv 2> err.txt | head -n 1", folder.Path);

        Assert.Single(output.TrimEnd('\n').Split('\n'));
        Assert.Equal("", File.ReadAllText(folder.File("err.txt")));
        Assert.Equal(0, code);
    }

    [Fact]
    public void EndsWhenTheReaderOfAnEndlessAnswerLeaves() =>
        Assert.Equal(1, Shell.Run("yes 1,2,3 2>/dev/null | logits predict - --format csv | head -n 1", folder.Path).Output.Count(c => c == '\n'));

    [Fact]
    public void FailsInOneLineWhenTheDiskIsFull()
    {
        var (output, _) = Shell.Run("logits evaluate --bootstrap 0 2>&1 >/dev/full | grep error; logits evaluate --bootstrap 0 >/dev/full 2>/dev/null; echo $?; logits calibrate --save /dev/null >/dev/null 2>&1; test -c /dev/null && echo device", folder.Path);

        Assert.Equal("error: stdout: No space left on device\n1\ndevice\n", output);
    }

    [Fact]
    public void AnswersAnInterruptionWith130AndLeavesNothingBehind()
    {
        // Without an end of its input, only the signal ends it.
        using var process = Process.Start(Shell.Logits(folder.Path, "predict", "-", "--format", "csv", "--out", "p.csv"))!;
        process.StandardInput.Write(string.Concat(Enumerable.Repeat("1,2,3\n", 50_000)));
        process.StandardInput.Flush();
        while (Directory.GetFiles(folder.Path, "p.csv*").Length == 0 && !process.HasExited)
            Thread.Sleep(20);

        Assert.Equal(0, Kill(process.Id, Interrupt));
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));

        Assert.Equal(130, process.ExitCode);
        Assert.Equal("", process.StandardError.ReadToEnd());
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void TellsTheShellWhatHappened() =>
        Assert.Equal("0 2 0", Shell.Run("logits evaluate --bootstrap 0 >/dev/null 2>&1; a=$?; logits evaluate nowhere.npy 2>/dev/null; b=$?; logits --help >/dev/null; echo $a $b $?", folder.Path).Output.Trim());

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
