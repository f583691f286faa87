using Logits.Regression;

namespace Logits.Tests.Regression;

public class DesignMatrixTests
{
    [Theory]
    [InlineData("a", "name a occurs twice")]
    [InlineData("(Intercept)", "the constant has this one")]
    public void NamesOfColumnsAreDistinct(string second, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => DesignMatrix.From([1, 2], 2, ["a", second])).Message);

    [Fact]
    public void ARectangularArrayIsReadRowByRow()
    {
        Assert.Equal([1, 1, 2, 1, 3, 4], DesignMatrix.From(new double[,] { { 1, 2 }, { 3, 4 } }).Values.ToArray());
        Assert.Equal(0, DesignMatrix.From(new double[0, 2]).Rows);
    }
}
