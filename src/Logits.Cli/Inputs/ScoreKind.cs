namespace Logits.Cli.Inputs;

/// <summary>What the numbers of a file are.</summary>
enum ScoreKind
{
    /// <summary>Raw scores, as a network's last layer gives them.</summary>
    Logits,

    /// <summary>Natural logarithms of probabilities; used as they are.</summary>
    LogProbabilities,

    /// <summary>Probabilities; their logarithms are used, exact zeros become −∞.</summary>
    Probabilities,
}
