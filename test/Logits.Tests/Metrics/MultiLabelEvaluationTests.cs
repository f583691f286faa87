using Logits.Metrics;

namespace Logits.Tests.Metrics;

public class MultiLabelEvaluationTests
{
    static readonly double[] Scores = Given.Scores(120, 3, seed: 1);
    static readonly int[] Answers = [.. Enumerable.Range(0, 360).Select(i => new Random(i).NextDouble() < LogMath.Sigmoid(0.7 * Scores[i]) ? 1 : 0)];

    [Fact]
    public void AgreesWithTwoClassesOfWhichOneIsYes()
    {
        var binary = Evaluation.Of(new BinaryLogits<double>(Scores, 3), Answers);
        double[] pairs = [.. Scores.SelectMany(z => new[] { 0, z })];
        var twoClasses = Evaluation.Of(pairs.AsLogits(2), Answers);
        Assert.Equal(twoClasses.Accuracy, binary.Overall.Accuracy);
        Assert.Equal(twoClasses.MeanConfidence, binary.Overall.MeanConfidence, 1e-14);
        Assert.Equal(twoClasses.NegativeLogLikelihood, binary.Overall.NegativeLogLikelihood, 1e-14);
        Assert.Equal(twoClasses.Brier / 2, binary.Overall.Brier, 1e-14);
        Assert.Equal(twoClasses.ClasswiseCalibrationError, binary.Overall.ClasswiseCalibrationError, 1e-14);
        Assert.Equal(twoClasses.RiskCoverageArea, binary.Overall.RiskCoverageArea, 1e-14);
        Assert.Equal(twoClasses.Spiegelhalter.Statistic, binary.Overall.Spiegelhalter.Statistic, 1e-9);
        Assert.Equal(2, binary.Overall.Classes);
        Assert.Equal(360, binary.Overall.Rows);
    }

    [Fact]
    public void LooksAtEachLabelByItself()
    {
        var binary = Evaluation.Of(new BinaryLogits<double>(Scores, 3), Answers);
        Assert.Equal(3, binary.PerLabel.Length);
        for (int label = 0; label < 3; label++)
        {
            double[] column = [.. Scores.Where((_, i) => i % 3 == label)];
            int[] answers = [.. Answers.Where((_, i) => i % 3 == label)];
            Assert.Equal(Evaluation.Of(new BinaryLogits<double>(column, 1), answers).Overall.Values.AsEnumerable(), binary.PerLabel[label].Values);
        }
        Assert.Equal(Enumerable.Range(0, 120).Average(row => Enumerable.Range(3 * row, 3).All(i => Scores[i] > 0 == (Answers[i] == 1)) ? 1.0 : 0), binary.SubsetAccuracy, 1e-15);
    }

    [Fact]
    public void ResamplesTheAnswersWithTheirForecasts()
    {
        var binary = Evaluation.Of(new BinaryLogits<double>(Scores, 3), Answers, new() { Resamples = 200 });
        foreach (string key in (string[])["accuracy", "mean_confidence", "nll", "brier", "aurc"])
            Assert.True(binary.Overall.Intervals[key].Contains(binary.Overall.Values.First(pair => pair.Key == key).Value), key);
    }

    [Fact]
    public void TakesCertainScores()
    {
        double[] certain = [double.PositiveInfinity, double.NegativeInfinity, double.PositiveInfinity];
        var right = Evaluation.Of(new BinaryLogits<double>(certain, 1), [1, 0, 1]).Overall;
        Assert.Equal(0, right.NegativeLogLikelihood);
        Assert.Equal(1, right.Accuracy);
        Assert.Equal(double.PositiveInfinity, Evaluation.Of(new BinaryLogits<double>(certain, 1), [1, 1, 1]).Overall.NegativeLogLikelihood);
    }

    [Fact]
    public void SaysWhatIsWrong()
    {
        Says("labels holds 1 entries; 2 rows × 1 labels need 2.", () => Evaluation.Of(new BinaryLogits<double>([1, 2], 1), [1]));
        Says("labels[1] is 2; the answer to a yes/no question is 0 or 1.", () => Evaluation.Of(new BinaryLogits<double>([1, 2], 1), [1, 2]));
        Says("row 1, label 0 of the logits is NaN;", () => Evaluation.Of(new BinaryLogits<double>([1, 2, double.NaN, 1], 2), [1, 0, 1, 1]));
        Says("logits has no rows; at least 1 is needed.", () => Evaluation.Of(new BinaryLogits<double>([], 2), []));

        static void Says(string message, Action call) => Assert.StartsWith(message, Assert.Throws<ArgumentException>(call).Message);
    }
}
