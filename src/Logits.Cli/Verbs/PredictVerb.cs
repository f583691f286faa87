using System.CommandLine;
using System.Text.Json;
using Logits.Calibration;
using Logits.Cli.Inputs;

namespace Logits.Cli.Verbs;

/// <summary><c>logits predict</c>: probabilities and the likeliest classes of every row.</summary>
static class PredictVerb
{
    const string Example = """
        $ logits predict logits.npy --temperature 2.2924 --top 2
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("predict", "Probabilities and the likeliest classes of every row", Example);
        var scores = new ScoreArguments(verb, withLabels: false);
        var top = Choices.Count("--top", "K", 3, 1, "How many of the likeliest classes to show");
        var multiLabel = Choices.Flag("--multi-label", "Classes do not exclude each other: sigmoid instead of softmax");
        var temperature = Choices.NumberIfGiven("--temperature", "T", t => t >= 0, "a number of at least 0 (0 is argmax, inf is uniform)", "Divide the logits by T first (default: 1)");
        var calibrator = Choices.Text("--calibrator", "cal.json", "Calibrate the scores first, as logits calibrate --save wrote it");
        var log = Choices.Flag("--log", "Log-probabilities instead of probabilities");
        var destination = Choices.Text("--out", "FILE", "Write the probabilities of every class: .npy, .npz, .csv, .tsv, .jsonl, .safetensors");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[top, multiLabel, temperature, calibrator, log, destination, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            if (result.GetValue(calibrator) is not null && (result.GetValue(temperature) is not null || result.GetValue(multiLabel)))
                throw new RequestException("--calibrator does not go with --temperature or --multi-label: it holds how to make probabilities");
            if (result.GetValue(multiLabel) && scores.KindOf(result) != ScoreKind.Logits)
                throw new RequestException("--multi-label takes logits: probabilities of classes that do not exclude each other need no softmax and no sigmoid; leave out --input");
            using var input = scores.Open(result, terminal);
            var predictor = new Predictor
            {
                Calibrator = result.GetValue(calibrator) is { } path ? SavedCalibrator.Load(path, input) : null,
                Temperature = result.GetValue(temperature) ?? 1,
                MultiLabel = result.GetValue(multiLabel),
                Top = Math.Min(result.GetValue(top), input.Classes),
            };
            bool asLog = result.GetValue(log);
            using var file = result.GetValue(destination) is { } target ? new ProbabilityFile(target, input) : null;
            if (file is not null)
                predictor.Seen = row => file.Write(row.LogProbabilities, asLog);
            if (result.GetValue(json))
                JsonText.Write(terminal, writer => WriteKeys(writer, terminal, input, predictor, asLog));
            else if (file is not null)
                foreach (var _ in predictor.Rows(input, terminal.Interrupted))
                {
                }
            else
                WriteText(terminal, input, predictor, asLog);
            file?.Finish(terminal, asLog);
            ScoreArguments.WarnOfProbabilities(terminal, input);
            return ExitCode.Done;
        });
        return verb;
    }

    static void WriteKeys(Utf8JsonWriter json, Terminal terminal, ScoreInput input, Predictor predictor, bool asLog)
    {
        json.WriteStartArray("predictions");
        long rows = 0;
        foreach (var row in predictor.Rows(input, terminal.Interrupted))
        {
            json.WriteStartObject();
            json.WriteNumber("row", row.Number);
            json.WriteStartArray("top");
            foreach (int k in row.Top)
            {
                json.WriteStartObject();
                json.WriteNumber("class", k);
                json.WriteString("name", input.NameOf(k));
                json.Number("probability", Math.Exp(row.LogProbabilities[k]));
                if (asLog)
                    json.Number("log_probability", row.LogProbabilities[k]);
                if (input.IsSingle)
                    json.Number("logit", (float)row.Logits[k]);
                else
                    json.Number("logit", row.Logits[k]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
            rows++;
            if (json.BytesPending > 1 << 16)
                json.Flush();
        }
        json.WriteEndArray();
        json.WriteNumber("rows", rows);
        json.WriteNumber("classes", input.Classes);
    }

    static void WriteText(Terminal terminal, ScoreInput input, Predictor predictor, bool asLog)
    {
        int name = Enumerable.Range(0, input.Classes).Max(k => input.NameOf(k).Length);
        var output = terminal.Output;
        foreach (var row in predictor.Rows(input, terminal.Interrupted))
        {
            output.Write(row.Number.ToString().PadLeft(6));
            foreach (int k in row.Top)
            {
                double value = row.LogProbabilities[k];
                output.Write($"  {input.NameOf(k).PadRight(name)} {(asLog ? value.ToString("0.0000") : Show.Percent(Math.Exp(value))).PadLeft(9)}");
            }
            output.WriteLine();
        }
    }
}
