using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Logits.Losses;

namespace Logits.Tests.Losses;

/// <summary>The bits of every loss on every machine: one number, written down here, see <c>Kernels/DigestTests</c>.</summary>
public class LossDigestTests
{
    [Fact]
    public void IsTheSameAtEveryRegisterWidthInFloat() => Assert.Equal("53b04917cb8e150d605af5e1e96c0deb", Digest<float>());

    [Fact]
    public void IsTheSameAtEveryRegisterWidthInDouble() => Assert.Equal("75fcdbbb0d03aa673df2a184cd730289", Digest<double>());

    static string Digest<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Loss loss in EveryLoss.All)
        {
            var data = EveryLoss.Data.For(loss, rows: 37);
            T[] gradient = new T[data.Scores.Length], product = new T[data.Scores.Length];
            Append<double>([loss.Evaluate(data.Batch<T>(), mean: true, gradient: gradient)]);
            Append<T>(gradient);
            loss.HessianProduct(data.Batch<T>(), gradient, product);
            Append<T>(product);
        }

        var random = new Random(5);
        foreach (int classes in (int[])[2, 3, 10, 16, 17, 32, 33, 64, 127, 1000])
            foreach (double spread in (double[])[1, 30, 300])
            {
                T[] scores = Numbers(37 * classes, spread), gradient = new T[scores.Length];
                Append<double>([CrossEntropy.MeanAndGradient(scores.AsLogits(classes), [.. Enumerable.Range(0, 37).Select(i => i % classes)], gradient)]);
                Append<T>(gradient);
                T[] targets = [.. Enumerable.Range(0, scores.Length).Select(i => T.CreateTruncating(i % 100 == 99 ? 0.25 : i % 2))];
                Append<double>([BinaryCrossEntropy.MeanAndGradient(scores.AsBinaryLogits(classes), targets, gradient)]);
                Append<T>(gradient);
            }

        const int Inputs = 65, Outputs = 1100, Rows = 19;
        T[] weights = Numbers(Outputs * Inputs, 0.3), features = Numbers(Rows * Inputs, 1), bias = Numbers(Outputs, 1), toWeights = new T[weights.Length], toFeatures = new T[features.Length], toBias = new T[Outputs];
        Append<double>([LinearCrossEntropy.MeanAndGradient(features, new LinearHead<T>(weights, bias, Outputs), [.. Enumerable.Range(0, Rows).Select(i => i * 57)], toFeatures, toWeights, toBias)]);
        Append<T>(toWeights);
        Append<T>(toFeatures);
        Append<T>(toBias);
        Append(new LinearHead<T>(weights, bias, Outputs).Apply(features).Values);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];

        T[] Numbers(int count, double spread) => [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating((random.NextDouble() - 0.5) * spread))];

        void Append<N>(ReadOnlySpan<N> values) where N : unmanaged => hash.AppendData(MemoryMarshal.AsBytes(values));
    }
}
