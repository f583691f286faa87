using Logits.Metrics;

namespace Logits.Tests.Metrics;

/// <summary>The tests of calibration: a calibrated forecaster fails them as often as the level says, a bad one nearly always.</summary>
public class CalibrationTestTests
{
    static Forecasts Drawn(int n, int seed, Func<double, double> truth)
    {
        var random = new Random(seed);
        double[] c = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())];
        return Forecasts.Of(c, [.. c.Select(p => random.NextDouble() < truth(p))]);
    }

    public static TheoryData<string> Names() => ["Spiegelhalter", "Kolmogorov-Smirnov", "Kuiper", "Hosmer-Lemeshow", "Cox", "consistency of ECE", "consistency of MMCE"];

    static double PValue(string name, Forecasts forecasts, int seed) => name switch
    {
        "Spiegelhalter" => Spiegelhalter.Test(forecasts).PValue,
        "Kolmogorov-Smirnov" => KolmogorovSmirnov.Test(forecasts).PValue,
        "Kuiper" => Kuiper.Test(forecasts).PValue,
        "Hosmer-Lemeshow" => HosmerLemeshow.Test(forecasts).PValue,
        "Cox" => CoxCalibration.Fit(forecasts).Test.PValue,
        "consistency of ECE" => Consistency.Test(forecasts, f => CalibrationError.Expected(f), new() { Resamples = 39, Seed = (ulong)seed, Threads = 1 }).PValue,
        _ => Consistency.Test(forecasts, f => KernelCalibrationError.Mmce(f), new() { Resamples = 39, Seed = (ulong)seed, Threads = 1 }).PValue,
    };

    [Theory, MemberData(nameof(Names))]
    public void RejectsTheCalibratedAboutAsOftenAsItsLevel(string name)
    {
        int rejected = Enumerable.Range(0, 300).Count(trial => PValue(name, Drawn(400, trial, p => p), trial) < 0.1);
        Assert.InRange(rejected, 12, 48);   // 22 to 30 expected, standard deviation 5; Brownian limits and 39 resamples are a little cautious
    }

    [Theory, MemberData(nameof(Names))]
    public void RejectsTheOverconfident(string name)
    {
        int rejected = Enumerable.Range(0, 40).Count(trial => PValue(name, Drawn(600, trial, p => 0.5 + 0.55 * (p - 0.5)), trial) < 0.1);
        Assert.True(rejected >= 36, $"{rejected} of 40");
    }

    /// <summary>Labels drawn from the softmax itself pass; labels drawn from a flatter one do not. Of all classes' probabilities, too.</summary>
    [Theory]
    [InlineData("guo2017"), InlineData("classwise"), InlineData("canonical-tv"), InlineData("kumar-marginal-l2")]
    public void AreThereForEveryConvention(string name)
    {
        var convention = CalibrationConventions.Named(name);
        var options = new EvaluationOptions { Resamples = 19, Seed = 4 };
        int rejected = 0;
        for (int trial = 0; trial < 40; trial++)
        {
            double[] scores = Given.Scores(150, 3, seed: trial);
            if (convention.Test(scores.AsLogits(3), Given.Labels(scores, 3, seed: 100 + trial), options).PValue <= 0.1) rejected++;
        }
        Assert.InRange(rejected, 0, 10);   // 4 expected, standard deviation 1.9

        double[] bold = Given.Scores(600, 3, seed: 1, scale: 6);
        var test = convention.Test(bold.AsLogits(3), Given.Labels([.. bold.Select(score => score / 3)], 3, seed: 2), options);
        Assert.Equal(convention.Of(bold.AsLogits(3), Given.Labels([.. bold.Select(score => score / 3)], 3, seed: 2)), test.Statistic);
        Assert.Equal(0.05, test.PValue);
    }

    [Theory]
    [MemberData(nameof(Given.Awkward), MemberType = typeof(Given))]
    public void AnswersAwkwardForecasts(double[] c, bool[] y)
    {
        var forecasts = Forecasts.Of(c, y);
        foreach (var test in (CalibrationTest[])[KolmogorovSmirnov.Test(forecasts), Kuiper.Test(forecasts), HosmerLemeshow.Test(forecasts), Spiegelhalter.Test(forecasts)])
            Assert.True(test.PValue is >= 0 and <= 1 || double.IsNaN(test.Statistic), $"{test}");
        var cox = CoxCalibration.Fit(forecasts);
        Assert.True(!cox.Converged || (double.IsFinite(cox.Slope) && double.IsFinite(cox.Intercept)), $"{cox}");
        Assert.True(Kuiper.Error(forecasts) >= KolmogorovSmirnov.Error(forecasts));
    }

    [Fact]
    public void SaysThatNoDegreeIsLeft() =>
        Assert.StartsWith("the number of groups less fitted is 0; it is at least 1.", Assert.Throws<ArgumentOutOfRangeException>(() => HosmerLemeshow.Test(Forecasts.Of([.1, .2], [true, false]), groups: 2, fitted: 2)).Message);

    [Fact]
    public void CoxSaysThatPerfectSeparationHasNoLine()
    {
        Assert.False(CoxCalibration.Fit(new BinaryLogits<double>([-2, -1, 1, 2], 1), [0, 0, 1, 1]).Converged);
        Assert.False(CoxCalibration.Fit(new BinaryLogits<double>([-2, -1, 1, 2], 1), [1, 1, 1, 1]).Converged);
        Assert.False(CoxCalibration.Fit(new BinaryLogits<double>([1, 1, 1, 1], 1), [1, 0, 1, 1]).Converged);
        Assert.Equal(double.PositiveInfinity, CoxCalibration.Fit(new BinaryLogits<double>([-2, 2], 1), [1, 1]).InTheLarge);
    }
}
