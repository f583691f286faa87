using Logits.Conformal;
using Logits.Metrics;

namespace Logits.Tests.Metrics;

/// <summary>The pages list what the catalogues hold.</summary>
public class DocumentationTests
{
    [Fact]
    public void EveryConventionStandsInThePage()
    {
        string page = File.ReadAllText(Repository.Path("docs", "metrics.md"));
        Assert.All(CalibrationConventions.All, convention => Assert.Contains($"| `{convention.Name}` |", page));
    }

    [Fact]
    public void EverySetScoreStandsInThePage()
    {
        string page = File.ReadAllText(Repository.Path("docs", "conformal.md"));
        Assert.All(SetScores.All, score => Assert.Contains($"| `{score.Name}` | `{score.GetType().Name}` |", page));
    }
}
