using Logits.Metrics;

namespace Logits.Tests.Metrics;

public class CalibrationConventionsTests
{
    [Fact]
    public void HaveNamesOfTheirOwn()
    {
        Assert.Equal(CalibrationConventions.All.Length, CalibrationConventions.All.Select(convention => convention.Name).Distinct().Count());
        Assert.All(CalibrationConventions.All, convention => Assert.Same(convention, CalibrationConventions.Named(convention.Name)));
        Assert.All(CalibrationConventions.All, convention => Assert.True(convention.Source.Length > 0 && convention.Definition.Length > 20));
    }

    public static TheoryData<double[], bool[]> Cases()
    {
        var cases = Given.Awkward();
        foreach (int n in (int[])[2, 30, 150])
        {
            var (c, y) = Given.Forecasts(n, seed: n);
            cases.Add(c, y);
        }
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void AgreeWithTheirDefinitions(double[] c, bool[] y)
    {
        var forecasts = Forecasts.Of(c, y);
        int n = c.Length;
        double[] fortuna = [.. Enumerable.Range(0, 10).Select(i => i == 9 ? 1 : 1.0 / n + i * ((1 - 1.0 / n) / 9))];
        Is("guo2017", Slow.Expected(c, y, 15, (p, b) => p > b / 15.0 && p <= (b + 1) / 15.0));
        Is("torchmetrics", Slow.Expected(c, y, 16, (p, b) => b == 15 ? p == 1 : p >= b / 15.0 && p < (b + 1) / 15.0));
        Is("torch-uncertainty", Slow.Expected(c, y, 11, (p, b) => b == 10 ? p == 1 : p >= b / 10.0 && p < (b + 1) / 10.0));
        Is("sklearn", Slow.Expected(c, y, 5, Slow.OpenClosed(5)));
        double epsilon = Math.Pow(2, -52);
        Is("netcal", Slow.Expected([.. c.Select(p => Math.Clamp(p, epsilon, 1 - epsilon))], y, 10, (p, b) => p >= b / 10.0 && p < (b + 1) / 10.0), 1e-15);
        Is("robustness-metrics", Slow.Expected(c, y, 15, (p, b) => p >= b / 15.0 && (p < (b + 1) / 15.0 || (b == 14 && p == 1))));
        Is("gce30", Slow.Expected(c, y, 31, (p, b) => b == 30 ? p == 1 : p >= b / 30.0 && p < (b + 1) / 30.0));
        int positive = Math.Max(1, c.Count(p => p > 0));
        Is("hollance", Slow.Expected(c, y, 10, (p, b) => p > b / 10.0 && p <= (b + 1) / 10.0) * n / positive);
        Is("fortuna", Slow.Expected(c, y, 10, (p, b) => p <= fortuna[b] && (b == 0 || p > fortuna[b - 1])));
        Is("mapie", Slow.Expected(c, y, 50, (p, b) => b == 0 ? p == 0 : p > (b - 1) / 49.0 && p <= b / 49.0));
        Is("equal-mass", Slow.EqualMass(c, y, 15));
        Is("kumar-ece", Slow.Expected(c, y, 15, Slow.OpenClosed(15)));
        Is("relplot-binned", Slow.Expected(c, y, 11, (p, b) => b == 10 ? p == 1 : p >= b / 10.0 && p < (b + 1) / 10.0));

        var gaps = VerifiedGaps(c, y).ToArray();
        Is("kumar-ece-equal-mass", gaps.Sum(bin => bin.Count * Math.Abs(bin.Gap)) / n);
        Is("kumar-l2", Math.Sqrt(gaps.Sum(bin => bin.Count * bin.Gap * bin.Gap) / n), 1e-7);
        Is("kumar-debiased-l2", Math.Sqrt(Math.Max(0, gaps.Where(bin => bin.Count > 1).Sum(bin => bin.Count * (bin.Gap * bin.Gap - bin.Mean * (1 - bin.Mean) / (bin.Count - 1))) / n)), 1e-7);
        foreach (var convention in CalibrationConventions.All)
            if (!convention.NeedsAllClasses && convention.Name is not ("mapie-top-label" or "top-label-equal-mass")) Assert.InRange(convention.Of(forecasts), convention.Name == "kumar-debiased-l1" ? -1 : 0, 1.0000001);

        void Is(string name, double expected, double tolerance = 1e-13) =>
            Assert.True(Math.Abs(expected - CalibrationConventions.Named(name).Of(forecasts)) <= tolerance, $"{name}: {expected} expected, {CalibrationConventions.Named(name).Of(forecasts)} came");
    }

    /// <summary>Rows of even odds lie on an edge of the grid, in the cell below it; the least bit more is another cell.</summary>
    [Fact]
    public void TellCellsApartAtTheirEdges()
    {
        double[] scores = [.. Enumerable.Range(0, 40).SelectMany(row => (double[])(row % 4 == 3 ? [1e-9, 0] : [0, 0]))];
        int[] labels = [.. Enumerable.Range(0, 40).Select(row => row % 4 == 3 ? 0 : 1)];
        // One cell would have ½ (|20 − 10| + |20 − 30|) / 40; the two have ½ (15 + 15) / 40 and ½ (5 + 5) / 40.
        Assert.Equal(0.5, CalibrationConventions.Named("canonical-tv").Of(scores.AsLogits(2), labels), 1e-9);
    }

    static IEnumerable<(int Count, double Gap, double Mean)> VerifiedGaps(double[] c, bool[] y)
    {
        double[] sorted = [.. c.Order()];
        int bins = Math.Min(15, c.Length), next = 0;
        var edges = new List<double>();
        for (int b = 0; b < bins - 1; b++)
        {
            next += c.Length / bins + (b < c.Length % bins ? 1 : 0);
            edges.Add((sorted[next - 1] + sorted[next]) / 2);
        }
        edges.Add(1);
        edges = [.. edges.Distinct().Order()];
        for (int b = 0; b < edges.Count; b++)
        {
            int[] members = [.. Enumerable.Range(0, c.Length).Where(i => c[i] <= edges[b] && (b == 0 || c[i] > edges[b - 1]))];
            if (members.Length == 0) continue;
            double mean = members.Average(i => y[i] ? 1.0 : 0);
            yield return (members.Length, mean - members.Average(i => c[i]), mean);
        }
    }

    [Theory]
    [InlineData(1, 3), InlineData(40, 1), InlineData(200, 4), InlineData(300, 12), InlineData(600, 20)]
    public void OfAllClassesAgreeWithTheirDefinitions(int rows, int classes)
    {
        double[] scores = Given.Scores(rows, classes, seed: rows);
        int[] labels = Given.Labels(scores, classes, seed: 1);
        double[][] p = [.. Enumerable.Range(0, rows).Select(i => Slow.Softmax(scores.AsSpan(i * classes, classes)))];
        var errors = CalibrationConventions.OfAll(scores.AsLogits(classes), labels).ToDictionary(pair => pair.Key.Name, pair => pair.Value);

        var squares = Enumerable.Range(0, classes).Select(k => VerifiedGaps([.. p.Select(row => row[k])], [.. labels.Select(label => label == k)]).ToArray()).ToArray();
        Assert.Equal(Math.Sqrt(squares.Average(gaps => gaps.Sum(bin => bin.Count * bin.Gap * bin.Gap) / rows)), errors["kumar-marginal-l2"], 1e-7);
        Assert.Equal(Math.Sqrt(squares.Average(gaps => Math.Max(0, gaps.Where(bin => bin.Count > 1).Sum(bin => bin.Count * (bin.Gap * bin.Gap - bin.Mean * (1 - bin.Mean) / (bin.Count - 1))) / rows))), errors["kumar-marginal-debiased-l2"], 1e-7);

        double canonical = Enumerable.Range(0, rows).GroupBy(i => string.Join(' ', p[i].Select(v => Math.Max(1, Math.Ceiling(10 * v)))))
            .Sum(cell => Enumerable.Range(0, classes).Sum(k => Math.Abs(cell.Sum(i => p[i][k] - (labels[i] == k ? 1 : 0))))) / 2 / rows;
        Assert.Equal(canonical, errors["canonical-tv"], 1e-13);

        int[] predicted = [.. p.Select(row => Array.IndexOf(row, row.Max()))];
        var byClass = Enumerable.Range(0, rows).GroupBy(i => predicted[i]).Select(group =>
            (Own: group.Select(i => p[i].Max()).ToArray(), Right: group.Select(i => predicted[i] == labels[i]).ToArray())).ToArray();
        Assert.Equal(byClass.Average(group => Slow.Expected(group.Own, group.Right, 50, (c, b) => b == 0 ? c == 0 : c > (b - 1) / 49.0 && c <= b / 49.0)), errors["mapie-top-label"], 1e-13);
        Assert.Equal(byClass.Sum(group => group.Own.Length * Slow.EqualMass(group.Own, group.Right, 15)) / rows, errors["top-label-equal-mass"], 1e-13);

        foreach (var convention in CalibrationConventions.All)
            Assert.Equal(convention.Of(scores.AsLogits(classes), labels), errors[convention.Name], 1e-12);
    }

    [Fact]
    public void SayWhatTheyNeed()
    {
        var forecasts = Forecasts.Of([0.5], [true]);
        Says("convention classwise looks at all classes; call Of with the logits.", () => CalibrationConventions.Named("classwise").Of(forecasts));
        Says("this convention groups rows by predicted class, which these forecasts do not carry;", () => CalibrationConventions.Named("mapie-top-label").Of(forecasts));
        Says("convention x is unknown; the conventions are guo2017, torchmetrics,", () => CalibrationConventions.Named("x"));

        static void Says(string message, Action call) => Assert.StartsWith(message, Assert.Throws<ArgumentException>(call).Message);
    }
}
