using Logits.Metrics;

namespace Logits.Tests.Metrics;

public class EvaluationTests
{
    [Theory]
    [InlineData(1, 1), InlineData(1, 5), InlineData(50, 1), InlineData(200, 2), InlineData(300, 10), InlineData(100, 37)]
    public void AgreesWithTheDefinitions(int rows, int classes)
    {
        double[] scores = Given.Scores(rows, classes, seed: rows);
        int[] labels = Given.Labels(scores, classes, seed: classes);
        Check(scores, labels, classes);
    }

    [Fact]
    public void AgreesWithTheDefinitionsWhereClassesAreRuledOut()
    {
        double[] scores = Given.Scores(200, 6, seed: 3);
        for (int i = 0; i < scores.Length; i += 7) scores[i] = double.NegativeInfinity;
        int[] labels = Given.Labels(scores, 6, seed: 4);
        Check(scores, labels, 6);
    }

    static void Check(double[] scores, int[] labels, int classes)
    {
        int rows = labels.Length;
        double[][] p = [.. Enumerable.Range(0, rows).Select(i => Slow.Softmax(scores.AsSpan(i * classes, classes)))];
        double[] c = [.. p.Select(row => row.Max())];
        bool[] right = [.. p.Select((row, i) => Array.IndexOf(row, row.Max()) == labels[i])];
        var evaluation = Evaluation.Of(scores.AsLogits(classes), labels);

        Assert.Equal(rows, evaluation.Rows);
        Assert.Equal(classes, evaluation.Classes);
        Assert.Equal(right.Average(r => r ? 1.0 : 0), evaluation.Accuracy, 1e-15);
        Assert.Equal(c.Average(), evaluation.MeanConfidence, 1e-14);
        Assert.Equal(p.Select((row, i) => -Math.Log(row[labels[i]])).Average(), evaluation.NegativeLogLikelihood, 1e-12);
        Assert.Equal(p.Select((row, i) => row.Select((v, k) => Math.Pow(v - (k == labels[i] ? 1 : 0), 2)).Sum()).Average(), evaluation.Brier, 1e-14);
        Assert.Equal(Enumerable.Range(0, classes).Average(k => Slow.Expected([.. p.Select(row => row[k])], [.. labels.Select(label => label == k)], 15, Slow.OpenClosed(15))),
            evaluation.ClasswiseCalibrationError, 1e-13);
        Assert.Equal(Slow.Expected(c, right, 15, Slow.OpenClosed(15)), evaluation.ExpectedCalibrationError, 1e-13);
        Assert.Equal(rows, evaluation.Reliability.Sum(bin => bin.Count));
        Assert.Equal(15, evaluation.Bins);
    }

    [Fact]
    public void KeepsItsBitsHoweverTheRowsAreCut()
    {
        double[] scores = Given.Scores(1000, 23, seed: 1);
        int[] labels = Given.Labels(scores, 23, seed: 2);
        var whole = Evaluation.Of(scores.AsLogits(23), labels);
        foreach (int block in (int[])[1, 7, 256, 999])
        {
            var accumulator = new EvaluationAccumulator(23);
            for (int start = 0; start < labels.Length; start += block)
            {
                int count = Math.Min(block, labels.Length - start);
                accumulator.Add(scores.AsLogits(23).Slice(start, count), labels.AsSpan(start, count));
            }
            Assert.Equal(whole.Values.AsEnumerable(), accumulator.Finish().Values);
        }
    }

    [Fact]
    public void ComputesInDoubleFromFloats()
    {
        double[] scores = [.. Given.Scores(100, 5, seed: 1).Select(score => (double)(float)score)];
        int[] labels = Given.Labels(scores, 5, seed: 2);
        float[] floats = [.. scores.Select(score => (float)score)];
        Assert.Equal(Evaluation.Of(scores.AsLogits(5), labels).Values.AsEnumerable(), Evaluation.Of(floats.AsLogits(5), labels).Values);
    }

    [Fact]
    public void KeepsTinyLossesOfSureAnswers()
    {
        double[] scores = [0, -40];
        var evaluation = Evaluation.Of(scores.AsLogits(2), [0]);
        double p = Math.Exp(-40);
        Assert.Equal(p, evaluation.NegativeLogLikelihood, p * 1e-12);
        Assert.Equal(2 * p * p, evaluation.Brier, 2 * p * p * 1e-12);
    }

    [Fact]
    public void IsInfiniteInLogLossWhereALabelWasRuledOut()
    {
        double[] scores = [0, double.NegativeInfinity];
        Assert.Equal(double.PositiveInfinity, Evaluation.Of(scores.AsLogits(2), [1]).NegativeLogLikelihood);
        Assert.Equal(2, Evaluation.Of(scores.AsLogits(2), [1]).Brier);
    }

    [Fact]
    public void SaysWhatIsWrongAndTakesNothing()
    {
        var accumulator = new EvaluationAccumulator(2);
        accumulator.Add(((double[])[1, 2]).AsLogits(2), [1]);
        Says("row 2 of the logits holds NaN;", () => accumulator.Add(((double[])[1, 2, double.NaN, 1]).AsLogits(2), [1, 0]));
        Says("row 1 of the logits holds +∞;", () => accumulator.Add(((double[])[1, double.PositiveInfinity]).AsLogits(2), [1]));
        Says("row 1 of the logits rules out every class", () => accumulator.Add(((float[])[float.NegativeInfinity, float.NegativeInfinity]).AsLogits(2), [1]));
        Says("labels[0] is 2; the logits have 2 classes, 0 to 1.", () => accumulator.Add(((double[])[1, 2]).AsLogits(2), [2]));
        Says("labels holds 2 entries; the logits have 1 rows, one label each.", () => accumulator.Add(((double[])[1, 2]).AsLogits(2), [0, 1]));
        Says("the logits have 1 classes; 2 are expected, as in the rows before.", () => accumulator.Add(((double[])[1, 2]).AsLogits(1), [0, 0]));
        Assert.Equal(Evaluation.Of(((double[])[1, 2]).AsLogits(2), [1]).Values.AsEnumerable(), accumulator.Finish().Values);
        Says("logits has no rows; at least 1 is needed.", () => Evaluation.Of(((double[])[]).AsLogits(2), []));
        Says("logits has no rows; at least 1 is needed.", () => new EvaluationAccumulator(2).Finish());

        static void Says(string message, Action call) => Assert.StartsWith(message, Assert.Throws<ArgumentException>(call).Message);
    }
}
