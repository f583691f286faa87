using Logits.Cli.Reports.Charts;
using Logits.Regression;
using Logits.Students;

namespace Logits.Cli.Reports;

/// <summary>The page of <c>logits fit --l1 --l2 --report</c>: the coefficients, and how they came to be as the penalty fell.</summary>
static class PenalizedReport
{
    const int Lambdas = 60, Folds = 10, LeastRows = 20, Counts = 6;

    public static string Write(string name, PenalizedFit fit, string note, string command)
    {
        var page = new Page("Regression report", $"{fit.Frame.Formula?.Text}: {fit.Model.Family}, {Show.Count(fit.Frame.Design.Rows)} rows of {name}");
        foreach (string warning in fit.Warnings)
            page.Verdict(warning);
        page.Section("Coefficients", $"The fit minimizes {fit.Objective}. Its value is {Show.Plain(fit.ObjectiveValue)}, within {Show.Plain(fit.Certificate.GapBound)} of the least there is{(fit.Certificate.IsProven ? ", proven" : "")}.");
        bool classes = fit.Coefficients.Rows > 1;
        page.Table(["name", "estimate", "odds ratio"], Enumerable.Range(0, fit.Coefficients.Rows).SelectMany(k => Enumerable.Range(0, fit.Coefficients.Columns).Select(j => (IReadOnlyList<string>)
            [(classes ? $"{fit.Levels[k]}: " : "") + fit.Frame.Design.Names[j], Show.Plain(fit.Coefficients[k, j]), Show.Plain(Math.Exp(fit.Coefficients[k, j]))])));
        page.Paragraph(char.ToUpperInvariant(note[0]) + note[1..]);
        if (!classes && fit.Frame.Design.Columns > 1)
            Path(page, fit);
        page.Section("The command that made this page").Command(command);
        return page.Finish();
    }

    static void Path(Page page, PenalizedFit fit)
    {
        double chosen = fit.Penalty.L1 + fit.Penalty.L2;
        if (chosen == 0)
            return;
        var options = new PathOptions { Alpha = fit.Penalty.L1 / chosen, Standardize = false, GapTolerance = 1e-8 };
        double largest = RegularizationPath.Fit(fit.Frame, options with { Count = 1 }).Points[0].Lambda;
        options = options with { Count = Lambdas, MinimumRatio = Math.Clamp(0.2 * chosen / largest, 1e-6, 1e-3) };
        var (path, cross) = Cross(fit.Frame, options);
        var design = fit.Frame.Design;
        int[] slopes = [.. Enumerable.Range(0, design.Columns).Where(j => j != design.Intercept)];
        var marks = new List<PathMark>();
        var legend = new List<(string, string)>();
        if (chosen >= path.Points[^1].Lambda && chosen <= path.Points[0].Lambda)
        {
            marks.Add(new(chosen, "rule", $"The λ of this fit is {Show.Plain(chosen)}"));
            legend.Add(("whisker", "this fit"));
        }
        if (cross is not null)
        {
            marks.Add(new(cross.LambdaOfMinimum, "reference", $"The deviance of rows left out is least at λ = {Show.Plain(cross.LambdaOfMinimum)}"));
            if (cross.LambdaOfOneStandardError != cross.LambdaOfMinimum)
                marks.Add(new(cross.LambdaOfOneStandardError, "reference", $"and within a standard error of that up to λ = {Show.Plain(cross.LambdaOfOneStandardError)}"));
            legend.Add(("reference", $"least deviance of rows left out ({Folds} folds): λ = {Show.Plain(cross.LambdaOfMinimum)}" + (marks.Count > 2 ? $"; largest within a standard error: {Show.Plain(cross.LambdaOfOneStandardError)}" : "")));
        }
        page.Section("As the penalty falls");
        page.Figure("The path of the coefficients", legend,
            PathChart.Draw([.. slopes.Select(j => new CoefficientPath(design.Names[j], [.. path.Points.Select(point => (point.Lambda, point.Coefficients[j] * Deviation(fit.Frame, j)))]))],
                [.. Enumerable.Range(0, Counts).Select(i => path.Points[i * (path.Points.Count - 1) / (Counts - 1)]).Select(point => (point.Lambda, point.NonZero))], marks),
            $"Every line is a coefficient times its column's standard deviation; the numbers at the top say how many are not 0. Left, next to no penalty; right, all {(options.Alpha > 0 ? "held at" : "drawn to")} 0.{(options.Alpha is > 0 and < 1 ? " λ is the sum of both penalties, shared as in this fit." : "")}");
        if (cross is not null)
            page.Figure("Rows left out decide", [("after line", "mean deviance"), ("band after", "± its standard error")],
                CrossValidationCurve.Draw([.. path.Points.Select((point, k) => (point.Lambda, cross.MeanDeviance[k], cross.StandardError[k]))], marks),
                $"Each of {Folds} folds is predicted by a fit to the others. Choosing λ here and judging the fit on the same rows flatters it.");
    }

    /// <summary>The path, and the same with folds where there are rows enough for every fold to hold both outcomes.</summary>
    static (RegularizationPath Path, CrossValidatedPath? Cross) Cross(ModelFrame frame, PathOptions options)
    {
        int n = frame.Design.Rows;
        if (n >= LeastRows)
        {
            int[] order = GainStudy.Permutation(n, 1), folds = new int[n];
            for (int i = 0; i < n; i++)
                folds[order[i]] = i % Folds;
            try
            {
                var cross = CrossValidatedPath.Fit(frame, folds, options);
                return (cross.Path, cross);
            }
            catch (ArgumentException)
            {
                // A fold took the last row of an outcome or of a level with it: the path stands alone.
            }
        }
        return (RegularizationPath.Fit(frame, options), null);
    }

    static double Deviation(ModelFrame frame, int column)
    {
        double sum = 0, squares = 0, mean;
        int n = frame.Design.Rows;
        for (int i = 0; i < n; i++)
            sum += frame.Design[i][column];
        mean = sum / n;
        for (int i = 0; i < n; i++)
            squares += (frame.Design[i][column] - mean) * (frame.Design[i][column] - mean);
        return Math.Sqrt(squares / n);
    }
}
