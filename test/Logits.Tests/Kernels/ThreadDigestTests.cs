using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Logits.Kernels;
using Logits.Losses;
using Logits.Tests.Losses;

namespace Logits.Tests.Kernels;

/// <summary>The same bits for 1, 2 and 7 threads: rows shared out among them, and whole batches computed by all of them at once.</summary>
public class ThreadDigestTests
{
    static readonly int[] Widths = [1, 3, 10, 33, 100, 257, 1000, 4100];

    [Theory, InlineData(2), InlineData(7)]
    public void IsTheSameHoweverRowsAreSharedOut(int threads)
    {
        Assert.Equal(SharedOut<float>(1), SharedOut<float>(threads));
        Assert.Equal(SharedOut<double>(1), SharedOut<double>(threads));
    }

    [Theory, InlineData(2), InlineData(7)]
    public void IsTheSameForEveryThreadAtOnce(int threads)
    {
        AllAtOnce<float>(threads);
        AllAtOnce<double>(threads);
    }

    /// <summary>Every function of rows and elements, each thread on rows of its own and all writing to one array.</summary>
    static string SharedOut<T>(int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int classes in Widths)
        {
            int rows = classes > 1000 ? 9 : 37;
            T[] x = Numbers<T>(rows * classes, classes, 20), targets = [.. Numbers<T>(x.Length, 1, 1).Select(T.Abs)];
            int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 7919 % classes)];
            T[][] results = [.. Enumerable.Range(0, 11).Select(_ => new T[x.Length])];
            double[][] scalars = [.. Enumerable.Range(0, 4).Select(_ => new double[rows])];
            Share(rows, threads, (row, count) =>
            {
                int at = row * classes, length = count * classes;
                ReadOnlySpan<T> some = x.AsSpan(at, length), wanted = targets.AsSpan(at, length);
                ReadOnlySpan<int> theirs = labels.AsSpan(row, count);
                Kernel<T>.SoftmaxRows(some, results[0].AsSpan(at, length), classes, 0.7);
                Kernel<T>.LogSoftmaxRows(some, results[1].AsSpan(at, length), classes);
                Kernel<T>.Exp(some, results[2].AsSpan(at, length));
                Kernel<T>.Sigmoid(some, results[3].AsSpan(at, length));
                Kernel<T>.LogSigmoid(some, results[4].AsSpan(at, length));
                Kernel<T>.Softplus(some, results[5].AsSpan(at, length));
                Kernel<T>.Log1MExp(some, results[6].AsSpan(at, length));
                CrossEntropy.SumAndGradient(some.AsLogits(classes), theirs, results[7].AsSpan(at, length));
                BinaryCrossEntropy.SumAndGradient(some.AsBinaryLogits(classes), wanted, results[8].AsSpan(at, length));
                KlDivergence.SumAndGradient(some.AsLogits(classes), wanted.AsLogits(classes), results[9].AsSpan(at, length));
                SoftmaxFocal.SumAndGradient(some.AsLogits(classes), theirs, results[10].AsSpan(at, length));
                CrossEntropy.PerRow(some.AsLogits(classes), theirs, scalars[0].AsSpan(row, count));
                BinaryCrossEntropy.PerRow(some.AsBinaryLogits(classes), wanted, scalars[1].AsSpan(row, count));
                for (int i = row; i < row + count; i++)
                {
                    scalars[2][i] = Kernel<T>.LogSumExp(x.AsSpan(i * classes, classes));
                    scalars[3][i] = Kernel<T>.Entropy(x.AsSpan(i * classes, classes));
                }
            });
            foreach (T[] result in results) hash.AppendData(MemoryMarshal.AsBytes<T>(result));
            foreach (double[] scalar in scalars) hash.AppendData(MemoryMarshal.AsBytes<double>(scalar));
        }

        const int Tokens = 29, Inputs = 65, Outputs = 700;
        T[] weights = Numbers<T>(Outputs * Inputs, 2, 0.3), bias = Numbers<T>(Outputs, 3, 1), features = Numbers<T>(Tokens * Inputs, 4, 1), scores = new T[Tokens * Outputs], products = new T[Tokens * Outputs];
        double[] losses = new double[Tokens];
        Share(Tokens, threads, (row, count) =>
        {
            ReadOnlySpan<T> some = features.AsSpan(row * Inputs, count * Inputs);
            var head = new LinearHead<T>(weights, bias, Outputs);
            Gemm.Multiply(new GemmMatrix<T>(some, count, Inputs), new GemmMatrix<T>(weights, Outputs, Inputs).Transposed, products.AsSpan(row * Outputs, count * Outputs));
            head.Apply(some, scores.AsSpan(row * Outputs, count * Outputs));
            LinearCrossEntropy.PerRow(some, head, [.. Enumerable.Range(row, count).Select(i => i * 57 % Outputs)], losses.AsSpan(row, count));
        });
        hash.AppendData(MemoryMarshal.AsBytes<T>(products));
        hash.AppendData(MemoryMarshal.AsBytes<T>(scores));
        hash.AppendData(MemoryMarshal.AsBytes<double>(losses));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What cannot be shared out by rows: means and their gradients, gradients of weights; buffers that are pooled must not be shared.</summary>
    static void AllAtOnce<T>(int threads) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var digests = new string[threads];
        Share(threads, threads, (thread, _) => digests[thread] = Whole<T>());
        Assert.Equal(Enumerable.Repeat(Whole<T>(), threads), digests);
    }

    static string Whole<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Loss loss in EveryLoss.All)
        {
            var data = EveryLoss.Data.For(loss, rows: 19);
            T[] gradient = new T[data.Scores.Length], product = new T[gradient.Length];
            Append<double>([loss.Evaluate(data.Batch<T>(), mean: true, gradient: gradient)]);
            loss.HessianProduct(data.Batch<T>(), gradient, product);
            Append<T>(gradient);
            Append<T>(product);
        }

        const int Rows = 31, Inputs = 33, Outputs = 1100;
        T[] weights = Numbers<T>(Outputs * Inputs, 5, 0.3), features = Numbers<T>(Rows * Inputs, 6, 1), toWeights = new T[weights.Length], toFeatures = new T[features.Length], toBias = new T[Outputs];
        int[] labels = [.. Enumerable.Range(0, Rows).Select(i => i * 35)];
        Append<double>([LinearCrossEntropy.MeanAndGradient(features, new LinearHead<T>(weights, [], Outputs), labels, toFeatures, toWeights, toBias)]);
        Append<T>(toFeatures);
        Append<T>(toWeights);
        Append<T>(toBias);
        T[] scores = Numbers<T>(16 * 300, 7, 20), slope = new T[scores.Length];
        Append<double>([CrossEntropy.MeanAndGradient(scores.AsLogits(300), labels.AsSpan(0, 8).ToArray().Concat(labels[..8]).ToArray(), slope)]);
        Append<T>(slope);
        Kernel<T>.SoftmaxGradient(scores.AsSpan(0, 300), scores.AsSpan(300, 300), slope.AsSpan(0, 300));
        Kernel<T>.LogSoftmaxGradient(scores.AsSpan(0, 300), scores.AsSpan(300, 300), slope.AsSpan(300, 300));
        Kernel<T>.EntropyGradient(scores.AsSpan(0, 300), slope.AsSpan(600, 300));
        Append<T>(slope);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append<N>(ReadOnlySpan<N> values) where N : unmanaged => hash.AppendData(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Gives each thread its share of the rows, and starts all of them together.</summary>
    static void Share(int rows, int threads, Action<int, int> work)
    {
        using var together = new Barrier(threads);
        Exception? failure = null;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            int from = rows * thread / threads, to = rows * (thread + 1) / threads;
            together.SignalAndWait();
            try { work(from, to - from); }
            catch (Exception e) { failure = e; }
        }))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        Assert.Null(failure);
    }

    static T[] Numbers<T>(int count, int seed, double spread) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating((random.NextDouble() * 2 - 1) * spread))];
    }
}
