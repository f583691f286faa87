using System.Numerics;
using Logits.Kernels;

namespace Logits.Tests.Kernels;

public class GemmTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 40, 300)]
    [InlineData(5, 3, 2)]
    [InlineData(6, 32, 256)]
    [InlineData(12, 16, 257)]
    [InlineData(13, 33, 7)]
    [InlineData(254, 515, 11)]
    [InlineData(31, 65, 513)]
    [InlineData(3, 7, 0)]
    public void IsOneChainOfFusedMultiplyAdds(int m, int n, int k)
    {
        Check<float>(m, n, k);
        Check<double>(m, n, k);
    }

    static void Check<T>(int m, int n, int k) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] a = Numbers<T>(m * k, 1), b = Numbers<T>(k * n, 2), start = Numbers<T>(m * (n + 3), 3);
        T[] plain = [.. start], onto = [.. start];
        var expected = new T[m * (n + 3)];
        for (bool accumulate = false; ; accumulate = true)
        {
            start.CopyTo(expected, 0);
            for (int i = 0; i < m; i++)
                for (int j = 0; j < n; j++)
                {
                    T sum = accumulate ? start[i * (n + 3) + j] : T.Zero;
                    for (int p = 0; p < k; p++) sum = T.FusedMultiplyAdd(a[i * k + p], b[p * n + j], sum);
                    expected[i * (n + 3) + j] = sum;
                }
            Gemm.Multiply(new GemmMatrix<T>(a, m, k), new GemmMatrix<T>(b, k, n), accumulate ? onto : plain, n + 3, accumulate);
            Assert.Equal(expected, accumulate ? onto : plain);
            if (accumulate) break;
        }

        // the same matrices, laid out the other way round
        Array.Copy(start, plain, start.Length);
        Gemm.Multiply(new GemmMatrix<T>(Turned(a, m, k), k, m).Transposed, new GemmMatrix<T>(Turned(b, k, n), n, k).Transposed, plain, n + 3, accumulate: true);
        Assert.Equal(expected, plain);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(700, 5)]
    [InlineData(40, 67)]
    [InlineData(3, 530)]
    public void MakesASymmetricGramMatrix(int rows, int columns)
    {
        double[] x = Numbers<double>(rows * columns, 4), weights = Numbers<double>(rows, 5), gram = new double[columns * columns];
        Gemm.Gram(new GemmMatrix<double>(x, rows, columns), weights, gram);
        for (int i = 0; i < columns; i++)
            for (int j = i; j < columns; j++)
            {
                double sum = 0;
                for (int r = 0; r < rows; r++) sum = Math.FusedMultiplyAdd(x[r * columns + i] * weights[r], x[r * columns + j], sum);
                Assert.Equal(sum, gram[i * columns + j]);
                Assert.Equal(sum, gram[j * columns + i]);
            }
    }

    [Fact]
    public void GivesARowTheSameBitsAloneAndInABatch()
    {
        const int Rows = 37, Outputs = 101, Inputs = 300;
        float[] x = Numbers<float>(Rows * Inputs, 6), w = Numbers<float>(Outputs * Inputs, 7), batch = new float[Rows * Outputs], alone = new float[Outputs];
        Gemm.Multiply(new GemmMatrix<float>(x, Rows, Inputs), new GemmMatrix<float>(w, Outputs, Inputs).Transposed, batch);
        for (int row = 0; row < Rows; row++)
        {
            Gemm.Multiply(new GemmMatrix<float>(w, Outputs, Inputs), x.AsSpan(row * Inputs, Inputs), alone);
            Assert.Equal(batch.AsSpan(row * Outputs, Outputs).ToArray(), alone);
        }
    }

    [Fact]
    public void RefusesShapesThatDoNotMeet()
    {
        var wrong = Assert.Throws<ArgumentException>(() => Gemm.Multiply(new GemmMatrix<float>(new float[6], 2, 3), new GemmMatrix<float>(new float[8], 4, 2), new float[4]));
        Assert.Contains("a is 2 × 3 and b is 4 × 2", wrong.Message, StringComparison.Ordinal);
        var small = Assert.Throws<ArgumentException>(() => Gemm.Multiply(new GemmMatrix<float>(new float[6], 2, 3), new GemmMatrix<float>(new float[6], 3, 2), new float[3]));
        Assert.Contains("c holds 3 elements", small.Message, StringComparison.Ordinal);
    }

    static T[] Numbers<T>(int count, int seed) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(random.NextDouble() * 2 - 1))];
    }

    static T[] Turned<T>(T[] values, int rows, int columns)
    {
        var turned = new T[values.Length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j];
        return turned;
    }
}
