using System.Collections.Concurrent;
using System.Numerics;
using Logits.Losses;
using Logits.Tests.Kernels;

namespace Logits.Tests.Losses;

/// <summary>The principal losses and their gradients on random hard rows, judged by their definitions at 400 bits.</summary>
/// <remarks>4 ulp for values, 8 for gradients in double; 4 for both in float. What is a difference of two terms may be off by one rounding of the larger.</remarks>
public class LossOracleTests
{
    /// <summary>Rows for each loss: 6 000 in all, more than 10⁶ when LOGITS_LONG=1.</summary>
    static int Rows => Environment.GetEnvironmentVariable("LOGITS_LONG") == "1" ? 200_000 : 1_000;

    /// <summary>Rows are given to a loss this many at a time, so that its vector loops have something to share out.</summary>
    const int Together = 16;

    [Fact]
    public void CrossEntropyKeepsItsPromises() => Run(1, (random, batch) =>
    {
        int[] labels = Labels(random, batch, Together);
        batch.Judge((row, scores) => Oracle.CrossEntropy(scores, labels[row]), new Calls(
            (x, each, slope) => { CrossEntropy.PerRow(x.AsLogits(batch.Classes), labels, each); CrossEntropy.SumAndGradient(x.AsLogits(batch.Classes), labels, slope); },
            (x, each, slope) => { CrossEntropy.PerRow(x.AsLogits(batch.Classes), labels, each); CrossEntropy.SumAndGradient(x.AsLogits(batch.Classes), labels, slope); }));
    });

    [Fact]
    public void BinaryCrossEntropyKeepsItsPromises() => Run(2, (random, batch) =>
    {
        double[] targets = [.. batch.Scores.Select(_ => (double)(random.Next(8) == 0 ? (float)random.NextDouble() : random.Next(2)))];
        float[] narrow = [.. targets.Select(t => (float)t)];
        if (random.Next(2) == 0) targets = [.. targets.Select(t => Math.Round(t))];    // doubles have vector loops for whole targets alone
        batch.JudgeElements((i, z) => Oracle.Binary(z, targets[i]), (i, z) => Oracle.Binary(z, narrow[i]), new Calls(
            (x, each, slope) => { new BinaryCrossEntropy().PerElement(x.AsBinaryLogits(batch.Classes), narrow, each); new BinaryCrossEntropy().SumAndGradient(x.AsBinaryLogits(batch.Classes), narrow, slope); },
            (x, each, slope) => { new BinaryCrossEntropy().PerElement(x.AsBinaryLogits(batch.Classes), targets, each); new BinaryCrossEntropy().SumAndGradient(x.AsBinaryLogits(batch.Classes), targets, slope); }));
    });

    static readonly double[] Gammas = [2, 2, 1, 0.5, 5, 0];

    [Fact]
    public void SoftmaxFocalKeepsItsPromises() => Run(3, (random, batch) =>
    {
        int[] labels = Labels(random, batch, Together);
        var loss = new SoftmaxFocal(Gammas[random.Next(Gammas.Length)]);
        batch.Judge((row, scores) => Oracle.SoftmaxFocal(scores, labels[row], loss.Gamma), new Calls(
            (x, each, slope) => { loss.PerRow(x.AsLogits(batch.Classes), labels, each); loss.SumAndGradient(x.AsLogits(batch.Classes), labels, slope); },
            (x, each, slope) => { loss.PerRow(x.AsLogits(batch.Classes), labels, each); loss.SumAndGradient(x.AsLogits(batch.Classes), labels, slope); }), loss.ToString());
    });

    [Fact]
    public void SigmoidFocalKeepsItsPromises() => Run(4, (random, batch) =>
    {
        double[] targets = [.. batch.Scores.Select(_ => (double)random.Next(2))];
        float[] narrow = [.. targets.Select(t => (float)t)];
        var loss = new SigmoidFocal(Gammas[random.Next(Gammas.Length)], random.Next(3) == 0 ? null : 0.25);
        (BigFloat, BigFloat, BigFloat) Of(int i, double z) => Oracle.SigmoidFocal(z, targets[i] == 1, loss.Gamma, loss.Alpha);
        batch.JudgeElements(Of, Of, new Calls(
            (x, each, slope) => { loss.PerElement(x.AsBinaryLogits(batch.Classes), narrow, each); loss.SumAndGradient(x.AsBinaryLogits(batch.Classes), narrow, slope); },
            (x, each, slope) => { loss.PerElement(x.AsBinaryLogits(batch.Classes), targets, each); loss.SumAndGradient(x.AsBinaryLogits(batch.Classes), targets, slope); }), loss.ToString());
    });

    [Fact]
    public void KlDivergenceKeepsItsPromises() => Run(5, (random, batch) =>
    {
        double[] target = Beside(random, batch);
        float[] narrow = [.. target.Select(z => (float)z)];
        var loss = new KlDivergence(random.Next(3) == 0 ? Temperatures[random.Next(Temperatures.Length)] : 1);
        int k = batch.Classes;
        batch.Judge((row, scores) => Oracle.Kl(scores, target.AsSpan(row * k, k), loss.Temperature), new Calls(
            (x, each, slope) => { loss.PerRow(x.AsLogits(k), narrow.AsLogits(k), each); loss.SumAndGradient(x.AsLogits(k), narrow.AsLogits(k), slope); },
            (x, each, slope) => { loss.PerRow(x.AsLogits(k), target.AsLogits(k), each); loss.SumAndGradient(x.AsLogits(k), target.AsLogits(k), slope); }), loss.ToString());
    });

    [Fact]
    public void DistillationKeepsItsPromises() => Run(6, (random, batch) =>
    {
        double[] teacher = Beside(random, batch);
        float[] narrow = [.. teacher.Select(z => (float)z)];
        int[] labels = Labels(random, batch, Together);
        var loss = new Distillation(Temperatures[random.Next(Temperatures.Length)], random.Next(5) == 0 ? 1 : 0.75);
        int k = batch.Classes;
        batch.Judge((row, scores) => Oracle.Distillation(scores, teacher.AsSpan(row * k, k), labels[row], loss.Temperature, loss.Alpha), new Calls(
            (x, each, slope) => { loss.PerRow(x.AsLogits(k), narrow.AsLogits(k), labels, each); loss.SumAndGradient(x.AsLogits(k), narrow.AsLogits(k), labels, slope); },
            (x, each, slope) => { loss.PerRow(x.AsLogits(k), teacher.AsLogits(k), labels, each); loss.SumAndGradient(x.AsLogits(k), teacher.AsLogits(k), labels, slope); }), loss.ToString());
    });

    static readonly double[] Temperatures = [1, 2, 4, 0.5, 3, 0.1];

    static void Run(int seed, Action<Random, Batch> judge)
    {
        var worst = new ConcurrentDictionary<string, (double Ulps, string Where)>();
        // The work is shared out by seeds, so that what fails can be repeated.
        Parallel.For(0, Rows / Together, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, index =>
        {
            var random = new Random(seed * 1_000_000 + index);
            judge(random, new Batch(random, index, (name, ulps, where) =>
            {
                if (worst.TryGetValue(name, out var so) && so.Ulps >= ulps) return;
                worst.AddOrUpdate(name, (ulps, where), (_, known) => known.Ulps >= ulps ? known : (ulps, where));
            }));
        });
        foreach (var (name, (ulps, where)) in worst.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            TestContext.Current.SendDiagnosticMessage("{0}", $"worst {name}: {ulps} ulp at {where}");
        Assert.All(worst, entry => Assert.True(entry.Value.Ulps <= (entry.Key == "double gradient" ? 8 : 4), $"{entry.Key}: {entry.Value}"));
    }

    static int[] Labels(Random random, Batch batch, int rows) =>
        [.. Enumerable.Range(0, rows).Select(row => random.Next(2) == 0 ? batch.Top(row) : batch.Possible(row, random))];

    /// <summary>Scores of another distribution: nearly the same, as sure of the same class, or unrelated; ruled out where the batch's are.</summary>
    static double[] Beside(Random random, Batch batch)
    {
        double[] beside = [.. batch.Scores];
        int kind = random.Next(4);
        if (kind == 3)
        {
            double[] other = new Batch(random, batch.Index, batch.Report, batch.Classes).Scores;
            return [.. other.Zip(batch.Scores, (b, a) => double.IsInfinity(a) ? a : double.IsInfinity(b) ? -5 : b)];
        }
        for (int i = 0; i < beside.Length; i++)
            beside[i] = kind switch
            {
                0 => random.Next(3) == 0 && double.IsFinite(beside[i]) ? (batch.IsFloat ? MathF.BitIncrement((float)beside[i]) : Math.BitIncrement(beside[i])) : beside[i],
                1 => (float)(beside[i] * (1 + 1e-4 * random.NextDouble())),
                _ => (float)(beside[i] + random.NextDouble()),
            };
        return beside;
    }

    delegate void Call<T>(T[] scores, double[] values, T[] gradient);

    sealed record Calls(Call<float> Float, Call<double> Double);

    /// <summary>What the oracle says of a row: its loss, its gradient, the larger term where a derivative is a difference, and what a small error of all log-ratios does.</summary>
    readonly record struct Answer(BigFloat Value, BigFloat[] Gradient, BigFloat[]? LargerTerms = null, Sensitivity? Sensitivity = null);

    /// <summary>A relative error u in what a divergence is made of moves its value by Linear · u + Quadratic · u² and its derivatives by Slope · u.</summary>
    sealed record Sensitivity(double Linear, double Quadratic, double[] Slope)
    {
        /// <summary>The divergence times a factor, its slope times another.</summary>
        public Sensitivity Times(double value, double slope) => new(Linear * value, Quadratic * value, [.. Slope.Select(s => s * slope)]);

        /// <summary>How exact the arithmetic is that a loss of floats (double) and of doubles (double-double) runs in.</summary>
        public const double InFloat = 4.4e-16, InDouble = 1.3e-29;

        public double Value(double u) => u * (Linear + Quadratic * u);
    }

    delegate Answer RowOracle(int row, ReadOnlySpan<double> scores);

    /// <summary>Sixteen rows of one width, each of a kind of its own; every second batch holds floats, and is judged in float too.</summary>
    sealed class Batch
    {
        public Batch(Random random, int index, Action<string, double, string> report, int classes = 0)
        {
            (Index, Report) = (index, report);
            Classes = classes > 0 ? classes : random.Next(60) switch { 0 => random.Next(100, 300), < 6 => random.Next(16, 70), _ => random.Next(2, 10) };
            IsFloat = index % 2 == 0;
            Scores = new double[Together * Classes];
            for (int row = 0; row < Together; row++)
            {
                string kind = HardRows.Kinds[random.Next(HardRows.Kinds.Length)];
                float[] x = HardRows.Row(random, kind, Classes);
                for (int i = 0; i < Classes; i++) Scores[row * Classes + i] = IsFloat ? x[i] : x[i] * (1 + 1e-8 * random.NextDouble());
            }
        }

        public int Index { get; }

        public Action<string, double, string> Report { get; }

        public int Classes { get; }

        public bool IsFloat { get; }

        public double[] Scores { get; }

        ReadOnlySpan<double> Row(int row) => Scores.AsSpan(row * Classes, Classes);

        public int Top(int row) => Row(row).IndexOf(Row(row).ToArray().Max());

        /// <summary>Any class that is not ruled out.</summary>
        public int Possible(int row, Random random)
        {
            int label = random.Next(Classes);
            while (!double.IsFinite(Row(row)[label])) label = random.Next(Classes);
            return label;
        }

        public void Judge(RowOracle oracle, Calls calls, string options = "")
        {
            double[] wide = new double[Scores.Length], narrowEach = new double[Together], wideEach = new double[Together];
            float[] narrow = new float[Scores.Length];
            if (IsFloat) calls.Float([.. Scores.Select(z => (float)z)], narrowEach, narrow);
            calls.Double([.. Scores], wideEach, wide);
            for (int row = 0; row < Together; row++)
            {
                Answer answer = oracle(row, Row(row));
                if (!Near(answer.Value, wideEach[row], answer.Sensitivity?.Value(Sensitivity.InDouble) ?? 0)) Tell("double value", Ulps.Between(answer.Value.ToDouble(), wideEach[row]), row, wideEach[row]);
                if (IsFloat && !Near(answer.Value, narrowEach[row], answer.Sensitivity?.Value(Sensitivity.InFloat) ?? 0)) Tell("float value", Ulps.Between(answer.Value.ToSingle(), (float)narrowEach[row]), row, narrowEach[row]);
                for (int i = 0; i < Classes; i++)
                {
                    int at = row * Classes + i;
                    double larger = answer.LargerTerms is { } terms ? Math.Abs(terms[i].ToDouble()) : 0;
                    double slope = answer.Sensitivity?.Slope[i] ?? 0;
                    BigFloat expected = answer.Gradient[i];
                    if (!Near(expected, wide[at], Math.Max(larger * 1.2e-16, slope * Sensitivity.InDouble))) Tell("double gradient", Ulps.Between(expected.ToDouble(), wide[at]), row, wide[at]);
                    if (IsFloat && !Near(expected, narrow[at], Math.Max(larger * 6e-8, slope * Sensitivity.InFloat))) Tell("float gradient", Ulps.Between(expected.ToSingle(), narrow[at]), row, narrow[at]);
                }
            }

            void Tell(string name, double ulps, int row, double value) => Report(name, ulps, $"batch {Index} {options} row {row} ({value:R}): {string.Join(", ", Row(row).ToArray().Take(12).Select(z => z.ToString("R")))}");
        }

        static bool Near(BigFloat expected, double actual, double slack) => slack > 0 && Math.Abs((expected - actual).ToDouble()) <= slack;

        /// <summary>As <see cref="Judge"/>, for losses of single scores; scores that are ruled out are left out.</summary>
        public void JudgeElements(Func<int, double, (BigFloat Value, BigFloat Slope, BigFloat Larger)> oracle, Func<int, double, (BigFloat Value, BigFloat Slope, BigFloat Larger)> narrowOracle, Calls calls, string options = "")
        {
            double[] scores = [.. Scores.Select(z => double.IsFinite(z) ? z : -5)], wide = new double[scores.Length], wideEach = new double[scores.Length], narrowEach = new double[scores.Length];
            float[] narrow = new float[scores.Length];
            if (IsFloat) calls.Float([.. scores.Select(z => (float)z)], narrowEach, narrow);
            calls.Double(scores, wideEach, wide);
            for (int i = 0; i < scores.Length; i++)
            {
                var (value, slope, larger) = oracle(i, scores[i]);
                string where = $"batch {Index} {options} score {scores[i]:R}: {wideEach[i]:R}, {wide[i]:R}; {narrowEach[i]:R}, {narrow[i]:R}";
                Report("double value", Ulps.Between(value.ToDouble(), wideEach[i]), where);
                if (!Near(slope, wide[i], larger.ToDouble() * 1.2e-16)) Report("double gradient", Ulps.Between(slope.ToDouble(), wide[i]), where);
                if (!IsFloat) continue;
                (value, slope, larger) = narrowOracle(i, scores[i]);
                Report("float value", Ulps.Between(value.ToSingle(), (float)narrowEach[i]), where);
                if (!Near(slope, narrow[i], larger.ToDouble() * 6e-8)) Report("float gradient", Ulps.Between(slope.ToSingle(), narrow[i]), where);
            }
        }
    }

    /// <summary>The definitions.</summary>
    static class Oracle
    {
        /// <summary>softmax(z / T): weights relative to the largest, their sum without it, and the logarithm of their sum.</summary>
        sealed class Softmax
        {
            readonly BigFloat[] _weights;
            readonly BigFloat _sum;
            readonly BigFloat?[] _fromTop;

            public Softmax(ReadOnlySpan<double> scores, double temperature = 1)
            {
                double[] z = scores.ToArray();
                Top = Array.IndexOf(z, z.Max());
                _fromTop = [.. z.Select(score => double.IsFinite(score) ? ((BigFloat)score - z[Top]) / temperature : (BigFloat?)null)];
                _weights = [.. _fromTop.Select(d => d is { } finite ? BigFloat.Exp(finite) : (BigFloat)0)];
                BigFloat rest = 0;
                for (int i = 0; i < z.Length; i++)
                    if (i != Top) rest += _weights[i];
                _sum = rest + 1;
                Log = BigFloat.Log1P(rest);
            }

            public int Top { get; }

            /// <summary>The logarithm of the sum of weights.</summary>
            public BigFloat Log { get; }

            public BigFloat P(int i) => _weights[i] / _sum;

            /// <summary>1 − p, as the sum of the others.</summary>
            public BigFloat NotP(int i)
            {
                BigFloat others = 0;
                for (int j = 0; j < _weights.Length; j++)
                    if (j != i) others += _weights[j];
                return others / _sum;
            }

            /// <summary>log p; null for a class that is ruled out.</summary>
            public BigFloat? LogP(int i) => _fromTop[i] - Log;
        }

        public static Answer CrossEntropy(ReadOnlySpan<double> scores, int label)
        {
            var softmax = new Softmax(scores);
            return new(-softmax.LogP(label)!.Value, [.. Enumerable.Range(0, scores.Length).Select(i => i == label ? -softmax.NotP(i) : softmax.P(i))]);
        }

        public static Answer SoftmaxFocal(ReadOnlySpan<double> scores, int label, double gamma)
        {
            var softmax = new Softmax(scores);
            BigFloat p = softmax.P(label), error = softmax.NotP(label), loss = -softmax.LogP(label)!.Value;
            if (error.IsZero) return new(0, [.. Enumerable.Repeat((BigFloat)0, scores.Length)]);
            BigFloat factor = Power(error, gamma), slope = factor + factor / error * gamma * p * loss;
            return new(factor * loss, [.. Enumerable.Range(0, scores.Length).Select(i => i == label ? -(slope * error) : slope * softmax.P(i))]);
        }

        static BigFloat Power(BigFloat x, double power) => power == 0 ? 1 : BigFloat.Exp(BigFloat.Log(x) * power);

        static BigFloat Softplus(BigFloat z) => (z.Sign > 0 ? z : 0) + BigFloat.Log1P(BigFloat.Exp(-BigFloat.Abs(z)));

        static BigFloat Sigmoid(BigFloat z)
        {
            BigFloat e = BigFloat.Exp(-BigFloat.Abs(z));
            return (z.Sign > 0 ? 1 : e) / (e + 1);
        }

        public static (BigFloat Value, BigFloat Slope, BigFloat Larger) Binary(double z, double t)
        {
            BigFloat no = (BigFloat)1 - t, yesSlope = Sigmoid(-z) * t, noSlope = Sigmoid(z) * no;
            return (Softplus(-z) * t + Softplus(z) * no, noSlope - yesSlope, t is 0 or 1 ? 0 : yesSlope > noSlope ? yesSlope : noSlope);
        }

        public static (BigFloat Value, BigFloat Slope, BigFloat Larger) SigmoidFocal(double z, bool yes, double gamma, double? alpha)
        {
            double s = yes ? z : -z;
            BigFloat weight = alpha is { } share ? yes ? share : (BigFloat)1 - share : 1, error = Sigmoid(-s), loss = Softplus(-s);
            if (error.IsZero) return (0, 0, 0);
            BigFloat factor = Power(error, gamma) * weight, slope = factor * (Sigmoid(s) * loss * gamma + error);
            return (factor * loss, yes ? -slope : slope, 0);
        }

        public static Answer Kl(ReadOnlySpan<double> scores, ReadOnlySpan<double> target, double temperature)
        {
            Softmax q = new(scores, temperature), p = new(target, temperature);
            BigFloat sum = 0;
            var gradient = new BigFloat[scores.Length];
            double linear = 0, quadratic = 0;
            double[] slope = new double[scores.Length];
            // A score's distance from the top is as exact as the scores themselves; the top's own probability as the rest of the sum.
            double reach = 1 + (Reach(scores) + Reach(target)) / temperature;
            for (int i = 0; i < gradient.Length; i++)
            {
                double error = 2 * reach * (i == p.Top && i == q.Top ? (p.Log + q.Log).ToDouble() : 1), share = p.P(i).ToDouble();
                if (p.LogP(i) is { } logP)
                {
                    BigFloat ratio = logP - q.LogP(i)!.Value;
                    sum += p.P(i) * ratio;
                    linear += Math.Abs((q.P(i) - p.P(i)).ToDouble()) * error;
                    quadratic += share * error * error;
                }
                slope[i] = Math.Max(share, q.P(i).ToDouble()) * error / temperature;
                gradient[i] = (q.P(i) > 0.5 && p.P(i) > 0.5 ? p.NotP(i) - q.NotP(i) : q.P(i) - p.P(i)) / temperature;
            }
            return new(sum, gradient, Sensitivity: new(linear, quadratic, slope));

            static double Reach(ReadOnlySpan<double> z) => z.ToArray().Where(double.IsFinite).Max(Math.Abs);
        }

        public static Answer Distillation(ReadOnlySpan<double> student, ReadOnlySpan<double> teacher, int label, double temperature, double alpha)
        {
            Answer hard = CrossEntropy(student, label), soft = Kl(student, teacher, temperature);
            BigFloat ofHard = (BigFloat)1 - alpha, ofSoft = (BigFloat)alpha * temperature * temperature;
            BigFloat[] hardSlope = [.. hard.Gradient.Select(g => g * ofHard)], softSlope = [.. soft.Gradient.Select(g => g * ofSoft)];
            return new(hard.Value * ofHard + soft.Value * ofSoft,
                [.. hardSlope.Zip(softSlope, (a, b) => a + b)],
                [.. hardSlope.Zip(softSlope, (a, b) => a.Sign * b.Sign < 0 ? BigFloat.Abs(a) > BigFloat.Abs(b) ? a : b : 0)],
                soft.Sensitivity!.Times(ofSoft.ToDouble(), ofSoft.ToDouble()));
        }
    }
}
