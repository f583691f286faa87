namespace Logits.Tests;

public class LogitsTests
{
    [Fact]
    public void SoftmaxStaysFiniteAtScoresOf1000() =>
        Assert.Equal([0.5, 0.5, 0.0], new[] { 1000.0, 1000.0, -1000.0 }.AsLogits(3).Softmax().Values.ToArray());

    [Fact]
    public void NamesTheLengthThatIsNotAWholeNumberOfRows() =>
        Assert.Contains("scores holds 10 elements, which is not a whole number of rows of 3 classes.",
            Assert.Throws<ArgumentException>(() => { new float[10].AsLogits(3); }).Message);
}
