using Logits.Optimization;

namespace Logits.Tests.Optimization;

public class CoordinateDescentTests
{
    [Fact]
    public void IsASoftThresholdWhenVariablesDoNotMix()
    {
        double[] x = new double[3];
        CoordinateDescent.Minimize([2, 0, 0, 0, 2, 0, 0, 0, 2], [4, 1, -4], [1, 2, 1], [], x);
        Assert.Equal([1.5, 0, -1.5], x);
    }

    [Fact]
    public void SolvesALinearSystemWhenNothingIsPenalised()
    {
        double[] x = new double[2];
        CoordinateDescent.Minimize([4, 1, 1, 3], [1, 2], [], [], x);
        Assert.Equal(1.0 / 11, x[0], 1e-14);
        Assert.Equal(7.0 / 11, x[1], 1e-14);
    }
}
