#:project ../src/Logits/Logits.csproj
#:property PublishAot=false

// dotnet run samples/decode.cs
//
// The whole contract between a model and the sampler chain: a span of scores in, a token id out.
// The model here is a table of which letter follows which; yours is anything that fills a row of floats.

using Logits.Sampling;

const string Corpus = "the cat sat on the mat and the rat sat on the cat that ate the rat on the mat ";
char[] letters = [.. Corpus.Distinct().Order()];
int[] text = [.. Corpus.Select(c => Array.IndexOf(letters, c))];

SamplerChain chain = [new RepetitionPenalty(1.05, LastN: 16), new TopK(8), new MinP(0.02), new Temperature(0.9)];
Console.WriteLine($"chain: {chain}");

var decoder = chain.Start(seed: 42, prompt: text.AsSpan(0, 4));
var logits = new float[letters.Length];
for (int i = 0; i < 60; i++)
{
    Model(decoder.Tokens, logits);
    decoder.Next(logits);
}
Console.WriteLine($"text:  {Spell(decoder.Tokens)}");

// A decoder is a value one can put aside: the copy and the saved one go on alike.
Decoder copy = decoder.Clone(), resumed = Decoder.Resume(SamplerChain.Parse(chain.ToString()), decoder.Save());
Model(decoder.Tokens, logits);
Console.WriteLine($"next:  '{letters[copy.Next(logits)]}' from the clone, '{letters[resumed.Next(logits)]}' from the saved one");

// What each stage made of the next row, and why.
foreach (var stage in decoder.Explain(logits).Stages) Console.WriteLine($"{stage.Name,-40} {stage.In,2} → {stage.Kept,2}  {stage.Why}");

void Model(ReadOnlySpan<int> history, Span<float> scores)
{
    // ln(1/20 + how often each letter followed the last two in the corpus).
    Span<int> counts = stackalloc int[scores.Length];
    for (int i = 2; i < text.Length; i++)
        if (text[i - 1] == history[^1] && text[i - 2] == history[^2]) counts[text[i]]++;
    for (int i = 0; i < scores.Length; i++) scores[i] = MathF.Log(0.05f + counts[i]);
}

string Spell(ReadOnlySpan<int> tokens) => string.Concat(tokens.ToArray().Select(t => letters[t]));
