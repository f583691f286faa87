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
        { "ets", "bb2986aa84875211" },
        { "temperature-per-class", "ce1da67a19877e11" },
        { "temperature-per-label", "c7e05568003c860d" },
        { "bcts", "d5310b09b13102b1" },
        { "platt", "84ca5c5bafe04015" },
        { "platt-smoothed", "af7c1fc9b5cdf16a" },
        { "beta-am", "e5b2b6e2b0db4dbd" },
        { "beta-ab", "9dbc64dd75153d58" },
        { "vector", "b45ef4e863f031b4" },
        { "svs", "6d28a9b535e24d4a" },
        { "beta", "6f54f078db92fb1a" },
        { "quadratic", "6e92bffd83f82ba3" },
        { "spline", "dabd6100d1341a59" },
        { "histogram", "90dfff72f93c62c0" },
        { "histogram-equal-mass", "e45b36e7f1ed1a99" },
        { "histogram-top-label", "1270bb5b44caec50" },
        { "bbq", "0ad664a7c12afb62" },
        { "isotonic", "6274bf0ed9045500" },
        { "isotonic-centred", "89d9dbc590547dc6" },
        { "enir", "3387031963c0eb19" },
        { "venn-abers", "2e05246e066aef00" },
        { "venn-abers-cross", "c4102351b387603c" },
        { "sms", "03a2905480305fc5" },
        { "matrix", "bcc73529442ef860" },
        { "dirichlet", "1cddc634a70c505b" },
        { "dirichlet-l2", "41f153d7587c9555" },
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
