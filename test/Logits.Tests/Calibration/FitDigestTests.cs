using System.Security.Cryptography;
using Logits.Calibration;
using Logits.Formats;

namespace Logits.Tests.Calibration;

/// <summary>The bits of every calibrator's fit and of what it makes of fresh scores, on every machine: one number for each method, written down here.</summary>
/// <remarks>
/// Run under <c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX2=0</c> and <c>DOTNET_EnableHWIntrinsic=0</c> the same constants prove that the width of registers does not
/// matter. When a fit changes on purpose, its constant changes with it.
/// </remarks>
public class FitDigestTests
{
    public static TheoryData<string, string> Digests => new()
    {
        { "none", "6b5a812cfc7373c3" },
        { "temperature", "dc47c24a01eb7c8d" },
        { "ets", "4463402ce1161872" },
        { "temperature-per-class", "ce1da67a19877e11" },
        { "temperature-per-label", "bf26cb202bf27cca" },
        { "bcts", "d5310b09b13102b1" },
        { "platt", "111fb8cbd86aa17e" },
        { "platt-smoothed", "7f357344619b157a" },
        { "beta-am", "ae769c571d2c41f5" },
        { "beta-ab", "a2d279798b56b8fa" },
        { "vector", "b45ef4e863f031b4" },
        { "svs", "cdb8f5853004cb77" },
        { "beta", "4a977291b037a264" },
        { "quadratic", "8bc3502af416185c" },
        { "spline", "c062ce61ac4bec1a" },
        { "histogram", "d214d6251cd64660" },
        { "histogram-equal-mass", "0f22eea14ba7255c" },
        { "histogram-top-label", "c4da539f789ee197" },
        { "bbq", "6faa910f24c62ae4" },
        { "isotonic", "c464c87fbff64a27" },
        { "isotonic-centred", "0667cd553f2e9e9d" },
        { "enir", "0b297f4bff6b9c83" },
        { "venn-abers", "2f09c5da9ebaf2aa" },
        { "venn-abers-cross", "75f16b6da0957fe9" },
        { "sms", "3e3b8b43b60209ad" },
        { "matrix", "bcc73529442ef860" },
        { "dirichlet", "b0175dce629f5d3b" },
        { "dirichlet-l2", "0de648bcbc591d78" },
    };

    [Theory]
    [MemberData(nameof(Digests))]
    public void IsTheSameAtEveryRegisterWidth(string method, string digest) => Assert.Equal(digest, Digest(method));

    [Fact]
    public void IsWrittenDownForEveryMethod() => Assert.Equal(Calibrators.All.Select(method => method.Name), Digests.Select(row => row.Data.Item1));

    static string Digest(string method)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int classes in (int[])[2, 3, 8, 11, 21])
        {
            var (scores, labels) = MadeUp(rows: 150, classes, seed: 1);
            var calibrator = Calibrators.Find(method).Fit(scores.AsLogits(classes), labels);
            hash.AppendData([.. CalibratorFile.ToUtf8(calibrator).Where(letter => letter != '\r')]);
            foreach (double score in calibrator.Apply(MadeUp(20, classes, seed: 2).Scores.AsLogits(classes)).Values) hash.AppendData(BitConverter.GetBytes(score));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    /// <summary>Scores in sixteenths from whole numbers alone, so that no library function has a say in them.</summary>
    static (double[] Scores, int[] Labels) MadeUp(int rows, int classes, int seed)
    {
        var random = new Random(seed);
        var labels = new int[rows];
        var scores = new double[rows * classes];
        for (int row = 0; row < rows; row++)
        {
            labels[row] = random.Next(classes);
            for (int k = 0; k < classes; k++) scores[row * classes + k] = (random.Next(-64, 64) + random.Next(-64, 64) + (k == labels[row] ? 60 : 0) + 3 * k) / 16.0;
        }
        return (scores, labels);
    }
}
