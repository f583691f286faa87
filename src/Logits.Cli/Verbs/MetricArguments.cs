using System.CommandLine;
using Logits.Metrics;

namespace Logits.Cli.Verbs;

/// <summary>The options of every verb that computes metrics.</summary>
sealed class MetricArguments
{
    readonly Option<int> bins = Choices.Count("--bins", "N", 15, 1, "Bins of the binned metrics and of the diagrams");
    readonly Option<int> bootstrap = Choices.Count("--bootstrap", "N", 1000, 0, "Resamples behind the 95 % intervals; 0 for no intervals");
    readonly Option<ulong> seed = Choices.Seed("--seed", 0, "Decides the resamples");

    /// <summary>Adds the options to a verb.</summary>
    public MetricArguments(Command verb)
    {
        verb.Add(bins);
        verb.Add(bootstrap);
        verb.Add(seed);
    }

    /// <summary>What the user asked for, with intervals.</summary>
    public EvaluationOptions WithIntervals(ParseResult result, Terminal terminal) =>
        WithoutIntervals(result) with { Resamples = result.GetValue(bootstrap), Seed = result.GetValue(seed), Cancellation = terminal.Interrupted };

    /// <summary>The seed, for other draws of the same verb.</summary>
    public ulong SeedOf(ParseResult result) => result.GetValue(seed);

    /// <summary>What the user asked for, values alone.</summary>
    public EvaluationOptions WithoutIntervals(ParseResult result) => new() { Bins = result.GetValue(bins) };
}
