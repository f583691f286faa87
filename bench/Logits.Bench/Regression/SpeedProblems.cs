using System.Runtime.InteropServices;
using System.Text.Json;
using Logits.Regression;

namespace Logits.Bench.Regression;

/// <summary>The five synthetic problems of <c>bench_reference.json</c>: generators in its words, checked by its sums.</summary>
static class SpeedProblems
{
    /// <summary>Dense problems: n × p predictors, labels, and the number of classes.</summary>
    public sealed record Dense(string Name, double[] X, int N, int P, int K, int[] Y);

    /// <summary>The sparse one.</summary>
    public sealed record Sparse(string Name, long[] Starts, int[] Indices, double[] Values, int N, int P, int[] Y);

    struct Stream(ulong state)
    {
        ulong _state = state;

        public ulong Next()
        {
            _state += 0x9E3779B97F4A7C15;
            return Mix(_state);
        }

        public double Uniform() => ((Next() >> 11) + 0.5) * (1.0 / (1UL << 53));

        public (double, double) Pair()
        {
            double u1 = Uniform(), u2 = Uniform(), r = Math.Sqrt(-2 * Math.Log(u1)), t = 6.283185307179586476925 * u2;
            return (r * Math.Cos(t), r * Math.Sin(t));
        }

        public void Normals(double[] to)
        {
            for (int i = 0; i < to.Length; i += 2)
            {
                var (a, b) = Pair();
                to[i] = a;
                if (i + 1 < to.Length)
                    to[i + 1] = b;
            }
        }
    }

    static ulong Mix(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    static double Sixteenth(double v) => Math.Floor(v * 65536 + 0.5) / 65536;

    static Dense Make(string name, int n, int p, int k, ulong seed, double rho, double scale, double intercept)
    {
        Stream sx = new(seed), sb = new(seed + 1000), sy = new(seed + 2000);
        int scores = k == 2 ? 1 : k;
        double[] b = new double[scores * p], x = new double[(long)n * p], z = new double[p], eta = new double[scores];
        sb.Normals(b);
        for (int j = 0; j < b.Length; j++)
            b[j] = Sixteenth(b[j] * scale);
        var y = new int[n];
        double rest = Math.Sqrt(1 - rho * rho);
        for (int i = 0; i < n; i++)
        {
            sx.Normals(z);
            double v = 0;
            for (int j = 0; j < p; j++)
            {
                v = j == 0 ? z[0] : rho * v + rest * z[j];
                x[(long)i * p + j] = Sixteenth(v);
            }
            for (int c = 0; c < scores; c++)
            {
                double sum = c == 0 ? intercept : 0;
                for (int j = 0; j < p; j++)
                    sum += x[(long)i * p + j] * b[c * p + j];
                eta[c] = sum;
            }
            double u = sy.Uniform();
            if (k == 2)
                y[i] = u < 1 / (1 + Math.Exp(-eta[0])) ? 1 : 0;
            else
            {
                double max = eta.Max(), total = eta.Sum(e => Math.Exp(e - max)), cumulative = 0;
                y[i] = k - 1;
                for (int c = 0; c < k; c++)
                {
                    cumulative += Math.Exp(eta[c] - max) / total;
                    if (cumulative > u)
                    {
                        y[i] = c;
                        break;
                    }
                }
            }
        }
        return new(name, x, n, p, k, y);
    }

    public static Dense A() => Checked(Make("a", 100_000, 50, 2, 101, 0.5, 0.25, -1));
    public static Dense B() => Checked(Make("b", 20_000, 500, 2, 202, 0.5, 0.08, 0.5));
    public static Dense C() => Checked(Make("c", 60_000, 100, 10, 303, 0.5, 0.3, 0));

    public static Dense As()
    {
        var a = Make("as", 100_000, 50, 2, 101, 0.5, 0.25, -1);
        double[] s = [1.0 / 64, 1.0 / 8, 1, 16, 256];
        for (long e = 0; e < a.X.LongLength; e++)
        {
            int j = (int)(e % a.P);
            a.X[e] = a.X[e] * s[j % 5] + (j % 3 == 2 ? 8 * s[j % 5] : 0);
        }
        return Checked(a);
    }

    public static Sparse D()
    {
        const int n = 200_000, p = 50_000;
        Stream sb = new(404 + 1000), sy = new(404 + 2000);
        var b = new double[p];
        for (int j = 0; j < p; j++)
        {
            double u = sb.Uniform(), a = sb.Pair().Item1;
            b[j] = u < 0.1 ? Sixteenth(4 * a) : 0;
        }
        var starts = new long[n + 1];
        var indices = new List<int>(12_100_000);
        var values = new List<double>(12_100_000);
        var y = new int[n];
        var row = new SortedDictionary<int, double>();
        for (int i = 0; i < n; i++)
        {
            var s = new Stream(Mix(404 + (ulong)i * 0x9E3779B97F4A7C15));
            int m = 40 + (int)(s.Next() % 41);
            row.Clear();
            while (row.Count < m)
            {
                double u = s.Uniform();
                int column = (int)(ulong)(p * u * u * u);
                double value = 1 + s.Next() % 5;
                row.TryAdd(column, value);
            }
            double norm = Math.Sqrt(row.Values.Sum(v => v * v)), sum = 0;
            foreach (var (column, raw) in row)
            {
                double value = Math.Floor(raw / norm * (1 << 24) + 0.5) / (1 << 24);
                indices.Add(column);
                values.Add(value);
                sum += value * b[column];
            }
            starts[i + 1] = indices.Count;
            double eta = 2 * sum - 0.25;
            y[i] = sy.Uniform() < 1 / (1 + Math.Exp(-eta)) ? 1 : 0;
        }
        var d = new Sparse("d", starts, [.. indices], [.. values], n, p, y);
        Check("d", "indptr", MemoryMarshal.AsBytes<long>(d.Starts));
        Check("d", "indices", MemoryMarshal.AsBytes<int>(d.Indices));
        Check("d", "values", MemoryMarshal.AsBytes<double>(d.Values));
        Check("d", "y", Bytes(y));
        return d;
    }

    static byte[] Bytes(int[] y) => [.. y.Select(v => (byte)v)];

    static Dense Checked(Dense problem)
    {
        Check(problem.Name, "X", MemoryMarshal.AsBytes<double>(problem.X));
        Check(problem.Name, "y", Bytes(problem.Y));
        return problem;
    }

    static void Check(string problem, string part, ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte value in bytes)
            hash = (hash ^ value) * 0x100000001b3;
        string expected = Reference(problem).GetProperty("fnv1a64").GetProperty(part).GetString()!;
        if ($"{hash:x16}" != expected)
            Console.Error.WriteLine($"problem {problem}: {part} has the sum {hash:x16}; bench_reference.json says {expected}. The times below are of another problem.");
    }

    static readonly Lazy<JsonElement> File = new(() =>
    {
        string path = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "test", "conformance", "logistic", "bench_reference.json"));
        return JsonDocument.Parse(System.IO.File.ReadAllText(path)).RootElement;
    });

    public static JsonElement Reference(string problem) => File.Value.GetProperty("cases").GetProperty(problem);
}
