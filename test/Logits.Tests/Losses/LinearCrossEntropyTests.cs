using System.Numerics;
using Logits.Losses;

namespace Logits.Tests.Losses;

public class LinearCrossEntropyTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 2)]
    [InlineData(17, 8, 600)]
    [InlineData(260, 33, 1030)]
    [InlineData(5, 700, 513)]
    [InlineData(300, 260, 515)]
    public void AgreesWithTheHeadAndTheLossApart(int rows, int inputs, int classes)
    {
        Judge<float>(rows, inputs, classes, 1e-5);
        Judge<double>(rows, inputs, classes, 2e-14);
    }

    static void Judge<T>(int rows, int inputs, int classes, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(rows);
        T[] features = Numbers<T>(random, rows * inputs), weights = Numbers<T>(random, classes * inputs), bias = Numbers<T>(random, classes);
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i % 5 == 4 ? -100 : i * 7919 % classes)];
        if (rows == 1) labels[0] = 0;
        var head = new LinearHead<T>(weights, bias, classes);
        T[] toFeatures = new T[features.Length], toWeights = new T[weights.Length], toBias = new T[classes];
        double fused = LinearCrossEntropy.MeanAndGradient(features, head, labels, toFeatures, toWeights, toBias, ignoreIndex: -100);

        T[] slope = new T[rows * classes];
        var loss = new CrossEntropy { IgnoreIndex = -100 };
        var logits = head.Apply(features);
        double apart = loss.MeanAndGradient(logits, labels, slope);
        Near(apart, fused, Math.Abs(apart), "loss");
        Assert.Equal(fused, LinearCrossEntropy.Mean(features, head, labels, ignoreIndex: -100));
        double[] each = new double[rows], eachApart = new double[rows];
        LinearCrossEntropy.PerRow(features, head, labels, each, ignoreIndex: -100);
        loss.PerRow(logits, labels, eachApart);
        for (int i = 0; i < rows; i++) Near(eachApart[i], each[i], eachApart[i], $"row {i}");

        for (int i = 0; i < rows * inputs; i++)
        {
            double sum = 0, size = 0;
            for (int c = 0; c < classes; c++) Add(slope[i / inputs * classes + c], weights[c * inputs + i % inputs], ref sum, ref size);
            Near(sum, double.CreateTruncating(toFeatures[i]), size, $"features {i}");
        }
        for (int i = 0; i < classes * inputs; i += 7)
        {
            double sum = 0, size = 0;
            for (int row = 0; row < rows; row++) Add(slope[row * classes + i / inputs], features[row * inputs + i % inputs], ref sum, ref size);
            Near(sum, double.CreateTruncating(toWeights[i]), size, $"weights {i}");
        }
        for (int c = 0; c < classes; c++)
        {
            double sum = 0, size = 0;
            for (int row = 0; row < rows; row++) Add(slope[row * classes + c], T.One, ref sum, ref size);
            Near(sum, double.CreateTruncating(toBias[c]), size, $"bias {c}");
        }

        static void Add(T a, T b, ref double sum, ref double size)
        {
            double term = double.CreateTruncating(a) * double.CreateTruncating(b);
            sum += term;
            size += Math.Abs(term);
        }

        void Near(double expected, double actual, double size, string what) =>
            Assert.True(Math.Abs(expected - actual) <= tolerance * size + 1e-300, $"{what}: {actual:R}, expected {expected:R}");
    }

    [Fact]
    public void KeepsALossOf1EMinus30AcrossTiles()
    {
        const int Classes = 1500;
        float[] weights = new float[Classes], toFeatures = new float[1], toWeights = new float[Classes];
        weights[1] = 70;
        weights[1400] = 2;
        double loss = LinearCrossEntropy.MeanAndGradient([1f], new LinearHead<float>(weights, [], Classes), [1], toFeatures, toWeights);
        double rest = (1498 + Math.Exp(2)) * Math.Exp(-70);
        Assert.Equal(1, loss / rest, 1e-6);
        Assert.Equal(1, -toWeights[1] / rest, 1e-6);
        Assert.Equal(1, toWeights[1400] / (Math.Exp(-68)), 1e-6);
    }

    [Theory]
    [InlineData(260, 300)]   // the first rows' scores are kept where the weights' gradient goes
    [InlineData(260, 30)]    // too many rows for that
    public void HasTheSameBitsWhicheverGradientsAreAskedFor(int rows, int inputs)
    {
        const int Classes = 1030;
        var random = new Random(inputs);
        float[] features = Numbers<float>(random, rows * inputs), weights = Numbers<float>(random, Classes * inputs), bias = Numbers<float>(random, Classes);
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 7919 % Classes)];
        float[] toFeatures = Used(features.Length), toWeights = Used(weights.Length), toBias = Used(Classes), alone = Used(features.Length), apart = Used(weights.Length), byItself = Used(Classes);
        double mean = LinearCrossEntropy.Mean(features, new LinearHead<float>(weights, bias, Classes), labels);
        Assert.Equal(mean, LinearCrossEntropy.MeanAndGradient(features, new LinearHead<float>(weights, bias, Classes), labels, toFeatures, toWeights, toBias));
        Assert.Equal(mean, LinearCrossEntropy.MeanAndGradient(features, new LinearHead<float>(weights, bias, Classes), labels, alone, []));
        Assert.Equal(mean, LinearCrossEntropy.MeanAndGradient(features, new LinearHead<float>(weights, bias, Classes), labels, [], apart));
        Assert.Equal(mean, LinearCrossEntropy.MeanAndGradient(features, new LinearHead<float>(weights, bias, Classes), labels, [], [], byItself));
        Assert.Equal(toFeatures, alone);
        Assert.Equal(toWeights, apart);
        Assert.Equal(toBias, byItself);

        static float[] Used(int count)
        {
            var numbers = new float[count];
            Array.Fill(numbers, 7);
            return numbers;
        }
    }

    [Fact]
    public void LeavesGradientsOfNothingAt0()
    {
        float[] toWeights = [1, 2, 3, 4], toBias = [5, 6];
        Assert.Equal(double.NaN, LinearCrossEntropy.MeanAndGradient([], new LinearHead<float>(new float[4], [], 2), [], [], toWeights, toBias));
        Assert.Equal(new float[4], toWeights);
        Assert.Equal(new float[2], toBias);
    }

    [Fact]
    public void NeedsLittleMemoryBesideTheGradients()
    {
        const int Rows = 300, Inputs = 32, Classes = 4096;
        var random = new Random(1);
        float[] features = Numbers<float>(random, Rows * Inputs), weights = Numbers<float>(random, Classes * Inputs), toFeatures = new float[features.Length], toWeights = new float[weights.Length];
        int[] labels = [.. Enumerable.Range(0, Rows)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        LinearCrossEntropy.MeanAndGradient(features, new LinearHead<float>(weights, [], Classes), labels, toFeatures, toWeights);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2_000_000);    // the scores would be 5 MB
    }

    [Fact]
    public void NamesWhatDoesNotFit()
    {
        float[] weights = new float[12];
        Says("weights holds 12 elements, which is not a whole number of columns of 5 outputs.", () => new LinearHead<float>(new float[12], [], 5).Inputs);
        Says("bias holds 2 elements; the head has 3 outputs, one each.", () => new LinearHead<float>(new float[12], new float[2], 3).Inputs);
        Says("features holds 5 elements, which is not a whole number of rows of 4 inputs.", () => new LinearHead<float>(weights, [], 3).Apply(new float[5]).Rows);
        Says("labels[0] is 3; the logits have 3 classes, 0 to 2.", () => LinearCrossEntropy.Mean(new float[4], new LinearHead<float>(weights, [], 3), [3]));
        Says("weightsGradient overlaps the features, the weights or the bias; gradients need memory of their own.", () => LinearCrossEntropy.MeanAndGradient(new float[4], new LinearHead<float>(weights, [], 3), [0], new float[4], weights));

        static void Says(string text, Func<object> act) => Assert.Contains(text, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
    }

    static T[] Numbers<T>(Random random, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(random.NextDouble() - 0.5))];
}
