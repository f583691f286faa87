using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class LoopDetectionTests
{
    [Theory]
    [InlineData(new[] { 1, 2, 3, 9, 9, 9, 9 }, 1)]
    [InlineData(new[] { 5, 1, 2, 1, 2, 1, 2, 1, 2 }, 2)]
    [InlineData(new[] { 1, 2, 3, 1, 2, 3, 1, 2, 3 }, 0)]
    [InlineData(new[] { 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3 }, 3)]
    [InlineData(new int[0], 0)]
    public void FindsTheShortestPatternThatRepeats(int[] tokens, int length) =>
        Assert.Equal(length, new LoopDetection(MaxPattern: 8, MinCount: 4).PatternAtEnd(tokens));
}
