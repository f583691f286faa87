using Logits.Optimization;

namespace Logits.Tests.Optimization;

public class MinimizeTests
{
    [Fact]
    public void FollowsACurvedValley()
    {
        foreach (var minimum in (Minimum[])[Newton.Minimize(new Rosenbrock(), [-1.2, 1]), Lbfgs.Minimize(new Rosenbrock(), [-1.2, 1])])
        {
            Assert.True(minimum.Converged, minimum.ToString());
            Assert.Equal(1, minimum.Point[0], 1e-8);
            Assert.Equal(1, minimum.Point[1], 1e-8);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(20)]
    public void AgreesAcrossSolversWhereADirectionIsFlat(int dimension)
    {
        double[] start = new double[dimension];
        var newton = Newton.Minimize(new Logistic(dimension, 1), start);
        var newtonCg = NewtonCg.Minimize(new Logistic(dimension, 1), start);
        var lbfgs = Lbfgs.Minimize(new Logistic(dimension, 1), start);
        var proximal = ProximalNewton.Minimize(new Logistic(dimension, 1), start, [], []);
        foreach (var minimum in (Minimum[])[newton, newtonCg, lbfgs, proximal])
        {
            Assert.True(minimum.Converged, minimum.ToString());
            Assert.Equal(newton.Value, minimum.Value, 1e-14);
            Assert.InRange(minimum.GradientNorm, 0, 1e-9);
        }
    }

    [Fact]
    public void SaysThatTheLimitCameFirst()
    {
        var minimum = Lbfgs.Minimize(new Rosenbrock(), [-1.2, 1], new() { Iterations = 3 });
        Assert.Equal(StoppedBecause.IterationLimit, minimum.StoppedBecause);
        Assert.False(minimum.Converged);
        Assert.Equal(3, minimum.Iterations);
    }

    [Fact]
    public void SaysThatTheStartIsNotFinite() =>
        Assert.Equal(StoppedBecause.NotFinite, Newton.Minimize(new Rosenbrock(), [double.NaN, 0]).StoppedBecause);

    [Fact]
    public void TellsEveryStepAndCanBeInterrupted()
    {
        using var source = new CancellationTokenSource();
        int steps = 0;
        var stopping = new Stopping { Cancellation = source.Token, Progress = new Listener(_ => { if (++steps == 3) source.Cancel(); }) };
        Assert.Throws<OperationCanceledException>(() => Newton.Minimize(new Rosenbrock(), [-1.2, 1], stopping));
        Assert.Equal(3, steps);
    }

    [Fact]
    public void NamesTheLengthOfTheStart() =>
        Assert.Contains("start holds 3 entries; the objective has 2 variables.", Assert.Throws<ArgumentException>(() => Newton.Minimize(new Rosenbrock(), new double[3])).Message);

    [Fact]
    public void SetsPenalisedCoefficientsToZeroExactly()
    {
        double[] penalty = [0, 10, 10, 0.001];
        var minimum = ProximalNewton.Minimize(new Logistic(4, 3), new double[4], penalty, []);
        Assert.True(minimum.Converged, minimum.ToString());
        Assert.Equal(0, minimum.Point[1]);
        Assert.Equal(0, minimum.Point[2]);
        Assert.NotEqual(0, minimum.Point[0]);
    }

    [Fact]
    public void StopsAtABound()
    {
        var minimum = ProximalNewton.Minimize(new Logistic(3, 3), new double[3], [], [double.NegativeInfinity, 5, double.NegativeInfinity]);
        Assert.True(minimum.Converged, minimum.ToString());
        Assert.Equal(5, minimum.Point[1]);
    }

    sealed class Listener(Action<SolverStep> on) : IProgress<SolverStep>
    {
        public void Report(SolverStep value) => on(value);
    }
}
