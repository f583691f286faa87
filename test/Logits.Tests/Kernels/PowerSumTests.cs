using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Logits.Kernels;

namespace Logits.Tests.Kernels;

/// <summary>Power sums of rows against the plain loops, and their bits on every machine.</summary>
public class PowerSumTests
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.03)]
    [InlineData(7.0)]
    [InlineData(1e-4)]
    [InlineData(0.0)]
    public void AreThoseOfThePlainLoops(double beta)
    {
        for (int classes = 1; classes < 70; classes++)
        {
            float[] scores = Rows(5, classes);
            var max = new float[5];
            PowerSums[] narrow = new PowerSums[5], wide = new PowerSums[5], widest = new PowerSums[5];
            PowerSumRows.Largest(scores, classes, max);
            PowerSumRows.InFloat(scores, classes, max, beta, narrow);
            PowerSumRows.InDouble<float>(scores, classes, max, beta, wide);
            PowerSumRows.InDouble<double>(Array.ConvertAll(scores, z => (double)z), classes, Array.ConvertAll(max, z => (double)z), beta, widest);
            Assert.Equal(wide, widest);
            for (int row = 0; row < 5; row++)
            {
                var z = scores.AsSpan(row * classes, classes);
                float top = float.NegativeInfinity;
                foreach (float score in z) top = Math.Max(top, score);
                Assert.Equal(top, max[row]);
                double[] plain = new double[4];
                foreach (float score in z)
                {
                    if (float.IsNegativeInfinity(score)) continue;
                    double d = (double)score - top, e = Math.Exp(beta * d);
                    for (int power = 0; power < 4; power++, e *= d) plain[power] += e;
                }
                Close(plain, narrow[row], 4e-6);
                Close(plain, wide[row], 4e-13);
            }
        }

        static void Close(double[] expected, PowerSums actual, double tolerance)
        {
            double[] sums = [actual.S0, actual.S1, actual.S2, actual.S3];
            // What lies below the reach of the exponential counts as e⁻⁸⁷ instead of nothing.
            for (int power = 0; power < 4; power++) Assert.Equal(expected[power], sums[power], tolerance * Math.Abs(expected[power]) + 1e-15);
        }
    }

    [Fact]
    public void AreNaNForARowThatHoldsNaN()
    {
        for (int at = 0; at < 37; at++)
        {
            float[] scores = Rows(1, 37);
            scores[at] = float.NaN;
            var sums = new PowerSums[1];
            float top = scores.Where(z => !float.IsNaN(z)).Max();
            PowerSumRows.InFloat(scores, 37, [top], 1, sums);
            Assert.True(double.IsNaN(sums[0].S0));
            PowerSumRows.InDouble<float>(scores, 37, [top], 1, sums);
            Assert.True(double.IsNaN(sums[0].S0));
        }
    }

    [Fact]
    public void AreTheSameAtEveryRegisterWidth()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sums = new PowerSums[7];
        foreach (int classes in (int[])[1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100])
            foreach (double beta in (double[])[1, 0.37, 11])
            {
                float[] scores = Rows(7, classes);
                var max = new float[7];
                PowerSumRows.Largest(scores, classes, max);
                PowerSumRows.InFloat(scores, classes, max, beta, sums);
                hash.AppendData(MemoryMarshal.AsBytes(sums.AsSpan()));
                PowerSumRows.InDouble<float>(scores, classes, max, beta, sums);
                hash.AppendData(MemoryMarshal.AsBytes(sums.AsSpan()));
            }
        Assert.Equal("0c8ddba2b3a4ec26b7bc182dd5fabe71", Convert.ToHexStringLower(hash.GetHashAndReset())[..32]);
    }

    /// <summary>Scores from −40 to 40, every seventh ruled out but for the first of a row.</summary>
    static float[] Rows(int rows, int classes)
    {
        var random = new Random(rows * 1000 + classes);
        var scores = new float[rows * classes];
        for (int i = 0; i < scores.Length; i++) scores[i] = i % classes % 7 == 6 ? float.NegativeInfinity : random.NextSingle() * 80 - 40;
        return scores;
    }
}
