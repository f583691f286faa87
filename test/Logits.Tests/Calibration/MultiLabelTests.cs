using Logits.Calibration;
using Logits.Formats;

namespace Logits.Tests.Calibration;

/// <summary>Rows of several yes/no answers, a curve for each label.</summary>
public class MultiLabelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void FitsEachLabelAloneAndComesBackFromAFile(int labels)
    {
        var (scores, answers) = Rows(400, labels);
        var fitted = LabelTemperatures.Fit(new BinaryLogits<double>(scores, labels), answers);
        Assert.Equal(labels, fitted.Labels);
        for (int label = 0; label < labels; label++)
        {
            double[] own = [.. scores.Where((_, i) => i % labels == label)];
            int[] ownAnswers = [.. answers.Where((_, i) => i % labels == label)];
            Assert.Equal(LabelTemperatures.Fit(new BinaryLogits<double>(own, 1), ownAnswers).Temperatures[0], fitted.Temperatures[label]);
            // Label j was made j + 1 times too confident.
            Assert.InRange(fitted.Temperatures[label] / (label + 1), 0.6, 1.6);
        }
        Assert.True(fitted.Facts!.Nll <= fitted.Facts.NllBefore);

        var loaded = (IBinaryCalibrator)CalibratorFile.FromUtf8(CalibratorFile.ToUtf8(fitted), "cal.json");
        Assert.Equal(fitted.Apply(new BinaryLogits<double>(scores, labels)).Values.ToArray(), loaded.Apply(new BinaryLogits<double>(scores, labels)).Values.ToArray());
    }

    [Fact]
    public void NamesTheAnswerThatIsNeitherYesNorNo()
    {
        var error = Assert.Throws<ArgumentException>(() => PlattScaling.Fit(new BinaryLogits<double>([1, 2, 3, 4], 2), [0, 1, 2, 0]));
        Assert.Contains("labels[2] is 2; a yes/no label is 1 or 0.", error.Message);
    }

    [Fact]
    public void LeavesCertaintyAndNaNAlone()
    {
        var (scores, answers) = Rows(100, 1);
        var calibrated = BetaCalibration.Fit(new BinaryLogits<double>(scores, 1), answers).Apply(new BinaryLogits<double>([double.PositiveInfinity, double.NegativeInfinity, double.NaN], 1));
        Assert.Equal([double.PositiveInfinity, double.NegativeInfinity, double.NaN], calibrated.Values.ToArray());
    }

    static (double[] Scores, int[] Answers) Rows(int rows, int labels)
    {
        var random = new Random(4);
        var scores = new double[rows * labels];
        var answers = new int[scores.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            double odds = 2 * Example.Gauss(random);
            answers[i] = random.NextDouble() < LogMath.Sigmoid(odds) ? 1 : 0;
            scores[i] = odds * (i % labels + 1);
        }
        return (scores, answers);
    }
}
