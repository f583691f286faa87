using Logits.Metrics;

namespace Logits.Tests.Metrics;

public class ForecastsTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(1000), InlineData(5000)]
    public void AreSortedWithEqualOnesInRowOrder(int n)
    {
        var random = new Random(n);
        double[] c = [.. Enumerable.Range(0, n).Select(i => i % 3 == 0 ? random.Next(5) / 4.0 : random.NextDouble() * Math.Pow(10, -random.Next(300)))];
        var forecasts = Forecasts.Of(c, new bool[n]);
        int[] order = [.. Enumerable.Range(0, n).OrderBy(i => c[i])];   // LINQ's sort is stable
        Assert.Equal(order, forecasts.Rows.ToArray());
        Assert.Equal(order.Select(i => c[i]), forecasts.Probabilities.ToArray());
    }

    /// <summary>A saturated network: most rows within 1e−4 of 1, many equal, many apart in their last bits only.</summary>
    [Theory]
    [InlineData(25), InlineData(3000), InlineData(70_000)]
    public void AreSortedWhereTheyCrowd(int n)
    {
        var random = new Random(n);
        double[] c = [.. Enumerable.Range(0, n).Select(i => (i % 8) switch
        {
            0 => random.NextDouble(),
            1 => 1,
            2 => 1 - random.Next(40) * Math.Pow(2, -53),
            _ => 1 - 1e-4 * random.NextDouble(),
        })];
        var forecasts = Forecasts.Of(c, new bool[n]);
        int[] order = [.. Enumerable.Range(0, n).OrderBy(i => c[i])];
        Assert.Equal(order, forecasts.Rows.ToArray());
        Assert.Equal(order.Select(i => c[i]), forecasts.Probabilities.ToArray());
    }

    [Fact]
    public void KeepThePredictedClassesOfTheirRows()
    {
        var forecasts = Forecasts.Of([.9, .2, .5, .2], (int[])[3, 0, 7, 2], (int[])[3, 1, 7, 2]);
        Assert.Equal([0, 2, 7, 3], forecasts.Classes.ToArray());
        Assert.Equal([false, true, true, true], forecasts.Happened.ToArray());
        var drawn = forecasts.Drawn([0, 2, 1, 1]);
        Assert.Equal([2, 2, 7, 3], drawn.Classes.ToArray());
    }

    [Fact]
    public void CountMinusZeroAsZero() => Assert.Equal([0, 1, 2], Forecasts.Of([0.0, -0.0, 0.5], [true, true, true]).Rows.ToArray());

    [Fact]
    public void TakeTheFirstOfEqualClasses()
    {
        double[] tied = [1, 1, 0, 2, 5, 5];
        Assert.Equal([true, false], Forecasts.Of(tied.AsLogits(3), [0, 2]).Rows.ToArray().Select(row => row == 0));
        Assert.Equal(1, Forecasts.Of(tied.AsLogits(3), [0, 2]).Happenings);
    }

    [Fact]
    public void SayWhatIsWrong()
    {
        Says("probabilities has no rows; at least 1 is needed.", () => Forecasts.Of([], []));
        Says("happened holds 1 entries; probabilities holds 2, one for each.", () => Forecasts.Of([.1, .2], [true]));
        Says("probabilities[1] is 1.5; a probability is 0 to 1. Raw model scores enter through AsLogits.", () => Forecasts.Of([.1, 1.5], [true, false]));
        Says("probabilities[0] is NaN; a probability is 0 to 1.", () => Forecasts.Of([double.NaN], [true]));
        Says("confidences[1] is -1; a probability is 0 to 1.", () => Forecasts.Of([.1, -1], (int[])[0, 1], (int[])[0, 0]));
        Says("predicted[1] is -1; classes are numbered from 0.", () => Forecasts.Of([.1, .5], (int[])[0, -1], (int[])[0, 0]));

        static void Says(string message, Action call) => Assert.StartsWith(message, Assert.Throws<ArgumentException>(call).Message);
    }
}
