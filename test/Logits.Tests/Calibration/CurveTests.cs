using Logits.Calibration;

namespace Logits.Tests.Calibration;

public class CurveTests
{
    [Theory]
    [InlineData(0.2, 0.1)]
    [InlineData(0.35, 0.3)]
    [InlineData(0.5, 0.5)]
    [InlineData(0.9, 0.5)]
    public void JoinsKnotsInProbability(double probability, double expected)
    {
        var curve = new LinearCurve([LogOdds.Logit(0.2), LogOdds.Logit(0.5)], [0.1, 0.5]);
        Assert.Equal(expected, LogMath.Sigmoid(curve.Map(LogOdds.Logit(probability))), 1e-14);
    }

    [Fact]
    public void TakesTheFrequenciesOfBins()
    {
        // p = 0.1, 0.15 in (0, 1/3]; 0.5 in (1/3, 2/3]; none above
        double[] scores = [LogOdds.Logit(0.1), LogOdds.Logit(0.15), LogOdds.Logit(0.5)];
        var curve = HistogramBinning.Fit(new BinaryLogits<double>(scores, 1), [1, 0, 1], bins: 3).Curves[0];
        Assert.Equal(0, curve.Map(LogOdds.Logit(0.3)));
        Assert.Equal(double.PositiveInfinity, curve.Map(0));
        Assert.Equal(2.5, curve.Map(2.5));
    }

    [Fact]
    public void RunsStraightBeyondTheKnotsOfASpline()
    {
        var (scores, labels) = Example.Logits(500, 2);
        var curve = SplineCalibration.Fit(scores.AsLogits(2), labels).Curves[0];
        double step = curve.Map(101) - curve.Map(100);
        Assert.Equal(step, curve.Map(201) - curve.Map(200), 1e-9);
    }

    [Fact]
    public void AveragesEverythingInOneBinWhenAllScoresAreEqual()
    {
        foreach (string method in (string[])["isotonic", "histogram-equal-mass", "enir"])
        {
            var calibrator = Calibrators.Find(method).Fit(new double[8].AsLogits(2), [1, 0, 0, 0]);
            Assert.Equal(0.25, calibrator.Apply(new double[2].AsLogits(2)).Softmax()[0][1], 1e-12);
        }
    }

    [Fact]
    public void KnowsTheMidpointOfABetaCurve() =>
        Assert.Equal(0.3, new BetaCurve(2, 1.5, 1.5 * Math.Log(0.7) - 2 * Math.Log(0.3)).Midpoint, 1e-12);
}
