using System.Numerics;
using System.Text.Json;
using Logits.Kernels;

namespace Logits.Tests.Conformance.Numerics;

/// <summary>The functions: values within 4 ulp in double and 2 in float, gradients within 8.</summary>
sealed class FunctionOperators : INumericsOperators
{
    public IEnumerable<(string Function, Func<NumericsCase, string?> Check)> Checks =>
    [
        ("sigmoid", c => Elementwise(c, "x", Kernel<double>.Sigmoid, Kernel<float>.Sigmoid, "dy_dx", x => LogMath.Sigmoid(x) * LogMath.Sigmoid(-x))),
        ("log_sigmoid", c => Elementwise(c, "x", Kernel<double>.LogSigmoid, Kernel<float>.LogSigmoid, "dy_dx", x => LogMath.Sigmoid(-x))),
        ("softplus", c => Elementwise(c, "x", Kernel<double>.Softplus, Kernel<float>.Softplus, "dy_dx", LogMath.Sigmoid)),
        ("logit", c => Elementwise(c, "p", Kernel<double>.Logit, Kernel<float>.Logit, "dy_dp", p => p is >= 0 and <= 1 ? 1 / (Math.Abs(p) * (1 - p)) : double.NaN)),
        ("log1mexp", c => Elementwise(c, "x", Kernel<double>.Log1MExp, Kernel<float>.Log1MExp, "dy_dx", x => x <= 0 ? 1 / -LogMath.ExpM1(-x) : double.NaN)),
        ("logsumexp", LogSumExp),
        ("softmax", Softmax),
        ("log_softmax", LogSoftmax),
        ("entropy", Entropy),
        ("long_rows", LongRow),
        ("special_values", SpecialValue),
    ];

    delegate void Map<T>(ReadOnlySpan<T> x, Span<T> y);

    static string? Elementwise(NumericsCase c, string input, Map<double> map, Map<float> narrow, string derivative, Func<double, double> slope)
    {
        double[] x = c.Input(input);
        return c.InBoth(
            () => c.Compare("y", Through(map, x), 4) ?? c.Compare(derivative, x.Select(slope).ToArray(), 8),
            () => c.Compare("y", Through(narrow, Narrow(x)), 2));
    }

    static T[] Through<T>(Map<T> map, T[] x)
    {
        var y = new T[x.Length];
        map(x, y);
        return y;
    }

    static string? LogSumExp(NumericsCase c)
    {
        return c.InBoth(
            () => c.Compare("y", [Kernel<double>.LogSumExp(c.Input("x"))], 4) ?? c.Compare("grad", Through((x, y) => Kernel<double>.Softmax(x, y), c.Input("x")), 8),
            () => c.Compare("y", [(float)Kernel<float>.LogSumExp(Narrow(c.Input("x")))], 2) ?? c.Compare("grad", Through((x, y) => Kernel<float>.Softmax(x, y), Narrow(c.Input("x"))), 2));
    }

    static string? Softmax(NumericsCase c)
    {
        return c.InBoth(() => Judge<double>(c.Compare, 4, 8), () => Judge<float>(c.Compare, 2, 4));

        string? Judge<T>(Comparison<T> compare, int ulps, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            double temperature = c.Parameter("temperature");
            T[] x = As<T>(c.Input("x")), y = new T[x.Length], gradient = new T[x.Length];
            Kernel<T>.Softmax(x, y, temperature);
            if (compare("y", y, ulps) is { } failure) return failure;
            if (!c.HasInput("grad_output")) return null;
            Kernel<T>.SoftmaxGradient(x, As<T>(c.Input("grad_output")), gradient, temperature);
            return compare("grad", gradient, gradientUlps, LargestTerms(c.Expected("y"), c.Input("grad_output"), temperature));
        }

        // y_i (g_i − Σ g y) / T
        static double[] LargestTerms(double[] y, double[] g, double temperature)
        {
            double others = y.Zip(g, (a, b) => Math.Abs(a * b)).Max();
            return [.. y.Zip(g, (a, b) => Math.Abs(a) * Math.Max(Math.Abs(b), others) / temperature)];
        }
    }

    static string? LogSoftmax(NumericsCase c)
    {
        return c.InBoth(() => Judge<double>(c.Compare, 4, 8), () => Judge<float>(c.Compare, 2, 4));

        string? Judge<T>(Comparison<T> compare, int ulps, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] x = As<T>(c.Input("x")), y = new T[x.Length], gradient = new T[x.Length];
            Kernel<T>.LogSoftmax(x, y);
            if (compare("y", y, ulps) is { } failure) return failure;
            Kernel<T>.LogSoftmaxGradient(x, As<T>(c.Input("grad_output")), gradient);
            return compare("grad", gradient, gradientUlps, LargestTerms(c.Expected("y"), c.Input("grad_output")));
        }

        // g_i − p_i Σ g
        static double[] LargestTerms(double[] logP, double[] g)
        {
            double largest = g.Max(Math.Abs);
            return [.. logP.Zip(g, (a, b) => Math.Max(Math.Abs(b), Math.Exp(a) * largest))];
        }
    }

    static string? Entropy(NumericsCase c)
    {
        return c.InBoth(
            () => Judge<double>(c.Compare, 4, 8),
            () => c.Compare("y", [(float)Kernel<float>.Entropy(Narrow(c.Input("x")))], 2) ?? Judge<float>(c.Compare, 2, 4));

        string? Judge<T>(Comparison<T> compare, int ulps, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] x = As<T>(c.Input("x")), gradient = new T[x.Length];
            if (compare("y", [T.CreateTruncating(Kernel<T>.Entropy(x))], ulps) is { } failure) return failure;
            Kernel<T>.EntropyGradient(x, gradient);
            return compare("grad", gradient, gradientUlps, LargestTerms(c.Input("x")));
        }

        // −p_i (log p_i − Σ p log p)
        static double[] LargestTerms(double[] x)
        {
            double[] logP = new double[x.Length];
            Kernel<double>.LogSoftmax(x, logP);
            double largest = logP.Where(double.IsFinite).Select(a => Math.Exp(a) * -a).DefaultIfEmpty(0).Max();
            return [.. logP.Select(a => double.IsNegativeInfinity(a) ? 0 : Math.Exp(a) * Math.Max(-a, largest))];
        }
    }

    static string? LongRow(NumericsCase c)
    {
        double[] x = Row(c.Json.GetProperty("formula").GetString()!, c.Json.GetProperty("n").GetInt32());
        return c.InBoth(() => Judge<double>(4, value => value), () => Judge<float>(2, value => (double)(float)value));

        string? Judge<T>(int ulps, Func<double, double> rounded) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] row = As<T>(x), softmax = new T[x.Length], logSoftmax = new T[x.Length];
            Kernel<T>.Softmax(row, softmax);
            Kernel<T>.LogSoftmax(row, logSoftmax);
            JsonElement expected = c.Json.GetProperty("expected");
            return Far("logsumexp", expected.GetProperty("logsumexp"), Kernel<T>.LogSumExp(row))
                ?? Far("entropy", expected.GetProperty("entropy"), Kernel<T>.Entropy(row))
                ?? expected.GetProperty("softmax_at").EnumerateObject().Select(at => Far($"softmax[{at.Name}]", at.Value, double.CreateTruncating(softmax[int.Parse(at.Name)]))).FirstOrDefault(failure => failure is not null)
                ?? expected.GetProperty("log_softmax_at").EnumerateObject().Select(at => Far($"log_softmax[{at.Name}]", at.Value, double.CreateTruncating(logSoftmax[int.Parse(at.Name)]))).FirstOrDefault(failure => failure is not null);

            string? Far(string name, JsonElement reference, double actual)
            {
                double want = rounded(NumericsCase.Number(reference)), got = rounded(actual);
                double distance = typeof(T) == typeof(float) ? Ulps.Between((float)want, (float)got) : Ulps.Between(want, got);
                return distance <= ulps ? null : $"{name} expected {want:R}, actual {got:R} ({distance} ulp)";
            }
        }

        static double[] Row(string formula, int n) => formula switch
        {
            _ when formula.StartsWith("x[0]=0.0, x[i]=-16.7", StringComparison.Ordinal) => [.. Enumerable.Range(0, n).Select(i => i == 0 ? 0.0 : -16.700000762939453)],
            _ when formula.Contains("-20.0 + (double)(float)(25.0*i/(n-1))", StringComparison.Ordinal) => [.. Enumerable.Range(0, n).Select(i => (double)(float)(-20.0 + (float)(25.0 * i / (n - 1))))],
            _ when formula.Contains("2654435761 mod 2^32", StringComparison.Ordinal) => [.. Enumerable.Range(0, n).Select(i => (double)(float)((uint)((ulong)i * 2654435761) / 4294967296.0 * 24 - 12))],
            _ => throw new NotSupportedException($"no row answers to the formula {formula}"),
        };
    }

    static string? SpecialValue(NumericsCase c)
    {
        double[] x = [.. c.Json.GetProperty("x").EnumerateArray().Select(NumericsCase.Number)];
        string recommended = c.Json.GetProperty("recommended").GetString()!, function = c.Json.GetProperty("function").GetString()!;
        int star = recommended.IndexOf('*', StringComparison.Ordinal);
        double[] expected = star < 0 ? [Number(recommended)] : [.. Enumerable.Repeat(Number(recommended[..star]), int.Parse(recommended[(star + 1)..]))];
        double[] wide = Answer<double>(), narrow = Answer<float>();
        return wide.AsSpan().SequenceEqual(expected) && narrow.AsSpan().SequenceEqual(expected)
            ? null
            : $"expected [{string.Join(", ", expected)}], actual double [{string.Join(", ", wide)}], float [{string.Join(", ", narrow)}]";

        double[] Answer<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] row = As<T>(x), y = new T[x.Length];
            switch (function)
            {
                case "logsumexp": return [Kernel<T>.LogSumExp(row)];
                case "softmax": Kernel<T>.Softmax(row, y); break;
                case "log_softmax": Kernel<T>.LogSoftmax(row, y); break;
                default: throw new NotSupportedException($"no operator answers to {function}");
            }
            return [.. y.Select(double.CreateTruncating)];
        }

        static double Number(string text) => text switch { "nan" => double.NaN, "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, _ => double.Parse(text) };
    }

    delegate string? Comparison<T>(string output, ReadOnlySpan<T> actual, int ulps, double[]? largestTerms = null);

    static float[] Narrow(double[] x) => As<float>(x);

    static T[] As<T>(double[] x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. x.Select(T.CreateTruncating)];
}
