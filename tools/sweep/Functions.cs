using System.Runtime.InteropServices;
using Logits.Kernels;

namespace Logits.Sweep;

/// <summary>The kernels and, from the C library, what they should give.</summary>
static partial class Functions
{
    public delegate void Map(ReadOnlySpan<float> x, Span<float> y);

    public sealed record Function(string Name, Map Kernel, Func<double, double> Reference);

    public static readonly Function[] All =
    [
        new("exp", Kernel<float>.Exp, Exp),
        new("sigmoid", Kernel<float>.Sigmoid, Sigmoid),
        new("softplus", Kernel<float>.Softplus, Softplus),
        new("log_sigmoid", Kernel<float>.LogSigmoid, x => -Softplus(-x)),
        new("log1mexp", Kernel<float>.Log1MExp, x => x > 0 ? double.NaN : x > -0.6931471805599453 ? Log(-ExpM1(x)) : Log1P(-Exp(x))),
        new("logit", Kernel<float>.Logit, p => p is >= 0.25 and <= 0.75 ? Log1P((2 * p - 1) / (1 - p)) : p is >= 0 and <= 1 ? Log(p / (1 - p)) : double.NaN),
        new("log", Kernel<float>.Log, Log),
        new("log1p", Kernel<float>.Log1P, Log1P),
        new("expm1", Kernel<float>.ExpM1, ExpM1),
    ];

    static double Sigmoid(double x)
    {
        double e = Exp(-Math.Abs(x));
        return x > 0 ? 1 / (1 + e) : e / (1 + e);
    }

    static double Softplus(double x) => double.IsNaN(x) ? x : Math.Max(x, 0) + Log1P(Exp(-Math.Abs(x)));

    [LibraryImport("libm.so.6", EntryPoint = "exp"), SuppressGCTransition]
    private static partial double Exp(double x);

    [LibraryImport("libm.so.6", EntryPoint = "expm1"), SuppressGCTransition]
    private static partial double ExpM1(double x);

    [LibraryImport("libm.so.6", EntryPoint = "log"), SuppressGCTransition]
    private static partial double Log(double x);

    [LibraryImport("libm.so.6", EntryPoint = "log1p"), SuppressGCTransition]
    private static partial double Log1P(double x);
}
