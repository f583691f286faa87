using Logits.Conformal;
using Logits.Tests.Metrics;

namespace Logits.Tests.Conformal;

/// <summary>What is true of every score of a class, found by reflection.</summary>
public class EverySetScore
{
    public static TheoryData<Type> Types() => [.. typeof(ISetScore).Assembly.GetTypes().Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(ISetScore)))];

    static IEnumerable<ISetScore> Of(Type type) =>
        type == typeof(LeastAmbiguousSets) ? [new LeastAmbiguousSets()]
        : type == typeof(AdaptiveSets) ? [new AdaptiveSets(), new AdaptiveSets(Randomized: true)]
        : type == typeof(RegularizedAdaptiveSets) ? [new RegularizedAdaptiveSets(), new RegularizedAdaptiveSets(0.1, 1, Randomized: true), new RegularizedAdaptiveSets(0, 0)]
        : type == typeof(TopRankedSets) ? [new TopRankedSets(), new TopRankedSets(Randomized: true)]
        : throw new InvalidOperationException($"{type} is new: say here how it is made.");

    [Theory, MemberData(nameof(Types))]
    public void StandsInTheCatalogue(Type type) => Assert.Contains(SetScores.All, score => score.GetType() == type && SetScores.Named(score.Name) == score);

    /// <summary>Over many splits of held-out and new rows the label is covered as often as promised, also by a bad model.</summary>
    [Theory, MemberData(nameof(Types))]
    public void CoversAsOftenAsPromised(Type type)
    {
        foreach (var score in Of(type))
        {
            const int splits = 300, held = 39, fresh = 20;
            double alpha = 0.2, covered = 0, size = 0;
            for (int split = 0; split < splits; split++)
            {
                double[] scores = Given.Scores(held + fresh, 6, seed: split);
                int[] labels = Given.Labels(scores, 6, seed: 1000 + split);
                for (int i = 0; i < scores.Length; i++) scores[i] *= 1.7;   // overconfident
                var sets = ConformalSets.Fit(scores.AsLogits(6).Slice(0, held), labels.AsSpan(0, held), new() { Score = score, Alpha = alpha, Seed = (ulong)split });
                var report = sets.Apply(scores.AsLogits(6).Slice(held, fresh)).Against(labels.AsSpan(held));
                covered += report.Coverage;
                size += report.MeanSize;
            }
            // 300 × 20 rows, correlated within a split: the standard error of the coverage is below 0.006. Ties (whole ranks) only add coverage.
            double coverage = covered / splits;
            Assert.True(coverage > 1 - alpha - 0.02, $"{score} covers {coverage}");
            if (score is not TopRankedSets { Randomized: false } && score is not AdaptiveSets { Randomized: false } and not RegularizedAdaptiveSets { Randomized: false })
                Assert.True(coverage < 1 - alpha + 0.02, $"{score} covers {coverage}");
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void FitsSavesLoadsAndGivesTheSameSets(Type type)
    {
        double[] scores = Given.Scores(60, 4, seed: 1);
        int[] labels = Given.Labels(scores, 4, seed: 2);
        foreach (var score in Of(type))
            foreach (bool conditional in (bool[])[false, true])
            {
                var sets = ConformalSets.Fit(scores.AsLogits(4), labels, new() { Score = score, Alpha = 0.05, ClassConditional = conditional, Seed = 7 });
                using var file = new MemoryStream();
                sets.Save(file);
                file.Position = 0;
                var loaded = ConformalSets.Load(file);
                Assert.Equal(sets, loaded);
                var (first, second) = (sets.Apply(scores.AsLogits(4)), loaded.Apply(scores.AsLogits(4)));
                for (int row = 0; row < 60; row++) Assert.Equal(first[row].ToArray(), second[row].ToArray());
            }
    }

    [Theory, MemberData(nameof(Types))]
    public void IgnoresAConstantAddedToARow(Type type)
    {
        double[] scores = [.. Given.Scores(60, 4, seed: 1).Select(z => Math.Round(z * 64) / 64)], shifted = [.. scores.Select((z, i) => z + i / 4)];
        int[] labels = Given.Labels(scores, 4, seed: 2);
        foreach (var score in Of(type))
            Assert.Equal(ConformalSets.Fit(scores.AsLogits(4), labels, new() { Score = score }).Threshold, ConformalSets.Fit(shifted.AsLogits(4), labels, new() { Score = score }).Threshold, 1e-14);
    }
}
