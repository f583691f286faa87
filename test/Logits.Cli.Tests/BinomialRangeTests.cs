using Logits.Cli.Reports;

namespace Logits.Cli.Tests;

public sealed class BinomialRangeTests
{
    // scipy.stats.binom.ppf([.025, .975], n, p) / n
    [Theory]
    [InlineData(10, 0.5, 0.2, 0.8)]
    [InlineData(1, 0.3, 0, 1)]
    [InlineData(2, 0.9, 1 / 2.0, 1)]
    [InlineData(100, 0.05, 0.01, 0.10)]
    [InlineData(1, 0.99, 1, 1)]
    [InlineData(100000, 0.9, 0.89814, 0.90186)]
    public void IsTheBinomialsQuantiles(int trials, double probability, double low, double high)
    {
        var range = BinomialRange.Of(trials, probability);

        Assert.Equal(low, range.Low, 9);
        Assert.Equal(high, range.High, 9);
    }
}
