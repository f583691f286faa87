using Logits.Kernels;

namespace Logits.Tests.Kernels;

/// <summary>The row functions, judged by arithmetic with twice the digits.</summary>
public class KernelTests
{
    /// <summary>Rows a run; a million of them when LOGITS_LONG=1.</summary>
    static int Rows => IsLong ? 1_000_000 : 10_000;

    static bool IsLong => Environment.GetEnvironmentVariable("LOGITS_LONG") == "1";

    static readonly double[] Temperatures = [1, 1, 1, 0.5, 2, 0.07, 13.7, 1e-3, 300];

    [Fact]
    public void KeepsItsPromisesOnHardRows() => KeepsItsPromises(Rows, random => 0);

    /// <summary>Rows past those that fit a few registers, where the sum is taken before the largest score is known.</summary>
    [Fact]
    public void KeepsItsPromisesOnLongRows() => KeepsItsPromises(IsLong ? 50_000 : 1_000, random => random.Next(129, random.Next(200, 2000)));

    static void KeepsItsPromises(int rows, Func<Random, int> classes)
    {
        var worst = new Dictionary<string, (double Ulps, string Where)>();
        var random = new Random(20_260_101);
        for (int row = 0; row < rows; row++)
        {
            string kind = HardRows.Kinds[row % HardRows.Kinds.Length];
            float[] x = HardRows.Row(random, kind, classes(random));
            double temperature = Temperatures[random.Next(Temperatures.Length)];
            Judge(x, temperature, (name, ulps) =>
            {
                if (!worst.TryGetValue(name, out var so) || ulps > so.Ulps) worst[name] = (ulps, $"row {row}, {kind}, {x.Length} classes, T = {temperature}");
            });
        }
        foreach (var (name, (ulps, where)) in worst.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            TestContext.Current.SendDiagnosticMessage("{0}", $"worst {name}: {ulps} ulp at {where}");
        Assert.All(worst, entry => Assert.True(entry.Value.Ulps <= (entry.Key.StartsWith("float", StringComparison.Ordinal) ? 2 : 4), $"{entry.Key}: {entry.Value}"));
    }

    static void Judge(float[] x, double temperature, Action<string, double> report)
    {
        double[] wide = [.. x.Select(value => (double)value)];
        int n = x.Length;
        double max = wide.Max();
        Exact[] t = [.. wide.Select(value => double.IsNegativeInfinity(value) ? (Exact)(-4000) : (new Exact(value) - max) / temperature)];
        var e = t.Select(Exact.Exp).ToArray();
        int top = Array.IndexOf(wide, max);
        Exact rest = 0, moment = 0;
        for (int i = 0; i < n; i++)
        {
            if (i == top) continue;
            Exact weight = Exact.Scaled(e[i]);
            rest += weight;
            if (weight.High > 0) moment -= weight * t[i];
        }
        Exact log = Exact.Log1P(rest), sum = rest + 1, lse = new Exact(max) / temperature + log, entropy = log + moment / sum;

        float[] y = new float[n];
        double[] z = new double[n];
        Kernel<float>.Softmax(x, y, temperature);
        Kernel<double>.Softmax(wide, z, temperature);
        for (int i = 0; i < n; i++)
        {
            Exact p = e[i].Mantissa / sum;
            report("float softmax", Ulps.Between((float)Math.ScaleB(p.Round(), e[i].Exponent), y[i]));
            report("double softmax", Ulps.Between(Math.ScaleB(p.Round(), e[i].Exponent), z[i]));
        }
        Kernel<float>.LogSoftmax(x, y, temperature);
        Kernel<double>.LogSoftmax(wide, z, temperature);
        for (int i = 0; i < n; i++)
        {
            double expected = double.IsNegativeInfinity(wide[i]) ? wide[i] : (t[i] - log).Round();
            report("float log-softmax", Ulps.Between((float)expected, y[i]));
            // The oracle adds weights that were each rounded to a subnormal: it is off by half an ulp a class there.
            double ulps = Ulps.Between(expected, z[i]);
            report("double log-softmax", expected < 0 && double.IsSubnormal(expected) ? Math.Max(0, ulps - n) : ulps);
        }
        float[] log1 = new float[1];
        Kernel<float>.LogSumExpRows(x, log1, n, temperature);
        report("float log-sum-exp", Ulps.Between((float)lse.Round(), log1[0]));
        report("double log-sum-exp", Ulps.Between(lse.Round(), Kernel<double>.LogSumExpNearZero(wide, temperature)));
        double quick = Kernel<double>.LogSumExp(wide, temperature);
        if (Math.Abs(quick - lse.Round()) > 2.3e-16 * (2 + Math.Abs(max / temperature))) report("double log-sum-exp, quick", Ulps.Between(lse.Round(), quick));
        if (rest.High > 1e-300)
        {
            report("float entropy", Ulps.Between((float)entropy.Round(), (float)Kernel<float>.Entropy(x, temperature)));
            report("double entropy", Ulps.Between(entropy.Round(), Kernel<double>.Entropy(wide, temperature)));
        }
    }

    [Theory]
    [InlineData(1 << 17)]
    [InlineData((1 << 20) + 3)]
    public void SumsLongRowsToTheLastDigit(int n)
    {
        var x = new float[n];
        Array.Fill(x, -16.7f);
        x[n / 3] = 0;
        Exact rest = Exact.Scaled(Exact.Exp((double)-16.7f)) * (n - 1);
        var y = new float[n];
        Kernel<float>.Softmax(x, y);
        Assert.True(Ulps.Between((float)(new Exact(1) / (rest + 1)).Round(), y[n / 3]) <= 2);
        Assert.True(Ulps.Between((float)(Exact.Scaled(Exact.Exp((double)-16.7f)) / (rest + 1)).Round(), y[0]) <= 2);
        Assert.True(Ulps.Between((float)Exact.Log1P(rest).Round(), (float)Kernel<float>.LogSumExp(x)) <= 2);
        Assert.True(Ulps.Between(Exact.Log1P(rest).Round(), Kernel<double>.LogSumExp(Array.ConvertAll(x, value => (double)value))) <= 4);
    }

    [Theory]
    [InlineData(1), InlineData(7), InlineData(16), InlineData(100), InlineData(1000)]
    public void GivesEqualScoresExactlyEqualShares(int n)
    {
        var x = new float[n];
        Array.Fill(x, 3.1f);
        var y = new float[n];
        Kernel<float>.Softmax(x, y);
        Assert.All(y, p => Assert.Equal(1f / n, p));
    }

    [Fact]
    public void GivesTheSameBitsWhereverARowStands()
    {
        float[] row = HardRows.Row(new Random(5), "normal");
        var alone = new float[row.Length];
        Kernel<float>.Softmax(row, alone);
        for (int before = 0; before < 5; before++)
        {
            float[] batch = [.. Enumerable.Repeat(row, before + 2).SelectMany(r => r)];
            var y = new float[batch.Length + before];
            Kernel<float>.SoftmaxRows(batch, y.AsSpan(before), row.Length);
            for (int copy = 0; copy < before + 2; copy++)
                Assert.Equal(alone, y.AsSpan(before + copy * row.Length, row.Length).ToArray());
        }
    }

    /// <summary>Sixteen rows at a time, one register, several, more than fit: ordinary rows beside such as need care, whose neighbours must not notice.</summary>
    [Fact]
    public void GivesARowTheSameBitsAmongRowsOfAllKinds()
    {
        const int Rows = 40;
        var random = new Random(7);
        foreach (int classes in (int[])[.. Enumerable.Range(1, 20), 31, 32, 33, 63, 64, 65, 100, 112, 127, 128, 129, 130])
            foreach (double temperature in (double[])[1, 0.7])
            {
                float[] x = [.. Enumerable.Range(0, Rows).SelectMany(r => r % 7 == 6 ? Odd(r, classes) : HardRows.Row(random, r % 3 > 0 ? "normal" : HardRows.Kinds[random.Next(HardRows.Kinds.Length)], classes))];
                float[] softmax = new float[x.Length], log = new float[x.Length], sums = new float[Rows], one = new float[classes], sum = new float[1];
                Kernel<float>.SoftmaxRows(x, softmax, classes, temperature);
                Kernel<float>.LogSoftmaxRows(x, log, classes, temperature);
                Kernel<float>.LogSumExpRows(x, sums, classes, temperature);
                for (int r = 0; r < Rows; r++)
                {
                    var row = x.AsSpan(r * classes, classes);
                    Kernel<float>.Softmax(row, one, temperature);
                    Assert.Equal(one, softmax.AsSpan(r * classes, classes).ToArray());
                    Kernel<float>.LogSoftmax(row, one, temperature);
                    Assert.Equal(one, log.AsSpan(r * classes, classes).ToArray());
                    Kernel<float>.LogSumExpRows(row, sum, classes, temperature);
                    Assert.Equal(sum[0], sums[r]);
                }
                float[] place = [.. x];
                Kernel<float>.SoftmaxRows(place, place, classes, temperature);
                Assert.Equal(softmax, place);
                place = [.. x];
                Kernel<float>.LogSoftmaxRows(place, place, classes, temperature);
                Assert.Equal(log, place);
            }

        float[] Odd(int r, int classes)
        {
            float[] row = HardRows.Row(random, "normal", classes);
            row[random.Next(classes)] = (r / 7 % 5) switch { 0 => float.NaN, 1 => float.PositiveInfinity, 2 => float.NegativeInfinity, 3 => 300, _ => -2e5f };
            return row;
        }
    }

    [Theory]
    [InlineData(1, 40), InlineData(250, 275), InlineData(4090, 4100)]
    public void MapsAnElementToTheSameBitsWhereverItStands(int shortest, int longest)
    {
        var random = new Random(8);
        for (int n = shortest; n < longest; n++)
            foreach (var map in (Action<float[], float[]>[])[(x, y) => Kernel<float>.Exp(x, y), (x, y) => Kernel<float>.Sigmoid(x, y)])
            {
                // One in a hundred leaves the window of powers and takes its block along.
                float[] x = [.. Enumerable.Range(0, n).Select(i => random.Next(100) > 0 ? (float)(random.NextDouble() * 40 - 20) : (i % 6) switch { 0 => 90, 1 => -90, 2 => -100, 3 => float.NaN, 4 => float.NegativeInfinity, _ => float.PositiveInfinity })];
                float[] y = new float[n], place = [.. x], one = new float[1];
                map(x, y);
                map(place, place);
                Assert.Equal(y, place);
                for (int i = 0; i < n; i++)
                {
                    map([x[i]], one);
                    Assert.Equal(one[0], y[i]);
                }
            }
    }

    [Theory]
    [InlineData("wide", 0), InlineData("peak", 100), InlineData("one far below", 100), InlineData("huge", 100), InlineData("normal", 1000), InlineData("climbing", 1000), InlineData("one far below", 1000), InlineData("offset", 600)]
    public void WorksInPlace(string kind, int classes)
    {
        float[] x = HardRows.Row(new Random(6), kind, classes), apart = new float[x.Length], log = new float[x.Length], place = [.. x];
        Kernel<float>.Softmax(x, apart);
        Kernel<float>.LogSoftmax(x, log);
        Kernel<float>.Softmax(place, place);
        Assert.Equal(apart, place);
        place = [.. x];
        Kernel<float>.LogSoftmax(place, place);
        Assert.Equal(log, place);
    }

    [Theory]
    [InlineData(new[] { 1.0, 3.0, 3.0 }, 0, new[] { 0.0, 0.5, 0.5 })]
    [InlineData(new[] { 1.0, double.NegativeInfinity, 3.0 }, double.PositiveInfinity, new[] { 0.5, 0.0, 0.5 })]
    [InlineData(new[] { 1e300, -1e300 }, 1e300, new[] { 0.8807970779778824, 0.11920292202211756 })]
    [InlineData(new[] { double.MaxValue, -double.MaxValue }, 1, new[] { 1.0, 0.0 })]
    [InlineData(new[] { double.MaxValue, double.MaxValue }, 1, new[] { 0.5, 0.5 })]
    [InlineData(new[] { -double.MaxValue, double.NegativeInfinity }, 1, new[] { 1.0, 0.0 })]
    [InlineData(new[] { 5e-324, 0 }, 5e-324, new[] { 0.7310585786300049, 0.2689414213699951 })]
    [InlineData(new[] { 1e-310, 0 }, 1e-310, new[] { 0.7310585786300049, 0.2689414213699951 })]
    public void HasTheLimitsOfTemperatureAndScore(double[] x, double temperature, double[] expected)
    {
        var y = new double[x.Length];
        Kernel<double>.Softmax(x, y, temperature);
        Assert.All(expected.Zip(y), pair => Assert.True(Ulps.Between(pair.First, pair.Second) <= 4, $"{pair}"));
        Kernel<double>.LogSoftmax(x, y, temperature);
        Assert.All(expected.Zip(y), pair => Assert.Equal(Math.Log(pair.First), pair.Second is < -1e300 ? double.NegativeInfinity : pair.Second, 1e-12));
    }

    [Theory]
    [InlineData(1, 40, 1), InlineData(1000, 1001, 37)]
    public void PutsNaNEverywhereInARowThatHoldsOne(int shortest, int longest, int step)
    {
        for (int n = shortest; n < longest; n++)
            for (int at = 0; at < n; at += step)
            {
                var x = new float[n];
                x[at] = float.NaN;
                var y = new float[n];
                Kernel<float>.Softmax(x, y);
                Assert.All(y, p => Assert.True(float.IsNaN(p)));
                Kernel<float>.LogSoftmax(x, y);
                Assert.All(y, p => Assert.True(float.IsNaN(p)));
                Assert.True(double.IsNaN(Kernel<float>.LogSumExp(x)) && double.IsNaN(Kernel<float>.Entropy(x)) && float.IsNaN(Kernel<float>.Max(x)));
                Assert.Equal(at, Kernel<float>.ArgMax(x));
            }
    }

    [Fact]
    public void FindsTheFirstOfTheLargest()
    {
        var random = new Random(3);
        for (int n = 1; n < 70; n++)
        {
            float[] x = [.. Enumerable.Range(0, n).Select(_ => (float)random.Next(5))];
            Assert.Equal(x.Max(), Kernel<float>.Max(x));
            Assert.Equal(Array.IndexOf(x, x.Max()), Kernel<float>.ArgMax(x));
        }
        Assert.Equal(-1, Kernel<float>.ArgMax([]));
        Assert.Equal(float.NegativeInfinity, Kernel<float>.Max([]));
        Assert.Equal(0, Kernel<double>.ArgMax([double.NegativeInfinity, double.NegativeInfinity]));
    }

    [Theory]
    [InlineData(0.0), InlineData(-0.7), InlineData(25.0), InlineData(-90.0)]
    public void PassesGradientsThatMatchFiniteDifferences(double spread)
    {
        double[] x = [0.3, -1.1, spread, 0.9, 0.2], g = [0.5, -1, 2, 0.25, -0.75];
        int n = x.Length;
        double[] softmax = new double[n], logSoftmax = new double[n], entropy = new double[n];
        foreach (double temperature in (double[])[1, 0.5, 3])
        {
            Kernel<double>.SoftmaxGradient(x, g, softmax, temperature);
            Kernel<double>.LogSoftmaxGradient(x, g, logSoftmax, temperature);
            Kernel<double>.EntropyGradient(x, entropy, temperature);
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(Slope(i, row => Dot(row, Kernel<double>.Softmax)), softmax[i], 1e-7);
                Assert.Equal(Slope(i, row => Dot(row, Kernel<double>.LogSoftmax)), logSoftmax[i], 1e-7);
                Assert.Equal(Slope(i, row => Kernel<double>.Entropy(row, temperature)), entropy[i], 1e-7);
            }

            double Dot(double[] row, Function function)
            {
                var y = new double[n];
                function(row, y, temperature);
                return y.Zip(g, (a, b) => a * b).Sum();
            }
        }

        double Slope(int i, Func<double[], double> f)
        {
            const double H = 1e-5;
            double[] up = [.. x], down = [.. x];
            up[i] += H;
            down[i] -= H;
            return (f(up) - f(down)) / (2 * H);
        }
    }

    delegate void Function(ReadOnlySpan<double> x, Span<double> y, double temperature);
}
