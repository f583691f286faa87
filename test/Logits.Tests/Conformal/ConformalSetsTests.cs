using System.Text;
using Logits.Conformal;
using Logits.Tests.Metrics;

namespace Logits.Tests.Conformal;

public class ConformalSetsTests
{
    /// <summary>p = 0.5, 0.3, 0.2 as scores.</summary>
    static readonly double[] Row = [Math.Log(0.3), Math.Log(0.5), Math.Log(0.2)];

    [Theory]
    [InlineData("lac", new[] { 0.5, 0.7, 0.8 })]
    [InlineData("aps", new[] { 0.5, 0.8, 1.0 })]
    [InlineData("raps", new[] { 0.5, 0.8, 1.0 })]
    [InlineData("top-k", new[] { 1.0, 2, 3 })]
    public void ScoresByTheFormula(string name, double[] expected) => AreScores(SetScores.Named(name), 0.25, expected);

    [Fact]
    public void ScoresWithAShareOfTheOwnProbabilityWhenRandomized() => AreScores(new AdaptiveSets(Randomized: true), 0.25, [0.125, 0.575, 0.85]);

    [Fact]
    public void ScoresRanksBeyondTheFreeOnesHigher() => AreScores(new RegularizedAdaptiveSets(0.1, 1), 0.25, [0.5, 0.9, 1.2]);

    static void AreScores(ISetScore score, double uniform, double[] expected)
    {
        var scores = new double[3];
        score.Score(new RowRanking(3).Of<double>(Row), uniform, scores);
        for (int rank = 0; rank < 3; rank++) Assert.Equal(expected[rank], scores[rank], 1e-15);
    }

    [Fact]
    public void RanksEqualProbabilitiesByClass()
    {
        var ranking = new RowRanking(5).Of<float>([1, 2, 2, 1, 2]);
        Assert.Equal([1, 2, 4, 0, 3], ranking.Classes.ToArray());
    }

    /// <summary>The rank is ⌈(n+1)(1−α)⌉ in exact arithmetic: 0.7 is a little less than 7/10 in binary and must not cost a rank.</summary>
    [Theory]
    [InlineData(9, 0.1, 9), InlineData(9, 0.7, 3), InlineData(99, 0.29, 71), InlineData(19, 0.05, 19), InlineData(100, 0.1, 91), InlineData(1, 0.5, 1), InlineData(999, 0.999, 1)]
    public void TakesTheExactRank(int n, double alpha, int rank) =>
        Assert.Equal(rank, ConformalSets.Quantile([.. Enumerable.Range(1, n).Select(i => (double)i).Reverse()], alpha));

    [Theory]
    [InlineData(8, 0.1), InlineData(18, 0.05), InlineData(0, 0.5)]
    public void GivesFullSetsWhereRowsAreTooFew(int n, double alpha) => Assert.Equal(double.PositiveInfinity, ConformalSets.Quantile(new double[n], alpha));

    [Fact]
    public void SaysThatSetsAreFull()
    {
        var sets = ConformalSets.Fit(Row.AsLogits(3), [0]);
        Assert.True(sets.HasFullSets);
        Assert.Equal(3, sets.Apply(Row.AsLogits(3)).MeanSize);
        Assert.Equal([1, 0, 2], sets.Apply(Row.AsLogits(3))[0].ToArray());
    }

    [Fact]
    public void CoversEveryClassWhenAsked()
    {
        double[] scores = Given.Scores(4000, 3, seed: 1);
        for (int i = 0; i < scores.Length; i += 3) scores[i] -= 2;   // class 0 is systematically underrated
        int[] labels = Given.Labels([.. scores.Select((z, i) => i % 3 == 0 ? z + 2 : z)], 3, seed: 2);
        var plain = Report(conditional: false);
        var perClass = Report(conditional: true);
        Assert.True(plain.ClassCoverage[0] < 0.8, $"{plain.ClassCoverage[0]}");
        foreach (double coverage in perClass.ClassCoverage) Assert.InRange(coverage, 0.86, 0.94);

        ConformalReport Report(bool conditional) => ConformalSets
            .Fit(scores.AsLogits(3).Slice(0, 2000), labels.AsSpan(0, 2000), new() { ClassConditional = conditional })
            .Apply(scores.AsLogits(3).Slice(2000, 2000)).Against(labels.AsSpan(2000));
    }

    [Fact]
    public void LeavesAClassNeverSeenInEverySet()
    {
        double[] scores = Given.Scores(50, 3, seed: 1);
        int[] labels = [.. Enumerable.Range(0, 50).Select(i => i % 2)];
        var sets = ConformalSets.Fit(scores.AsLogits(3), labels, new() { ClassConditional = true });
        Assert.Equal(double.PositiveInfinity, sets.Thresholds[2]);
        var applied = sets.Apply(scores.AsLogits(3));
        for (int row = 0; row < 50; row++) Assert.Contains(2, applied[row].ToArray());
    }

    [Fact]
    public void LeavesOutClassesThatWereRuledOut()
    {
        double[] scores = Given.Scores(100, 3, seed: 1);
        for (int i = 2; i < scores.Length; i += 3) scores[i] = double.NegativeInfinity;
        int[] labels = [.. Enumerable.Range(0, 100).Select(i => scores[3 * i] > scores[3 * i + 1] ? 0 : 1)];
        var sets = ConformalSets.Fit(scores.AsLogits(3), labels).Apply(scores.AsLogits(3));
        for (int row = 0; row < 100; row++) Assert.DoesNotContain(2, sets[row].ToArray());
    }

    [Fact]
    public void CountsSizesAndCoverage()
    {
        var report = new PredictionSets([0, 1, 2, 1], [0, 3, 3, 4], 3).Against([1, 0, 1]);
        Assert.Equal(2.0 / 3, report.Coverage);
        Assert.Equal(4.0 / 3, report.MeanSize);
        Assert.Equal(1.0 / 3, report.EmptyShare);
        Assert.Equal([1, 1, 0, 1], report.SizeCounts.AsEnumerable());
        Assert.Equal([0, 1, double.NaN], report.ClassCoverage.AsEnumerable());
    }

    [Theory]
    [InlineData("{}", "this is not a logits/conformal file")]
    [InlineData("nonsense", "this is not a readable logits/conformal file")]
    [InlineData("""{"format":"logits/conformal"}""", "the key version is missing.")]
    [InlineData("""{"format":"logits/conformal","version":2}""", "version is 2; this program reads version 1.")]
    [InlineData("""{"format":"logits/conformal","version":1,"method":"x","classes":2,"parameters":{"randomized":false}}""", "method is x; the methods are lac, aps, raps and top-k.")]
    [InlineData("""{"format":"logits/conformal","version":1,"method":"lac","classes":2,"fit":{"rows":5},"parameters":{"randomized":false,"alpha":1.5,"seed":0,"thresholds":[0.1]}}""", "this is not a readable logits/conformal file: alpha is 1.5; a level is above 0 and below 1.")]
    [InlineData("""{"format":"logits/conformal","version":1,"method":"lac","classes":3,"fit":{"rows":5},"parameters":{"randomized":false,"alpha":0.5,"seed":0,"thresholds":[0.1,0.2]}}""", "thresholds holds 2 numbers; there is 1, or 1 for each of the 3 classes.")]
    public void RefusesFilesByName(string json, string message) =>
        Assert.StartsWith(message, Assert.Throws<InvalidDataException>(() => ConformalSets.Load(new MemoryStream(Encoding.UTF8.GetBytes(json)))).Message);

    [Fact]
    public void SaysWhatIsWrong()
    {
        Says("logits has no rows; at least 1 is needed.", () => ConformalSets.Fit(((double[])[]).AsLogits(3), []));
        Says("labels[0] is 3; the logits have 3 classes, 0 to 2.", () => ConformalSets.Fit(Row.AsLogits(3), [3]));
        Says("row 0 of the logits holds NaN;", () => ConformalSets.Fit(((double[])[double.NaN, 1, 2]).AsLogits(3), [0]));
        Says("the logits have 1 classes; these sets were fitted to 3.", () => ConformalSets.Fit(Row.AsLogits(3), [0]).Apply(Row.AsLogits(1)));
        Says("score x is unknown; the scores are lac, aps, raps, top-k.", () => SetScores.Named("x"));

        static void Says(string message, Action call) => Assert.StartsWith(message, Assert.Throws<ArgumentException>(call).Message);
    }
}
