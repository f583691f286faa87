using Logits.Sampling;

namespace Logits.Tests.Sampling;

/// <summary>Top-p over whole vocabularies, whose fast path never orders the row, against a sort and sums in double.</summary>
public class NucleusTests
{
    public static TheoryData<string> Kinds => ["normal", "narrow", "wide", "integers", "eighths", "equal", "peaked", "one", "masked", "high", "low", "subnormal", "heavy", "steps", "cliff"];

    [Theory, MemberData(nameof(Kinds))]
    public void KeepsWhatASortWouldKeep(string kind)
    {
        int decided = 0, asked = 0;
        foreach (int size in kind is "normal" or "peaked" or "integers" or "equal" ? (int[])[2048, 5000, 32_000, 128_256, 300_000] : [2048, 2049, 5000, 32_000])
        {
            float[] row = Row(kind, size);
            foreach (double temperature in size > 100_000 ? [0.7] : (double[])[1, 0.7, 2.5])
            {
                int[] ranked = [.. Enumerable.Range(0, size).Where(i => row[i] != float.NegativeInfinity)];
                Array.Sort(Array.ConvertAll(ranked, i => (-row[i], i)), ranked);
                // The scale as the chain has it: a division by the temperature becomes a product with its inverse.
                double scale = 1 / temperature, top = row[ranked[0]];
                double[] running = Running(ranked, i => Math.Exp((row[i] - top) * scale), out double[] left);
                foreach (double p in (double[])[0.02, 0.5, 0.9, 0.95, 0.999, 0.9999999, 1 - 1e-12])
                {
                    asked++;
                    // The sums reach the line where (1 − p) · kept ≥ p · dropped: differences, not sums that have swallowed them.
                    double share = p * (1 - StableMath.Tie);
                    int kept = 1;
                    while (kept < ranked.Length && (1 - share) * running[kept - 1] < share * left[kept - 1]) kept++;
                    double margin = Math.Min(Gap(kept - 1), Gap(kept - 2));
                    if (margin < 1e-13 && kind is not ("equal" or "one")) continue;   // not for a test in double to say
                    decided++;
                    SamplerChain chain = temperature == 1 ? [new TopP(p)] : [new Temperature(temperature), new TopP(p)];
                    var candidates = chain.Start(1).Survivors(row);
                    Assert.True(kept == candidates.Count, $"{kind}, {size} tokens, T = {temperature}, p = {p}: kept {candidates.Count}, expected {kept}");
                    for (int i = 0; i < ranked.Length; i++)
                        Assert.True(i < kept == (candidates[ranked[i]] != double.NegativeInfinity), $"{kind}, {size} tokens, T = {temperature}, p = {p}: rank {i + 1}, token {ranked[i]}");

                    double Gap(int i) => i < 0 || i >= ranked.Length ? 1 : Math.Abs((1 - share) * running[i] - share * left[i]);
                }
            }
        }
        Assert.True(decided >= 0.8 * asked, $"{decided} of {asked} were clear");
    }

    /// <summary>Relative to the whole: the mass of the first i + 1, and what is after them, each summed by itself and compensated.</summary>
    static double[] Running(int[] ranked, Func<int, double> weight, out double[] left)
    {
        double[] w = [.. ranked.Select(weight)], running = new double[w.Length];
        left = new double[w.Length];
        double sum = 0, lost = 0;
        for (int i = 0; i < w.Length; i++) Add(w[i], ref running[i]);
        (sum, lost) = (0, 0);
        for (int i = w.Length - 1; i > 0; i--) Add(w[i], ref left[i - 1]);
        double total = running[^1];
        for (int i = 0; i < w.Length; i++) (running[i], left[i]) = (running[i] / total, left[i] / total);
        return running;

        void Add(double x, ref double to)
        {
            double term = x - lost, next = sum + term;
            lost = next - sum - term;
            to = sum = next;
        }
    }

    static float[] Row(string kind, int size)
    {
        var random = new Random(size);
        float[] row = Rows.Vocabulary(size, kind switch { "narrow" => 0.01, "wide" => 12, _ => 3 }, size);
        for (int i = 0; i < size; i++)
            row[i] = kind switch
            {
                "integers" => MathF.Round(row[i]),
                "eighths" => MathF.Round(row[i] * 8) / 8,
                "equal" => 1.5f,
                "peaked" => i % (size / 21) == 0 ? 30 - i / (size / 21) * 0.5f : row[i],
                "one" => i == size / 3 ? 0 : -200,
                "masked" => random.Next(3) == 0 ? row[i] : float.NegativeInfinity,
                "high" => row[i] + 5000,
                "low" => row[i] - 60_000,
                "subnormal" => row[i] * 1e-41f,
                "heavy" => (float)(-Math.Log(1 - random.NextDouble()) * 1.02),
                "steps" => i % 3 * -0.6931472f,
                "cliff" => i < size / 2 ? 8 + row[i] / 100 : row[i] / 100 - 8,
                _ => row[i],
            };
        return row;
    }
}
