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

    [Fact]
    public void BeginsTheSumsOfARowWhereItIsTold()
    {
        const int Rows = 14, Columns = 70, Depth = 5;
        float[] a = Numbers<float>(Rows * Depth, 8), b = Numbers<float>(Depth * Columns, 9), start = Numbers<float>(Rows, 10), c = new float[Rows * Columns];
        Gemm.MultiplyFrom(start, new GemmMatrix<float>(a, Rows, Depth), new GemmMatrix<float>(b, Depth, Columns), c);
        for (int i = 0; i < c.Length; i++)
        {
            float sum = start[i / Columns];
            for (int p = 0; p < Depth; p++) sum = float.FusedMultiplyAdd(a[i / Columns * Depth + p], b[p * Columns + i % Columns], sum);
            Assert.Equal(sum, c[i]);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 130)]
    [InlineData(9, 7)]
    [InlineData(70, 66)]
    public void TurnsAMatrixOver(int rows, int columns)
    {
        Check<float>();
        Check<double>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] from = Numbers<T>(rows * (columns + 2), 11), to = Numbers<T>(columns * (rows + 3), 12), expected = [.. to];
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++) expected[j * (rows + 3) + i] = from[i * (columns + 2) + j];
            Gemm.Transpose<T>(from, columns + 2, rows, columns, to, rows + 3);
            Assert.Equal(expected, to);
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
            Gemm.Multiply(new GemmMatrix<float>(x.AsSpan(row * Inputs, Inputs), 1, Inputs), new GemmMatrix<float>(w, Outputs, Inputs).Transposed, alone);
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
