using Logits.Calibration;

namespace Logits.Tests.Calibration;

public class TopLabelBinningTests
{
    [Fact]
    public void ReplacesTheConfidenceAndKeepsTheProportionsOfTheRest()
    {
        // Four rows predicted as class 0 with one confidence; half are right.
        double[] scores = [.. Enumerable.Repeat(new[] { 2.0, 1, 0 }, 4).SelectMany(row => row)];
        var p = TopLabelBinning.Fit(scores.AsLogits(3), [0, 1, 0, 2]).Apply(new[] { 2.0, 1, 0 }.AsLogits(3)).Softmax();
        Assert.Equal(0.5, p[0][0], 1e-14);
        Assert.Equal(Math.E, p[0][1] / p[0][2], 1e-12);
    }
}
