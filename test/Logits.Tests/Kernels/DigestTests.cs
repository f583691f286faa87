using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Logits.Kernels;

namespace Logits.Tests.Kernels;

/// <summary>The bits of every kernel on every machine: one number, written down here.</summary>
/// <remarks>
/// Run under <c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX2=0</c> and <c>DOTNET_EnableHWIntrinsic=0</c> the same constant proves that 512-bit, 256-bit, 128-bit and
/// scalar code agree. When a formula changes on purpose, the constant changes with it.
/// </remarks>
public class DigestTests
{
    [Fact]
    public void IsTheSameAtEveryRegisterWidthInFloat() => Assert.Equal("3326b30582e5e83f98b81da8619ed7cd", Digest<float>());

    [Fact]
    public void IsTheSameAtEveryRegisterWidthInDouble() => Assert.Equal("d49c51f2ffd68feb56bde8756b289538", Digest<double>());

    /// <summary>Lengths around every register, block and tail; offsets that misalign; several temperatures; batches.</summary>
    static string Digest<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int[] lengths = [.. Enumerable.Range(1, 34), 47, 48, 49, 63, 64, 65, 127, 128, 129, 130, 255, 257, 1000, 2049];
        T[] source = Source<T>(4000), spread = [.. source.Select(value => value * T.CreateTruncating(30))];
        foreach (int n in lengths)
            for (int offset = 0; offset < 3; offset++)
            {
                var y = new T[n];
                foreach (T[] from in (T[][])[source, spread])
                {
                    var x = from.AsSpan(n % 7 + offset, n);
                    foreach (double temperature in (double[])[1, 0.3])
                    {
                        Kernel<T>.Softmax(x, y, temperature);
                        Append(y);
                        Kernel<T>.LogSoftmax(x, y, temperature);
                        Append(y);
                        Append([T.CreateTruncating(Kernel<T>.LogSumExp(x, temperature)), T.CreateTruncating(Kernel<T>.Entropy(x, temperature)), Kernel<T>.Max(x), T.CreateTruncating(Kernel<T>.ArgMax(x))]);
                        Append([T.CreateTruncating(Kernel<T>.Weigh(x, temperature).Rest)]);
                    }
                    Elementwise(x, y);
                }
                Kernel<T>.SoftmaxGradient(source.AsSpan(0, n), spread.AsSpan(0, n), y);
                Append(y);
                Kernel<T>.LogSoftmaxGradient(source.AsSpan(0, n), spread.AsSpan(0, n), y);
                Append(y);
                Kernel<T>.EntropyGradient(source.AsSpan(0, n), y);
                Append(y);
            }
        // Long rows without −∞, of which some leave the window of powers that the first scores open.
        T[] finite = [.. source.Select(value => T.IsFinite(value) ? value : T.Zero)];
        foreach (double slope in (double[])[0, 0.004, 0.02, -0.01])
            foreach (int n in (int[])[129, 500, 512, 513, 1040, 3999])
            {
                T[] x = [.. finite.Take(n).Select((value, i) => value + T.CreateTruncating(slope * i))], y = new T[n];
                Kernel<T>.Softmax(x, y, 1);
                Append(y);
                Kernel<T>.LogSoftmax(x, y, 1);
                Append(y);
                Append([T.CreateTruncating(Kernel<T>.LogSumExp(x, 1)), T.CreateTruncating(Kernel<T>.LogSumExpNearZero(x, 1)), T.CreateTruncating(Kernel<T>.LogSumExpNearZero(x, 0.7))]);
            }
        Elementwise(Edges<T>(), new T[Edges<T>().Length]);
        var batch = new T[3900];
        foreach (int classes in (int[])[1, 2, 3, 10, 13, 39, 100, 300])
        {
            Kernel<T>.SoftmaxRows(source.AsSpan(0, 3900), batch, classes, 1);
            Append(batch);
            Kernel<T>.LogSoftmaxRows(source.AsSpan(0, 3900), batch, classes, 1);
            Append(batch);
            Kernel<T>.LogSumExpRows(source.AsSpan(0, 3900), batch.AsSpan(0, 3900 / classes), classes, 1);
            Append(batch.AsSpan(0, 3900 / classes));
        }
        foreach (double value in spread.Select(double.CreateTruncating))
            Scalars(value);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];

        void Elementwise(ReadOnlySpan<T> x, T[] y)
        {
            Kernel<T>.Exp(x, y);
            Append(y);
            Kernel<T>.Log(x, y);
            Append(y);
            Kernel<T>.Log1P(x, y);
            Append(y);
            Kernel<T>.ExpM1(x, y);
            Append(y);
            Kernel<T>.Sigmoid(x, y);
            Append(y);
            Kernel<T>.LogSigmoid(x, y);
            Append(y);
            Kernel<T>.Softplus(x, y);
            Append(y);
            Kernel<T>.Log1MExp(x, y);
            Append(y);
            Kernel<T>.Sigmoid(x, y);
            Kernel<T>.Logit(y, y);
            Append(y);
        }

        void Scalars(double x) => hash.AppendData(MemoryMarshal.AsBytes<double>(
            [.. ((double[])[LogMath.Sigmoid(x), LogMath.Softplus(x), LogMath.Logit(LogMath.Sigmoid(x)), LogMath.Log1MExp(-Math.Abs(x)), LogMath.Log1P(Math.Abs(x)), LogMath.ExpM1(x), LogMath.LogAddExp(x, 1)]).Select(v => double.IsNaN(v) ? double.NaN : v)]));

        // The bits of a NaN are the processor's; that there is one is ours.
        void Append(ReadOnlySpan<T> values)
        {
            T[] copy = values.ToArray();
            for (int i = 0; i < copy.Length; i++)
                if (T.IsNaN(copy[i])) copy[i] = T.NaN;
            hash.AppendData(MemoryMarshal.AsBytes<T>(copy));
        }
    }

    /// <summary>Normal-looking numbers from integer arithmetic alone, so that they too are the same everywhere.</summary>
    static T[] Source<T>(int n) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var x = new T[n];
        ulong state = 88172645463325252;
        for (int i = 0; i < n; i++)
        {
            double sum = -6;
            for (int j = 0; j < 12; j++)
            {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                sum += (state >> 11) * (1.0 / (1UL << 53));
            }
            x[i] = i % 97 == 5 ? T.NegativeInfinity : T.CreateTruncating(sum * 3);
        }
        return x;
    }

    static T[] Edges<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        .. ((double[])[0, -0.0, 1, -1, 0.5, 5e-324, -5e-324, 1e-45, -1e-45, 1e-40, 1e-310, 1e-38, 87.5, 88.7, 88.8, 89, -87, -88, -100, -103.9, -104, -110, 709.7, 709.8, 710, -708, -745.1, -745.2, -746, -760, 1e10, -1e10,
            1e30, -1e30, 1e300, -1e300, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 0.25, 0.75, 0.999999, 1e-8, -1e-8, -0.6931471805599453, 0.6931471805599453]).Select(T.CreateTruncating),
    ];
}
