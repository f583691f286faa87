using System.CommandLine;
using Logits.Cli.Inputs;

namespace Logits.Cli.Verbs;

/// <summary>What every verb that reads scores has in common.</summary>
static class ScoreArguments
{
    /// <summary>The rows to work on.</summary>
    public static ScoreInput Open() => Sample.Open(Sample.Validation);

    /// <summary>Says so when scores that were read as logits are probabilities by all appearance.</summary>
    public static void WarnOfProbabilities(Terminal terminal, ScoreInput input)
    {
        if (input.LooksLikeProbabilities)
            terminal.Warn($"{input.Name}: every row lies in 0..1 and sums to 1, as probabilities do, but is read as logits; if they are probabilities, say --input probabilities");
    }
}
