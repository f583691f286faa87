namespace Logits.Readme.Tests;

/// <summary>The classic mistakes do not compile, and the compiler's message teaches the way out.</summary>
public class RefusalTests
{
    const string Scores = "using Logits; using Logits.Losses; float[] scores = [1, 2, 3]; ";

    [Theory]
    [InlineData("var p = scores.AsLogits(3).Softmax(); p.Softmax();", "These are already probabilities; a second softmax flattens them.")]
    [InlineData("var p = scores.AsLogits(3).Softmax(); p.Softmax(2.0);", "These are already probabilities; a second softmax flattens them.")]
    [InlineData("var p = scores.AsLogits(3).Softmax(); p.Log();", "Call LogSoftmax on the Logits<T> you gave to Softmax.")]
    [InlineData("var p = scores.AsLogits(3).Softmax(); p.LogSoftmax();", "Call LogSoftmax on the Logits<T> you gave to Softmax.")]
    [InlineData("int[] y = [0]; var p = scores.AsLogits(3).Softmax(); CrossEntropy.Mean(p, y);", "pass the Logits<T> you gave to Softmax")]
    [InlineData("int[] y = [0]; var p = scores.AsLogits(3).Softmax(); new CrossEntropy { LabelSmoothing = 0.1 }.Mean(p, y);", "pass the Logits<T> you gave to Softmax")]
    [InlineData("float[] y = [0, 1, 0]; var p = scores.AsBinaryLogits(1).Sigmoid(); BinaryCrossEntropy.Mean(p, y);", "pass the BinaryLogits<T> you gave to Sigmoid")]
    [InlineData("var p = scores.AsBinaryLogits(1).Sigmoid(); p.Sigmoid();", "These are already probabilities; a second sigmoid squeezes them into 0.5 to 0.73.")]
    public void TeachesTheWayOut(string mistake, string lesson)
    {
        string[] errors = Compiler.Errors(Scores + mistake);
        Assert.Single(errors);
        Assert.Contains("CS0619", errors[0]);
        Assert.Contains(lesson, errors[0]);
    }

    [Fact]
    public void LetsTheRightProgramsThrough() =>
        Assert.Empty(Compiler.Errors(Scores + "var p = scores.AsLogits(3).Softmax(); var lp = scores.AsLogits(3).LogSoftmax(); Console.WriteLine(p.Values[0] + lp.Values[0]);"));
}
