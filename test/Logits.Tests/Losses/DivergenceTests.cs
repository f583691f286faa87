using Logits.Losses;

namespace Logits.Tests.Losses;

/// <summary>Rows at the edges of what a divergence is defined for.</summary>
public class DivergenceTests
{
    const double No = double.NegativeInfinity;

    static readonly double[] Ordinary = [1, 2, 3], Nothing = [No, No, No];

    static readonly DivergenceLoss[] Divergences = [new KlDivergence(), new KlDivergence(0.1), new KlDivergence(4), new ReverseKlDivergence(), new JensenShannon()];

    [Fact]
    public void IsUndefinedWhereARowRulesOutEveryClass()
    {
        foreach (var (scores, target) in ((double[], double[])[])[(Ordinary, Nothing), (Nothing, Ordinary), (Nothing, Nothing), ([No, 2, No], Nothing), (Nothing, [No, 2, No])])
        {
            float[] narrow = [.. scores.Select(z => (float)z)], narrowTarget = [.. target.Select(z => (float)z)];
            foreach (DivergenceLoss loss in Divergences)
            {
                double[] slope = new double[3];
                Assert.Equal(double.NaN, loss.MeanAndGradient(scores.AsLogits(3), target.AsLogits(3), slope));
                Assert.Equal(double.NaN, slope[1]);
                Assert.Equal(double.NaN, loss.Mean(narrow.AsLogits(3), narrowTarget.AsLogits(3)));
            }
            Assert.Equal(double.NaN, new Distillation().Mean(scores.AsLogits(3), target.AsLogits(3), [1]));
            Assert.Equal(double.NaN, new Distillation(4, 1).Mean(narrow.AsLogits(3), narrowTarget.AsLogits(3), [1]));
        }
    }

    [Fact]
    public void IsInfiniteOnlyWhereAClassOfTheTargetIsRuledOut()
    {
        double[] without = [No, 2, 3];
        Assert.Equal(double.PositiveInfinity, KlDivergence.Mean(without.AsLogits(3), Ordinary.AsLogits(3)));
        Assert.True(double.IsFinite(KlDivergence.Mean(Ordinary.AsLogits(3), without.AsLogits(3))));
        Assert.Equal(0, KlDivergence.Mean(without.AsLogits(3), without.AsLogits(3)));
    }

    /// <summary>The scores are 2⁻¹⁰⁰ and 0 in turn, the target's a little less: q − p is half the change about its mean, over the number of classes.</summary>
    [Fact]
    public void KeepsTheSignOfTheSmallestChanges()
    {
        const int Classes = 200;
        double[] scores = new double[Classes], target = new double[Classes], slope = new double[Classes];
        for (int i = 0; i < Classes; i++) scores[i] = Math.ScaleB(i % 2, -100);
        scores.CopyTo(target, 0);
        target[1] -= Math.ScaleB(1, -113);
        KlDivergence.SumAndGradient(scores.AsLogits(Classes), target.AsLogits(Classes), slope);
        double change = Math.ScaleB(1, -113), mean = change / Classes;
        for (int i = 0; i < Classes; i++) Assert.Equal(((i == 1 ? change : 0) - mean) / Classes, slope[i], 1e-14 * mean / Classes);
    }

    /// <summary>Row by row: e⁻⁷⁶⁰ · 10³⁷ beside nothing else, and slopes of 10 · (e⁻⁷⁴⁰ − e⁻⁷⁴³).</summary>
    [Fact]
    public void KeepsWhatOnlyASmallShareTimesALargeRatioGives()
    {
        double[] scores = [0, -1e37], target = [0, -760];
        AssertUlps(1e37 * Math.Exp(-760 + 700) * Math.Exp(-350) * Math.Exp(-350), KlDivergence.Sum(scores.AsLogits(2), target.AsLogits(2)), 1000);

        double[] slope = new double[2];
        new KlDivergence(0.1).SumAndGradient(new double[] { 0, -74 }.AsLogits(2), new double[] { 0, -74.5 }.AsLogits(2), slope);
        Assert.Equal(10 * (Math.Exp(-740 + 40) - Math.Exp(-745 + 40)) * Math.Exp(-40), slope[1], double.Epsilon);

        static void AssertUlps(double expected, double actual, double ulps) => Assert.True(Ulps.Between(expected, actual) <= ulps, $"{actual:R} is not {expected:R}");
    }
}
