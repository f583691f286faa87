namespace Logits.Cli;

/// <summary>What the shell is told.</summary>
static class ExitCode
{
    public const int Done = 0;

    /// <summary>The work failed: it did not converge, the disk is full.</summary>
    public const int Failed = 1;

    /// <summary>The request is wrong: an unknown option, a missing file, malformed data.</summary>
    public const int BadRequest = 2;

    /// <summary>Ctrl-C, as shells count it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
