using System.CommandLine;

namespace Logits.Cli.Verbs;

/// <summary>Arguments that stand by position.</summary>
static class Positional
{
    /// <summary>An optional argument would swallow a mistyped option; this one says so.</summary>
    public static void RefuseUnknownOptions(Argument<string?> argument) =>
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', _, ..] word }])
                result.AddError($"unknown option {word}; --help lists them (a file of that name is ./{word})");
        });
}
