using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Logits.Cli.Inputs;
using Logits.Sampling;

namespace Logits.Cli.Verbs;

/// <summary><c>logits sample</c>: a sampler chain over a row of logits from any model: who survives, and which tokens are drawn.</summary>
static class SampleVerb
{
    const string DefaultChain = "repetition-penalty=1.1,top-k=40,top-p=0.95,min-p=0.05,temperature=0.8";

    const string Example = """
        $ logits sample next_token_logits.npy --row 0 --chain "top-k=40,min-p=0.05,temperature=0.8" --seed 42 --count 5
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("sample", "Run a sampler chain over a row of logits: what each stage keeps, and the tokens drawn", Example);
        var scores = new ScoreArguments(verb, withLabels: false);
        var row = Choices.Count("--row", "N", 0, 0, "The row to sample from, counted from 0");
        var chain = Choices.Text("--chain", "STAGES", $"Stages in the order they run, e.g. {DefaultChain}; empty: draw from the model's own distribution");
        chain.DefaultValueFactory = _ => DefaultChain;
        var dialect = Choices.OneOf("--dialect", Dialect.Exact.Name, "Whose rules the stages of that name follow", [.. Dialect.All.Select(d => d.Name)]);
        var history = Choices.Text("--history", "IDS", "Tokens so far, with commas between them, for penalties");
        var seed = Choices.Seed("--seed", 42, "Decides the draws; draw i of --count uses seed + i");
        var count = Choices.Count("--count", "N", 1, 0, "How many tokens to draw from the row, each on its own");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[row, chain, dialect, history, seed, count, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            var stages = Parse(result.GetValue(chain)!, Dialect.Find(result.GetValue(dialect)!));
            int[] tokens = Tokens(result.GetValue(history));
            using var input = scores.Open(result, terminal);
            double[] logits = Row(input, result.GetValue(row));
            ulong first = result.GetValue(seed);
            try
            {
                var explanation = stages.Explain(logits, tokens, first);
                var draws = new int[result.GetValue(count)];
                for (int i = 0; i < draws.Length; i++)
                {
                    terminal.Interrupted.ThrowIfCancellationRequested();
                    draws[i] = stages.Start(first + (ulong)i, tokens).Next(logits);
                }
                if (result.GetValue(json))
                    JsonText.Write(terminal, writer => WriteKeys(writer, explanation, draws));
                else
                    WriteText(terminal, input, explanation, draws);
            }
            catch (Exception e) when (e is ArgumentException or DecodingException)
            {
                throw new RequestException($"{input.Name}: row {result.GetValue(row)}: {App.Words(e)}", e);
            }
            return ExitCode.Done;
        });
        return verb;
    }

    static SamplerChain Parse(string text, Dialect dialect)
    {
        try
        {
            return dialect.Parse(text);
        }
        catch (ArgumentException e)
        {
            throw new RequestException($"--chain: {App.Words(e)}", e);
        }
    }

    static int[] Tokens(string? text)
    {
        var tokens = new List<int>();
        foreach (string word in (text ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
            tokens.Add(int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int token) ? token : throw new RequestException($"--history holds '{word}'; token ids are whole numbers from 0"));
        return [.. tokens];
    }

    /// <summary>One row, read no further than needed.</summary>
    static double[] Row(ScoreInput input, int wanted)
    {
        long rows = 0;
        foreach (var block in input.Blocks())
        {
            if (wanted < block.FirstRow + block.Rows)
                return block.Logits[(int)(wanted - block.FirstRow)].ToArray();
            rows = block.FirstRow + block.Rows;
        }
        throw new RequestException($"{input.Name}: --row is {wanted}; there are {rows} rows, 0 to {rows - 1}");
    }

    static void WriteKeys(Utf8JsonWriter json, Explanation explanation, int[] draws)
    {
        json.WriteStartArray("survivors");
        foreach (var token in explanation.Survivors)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Token);
            json.Number("logit", token.Score);
            json.Number("probability", token.Probability);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("draws");
        foreach (int token in draws)
            json.WriteNumberValue(token);
        json.WriteEndArray();
        json.WriteStartArray("stages");
        foreach (var stage in explanation.Stages)
        {
            json.WriteStartObject();
            json.WriteString("name", stage.Name);
            json.WriteNumber("kept", stage.Kept);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteText(Terminal terminal, ScoreInput input, Explanation explanation, int[] draws)
    {
        const int Shown = 20;
        var output = terminal.Output;
        output.WriteLine($"{Show.Count(explanation.Wanted.Count)} candidates");
        int name = explanation.Stages.Select(stage => stage.Name.Length).DefaultIfEmpty(0).Max();
        foreach (var stage in explanation.Stages)
            output.WriteLine($"  {stage.Name.PadRight(name)}  keeps {Show.Count(stage.Kept)}: {stage.Why}");
        output.WriteLine("survivors");
        int width = explanation.Survivors.Take(Shown).Select(token => Label(token.Token).Length).DefaultIfEmpty(0).Max();
        foreach (var token in explanation.Survivors.Take(Shown))
            output.WriteLine($"  {Label(token.Token).PadRight(width)}  {Show.Percent(token.Probability),9}  logit {Show.Plain(token.Score),9}");
        if (explanation.Survivors.Count > Shown)
            output.WriteLine($"  and {Show.Count(explanation.Survivors.Count - Shown)} more");
        if (draws.Length > 0)
            output.WriteLine($"drawn {string.Join(", ", draws.Select(Label))}");

        string Label(int token) => input.ClassNames is null ? token.ToString(CultureInfo.InvariantCulture) : $"{token} {input.NameOf(token)}";
    }
}
