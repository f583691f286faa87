using System.CommandLine;
using Logits.Cli.Inputs;

namespace Logits.Cli.Verbs;

/// <summary>The arguments of every verb that reads scores: the files and how to read them.</summary>
sealed class ScoreArguments
{
    readonly Argument<string?> scores = new("LOGITS")
    {
        Description = "File of scores, rows x classes: .npy, .npz, .safetensors, .csv, .tsv, .jsonl; - is stdin. Without it: the built-in digits sample",
        Arity = ArgumentArity.ZeroOrOne,
    };

    readonly Argument<string?>? labels;

    readonly Option<string?> input = Choices.OneOf("--input", "logits", "What the scores are; probabilities are logged, exact zeros become -inf", "logits", "log-probabilities", "probabilities");
    readonly Option<string?> format = Choices.OneOf("--format", null, "Format of LOGITS, where the name does not tell (stdin)", "csv", "tsv", "jsonl", "npy", "npz", "safetensors");
    readonly Option<string?> names = Choices.Text("--names", "FILE", "Class names, one a line");

    /// <summary>Adds the arguments to a verb.</summary>
    public ScoreArguments(Command verb, bool withLabels)
    {
        Positional.RefuseUnknownOptions(scores);
        verb.Add(scores);
        if (withLabels)
        {
            labels = new("LABELS")
            {
                Description = "File of labels: class numbers from 0, or class names; not needed where LOGITS holds them",
                Arity = ArgumentArity.ZeroOrOne,
            };
            Positional.RefuseUnknownOptions(labels);
            verb.Add(labels);
        }
        verb.Add(input);
        verb.Add(format);
        verb.Add(names);
    }

    /// <summary>Whether the user named no file.</summary>
    public bool IsSample(ParseResult result) => result.GetValue(scores) is null;

    /// <summary>What the user says the numbers are.</summary>
    public ScoreKind KindOf(ParseResult result) => result.GetValue(input) switch
    {
        "log-probabilities" => ScoreKind.LogProbabilities,
        "probabilities" => ScoreKind.Probabilities,
        _ => ScoreKind.Logits,
    };

    /// <summary>Opens what the user named, or the validation half of the sample.</summary>
    public ScoreInput Open(ParseResult result, Terminal terminal) =>
        result.GetValue(scores) is { } path
            ? Open(result, terminal, path, labels is null ? null : result.GetValue(labels))
            : Sample.Open(Sample.Validation);

    /// <summary>Opens a second input of the form LOGITS[,LABELS].</summary>
    public ScoreInput OpenPair(ParseResult result, Terminal terminal, string pair)
    {
        // A file whose own name holds a comma is taken as it is.
        int comma = File.Exists(pair) ? -1 : pair.LastIndexOf(',');
        return comma < 0 ? Open(result, terminal, pair, null) : Open(result, terminal, pair[..comma], pair[(comma + 1)..]);
    }

    /// <summary>Opens a second input, or the test half of the sample where the first was the sample; null where there is none.</summary>
    public ScoreInput? OpenTest(ParseResult result, Terminal terminal, string? pair, ScoreInput first)
    {
        var test = pair is not null ? OpenPair(result, terminal, pair) : IsSample(result) ? Sample.Open(Sample.Test) : null;
        if (test is not null && test.Classes != first.Classes)
            throw new RequestException($"{test.Name}: has {test.Classes} classes; {first.Name} has {first.Classes}");
        return test;
    }

    /// <summary>Says so when scores that were read as logits are probabilities by all appearance.</summary>
    public static void WarnOfProbabilities(Terminal terminal, ScoreInput input)
    {
        if (input.LooksLikeProbabilities)
            terminal.Warn($"{input.Name}: every row lies in 0..1 and sums to 1, as probabilities do, but is read as logits; if they are probabilities, say --input probabilities");
    }

    ScoreInput Open(ParseResult result, Terminal terminal, string path, string? labelsPath) =>
        FileInput.Open(terminal, path, labelsPath, KindOf(result), result.GetValue(format), result.GetValue(names));
}
