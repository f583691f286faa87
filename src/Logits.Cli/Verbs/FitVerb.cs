using System.CommandLine;
using System.Text.Json;
using Logits.Cli.Reports;
using Logits.Regression;

namespace Logits.Cli.Verbs;

/// <summary><c>logits fit</c>: the logit model with its standard errors, tests and intervals, from a table and a formula.</summary>
static class FitVerb
{
    const string Example = """
        $ logits fit beetles.csv --formula "killed ~ dose" --trials exposed
        """;

    public static Command Command(Terminal terminal)
    {
        var verb = new VerbCommand("fit", "Logistic regression with standard errors, tests and intervals", Example);
        var data = new Argument<string?>("DATA.csv") { Description = "Table with a header; .tsv has tabs; - is stdin", Arity = ArgumentArity.ZeroOrOne };
        Positional.RefuseUnknownOptions(data);
        verb.Add(data);
        var formula = Choices.Text("--formula", "FORMULA", "The model, as in R: \"y ~ x1 + C(group)\"; * for interactions, log(x), offset(e)");
        var family = Choices.OneOf("--family", "binomial", "What the response is: yes/no, one of several classes, or ordered classes", "binomial", "multinomial", "ordinal");
        var link = Choices.OneOf("--link", "logit", "How the linear predictor becomes a probability", [.. Link.All.Select(l => l.Name)]);
        var weights = Choices.Text("--weights", "COL", "Column of frequency weights");
        var trials = Choices.Text("--trials", "COL", "Column of numbers of trials; the response then counts successes");
        var offset = Choices.Text("--offset", "COL", "Column added to the linear predictor with coefficient 1");
        var firth = Choices.Flag("--firth", "Firth's penalty: finite estimates where the outcomes are separated");
        var ci = Choices.OneOf("--ci", "wald", "How the intervals are made", "wald", "profile");
        var level = Choices.Number("--level", "P", 0.95, p => p is > 0 and < 1, "a number between 0 and 1", "Confidence level of the intervals");
        var report = Choices.Text("--report", "FILE.html", "Write a self-contained page with the plots");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[formula, family, link, weights, trials, offset, firth, ci, level, report, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            string path = result.GetValue(data) ?? throw new RequestException("fit needs a table: logits fit DATA.csv --formula \"y ~ x\"");
            string text = result.GetValue(formula) ?? throw new RequestException("fit needs --formula, such as --formula \"y ~ x1 + C(group)\"");
            using var page = result.GetValue(report) is { } file ? new PendingFile(file) : null;
            var model = Model(result.GetValue(family)!, result.GetValue(link)!, result.GetValue(firth));
            var fit = Fit(terminal, path, text, model, new FrameColumns { Weights = result.GetValue(weights), Trials = result.GetValue(trials), Offset = result.GetValue(offset) });
            var kind = result.GetValue(ci) == "profile" ? IntervalKind.Profile : IntervalKind.Wald;
            double confidence = result.GetValue(level);

            if (result.GetValue(json))
                JsonText.Write(terminal, writer => WriteKeys(writer, fit, result.GetValue(link)!, confidence, kind));
            else
                terminal.Output.Write(ForUsers(fit.Print(confidence, kind)));
            page?.Finish(FitReport.Write(path, fit, confidence, kind, CommandLine.Of(result)), terminal);
            return fit.Converged ? ExitCode.Done : ExitCode.Failed;
        });
        return verb;
    }

    static RegressionModel Model(string family, string link, bool firth)
    {
        if (firth && (family != "binomial" || link != "logit"))
            throw new RequestException($"--firth is for --family binomial --link logit; this is {family} with {link}");
        if (family == "multinomial" && link != "logit")
            throw new RequestException($"--link is {link}; a multinomial model has the logit link");
        return family switch
        {
            "multinomial" => new Multinomial(),
            "ordinal" => new Ordinal(Link.Named(link)),
            _ => firth ? new Firth() : new Binomial(Link.Named(link)),
        };
    }

    static LikelihoodFit Fit(Terminal terminal, string path, string formula, RegressionModel model, FrameColumns columns)
    {
        string name = path == "-" ? "stdin" : path;
        try
        {
            var table = path == "-" ? DataTable.ReadCsv(new StreamReader(terminal.Input), name) : Table(path);
            return (LikelihoodFit)model.Fit(formula, table, columns);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            string words = ForUsers(App.Words(e));
            throw new RequestException(words.StartsWith(name, StringComparison.Ordinal) ? words : $"{name}: {words}", e);
        }
    }

    static DataTable Table(string path)
    {
        if (Directory.Exists(path))
            throw new RequestException($"{path}: is a directory; name a file in it");
        try
        {
            return DataTable.ReadCsv(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"{path}: {(e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read: " + App.Words(e))}", e);
        }
    }

    /// <summary>The library speaks of its own types; users of the command line know options.</summary>
    static string ForUsers(string words) => words.Replace("new Firth()", "--firth", StringComparison.Ordinal);

    static void WriteKeys(Utf8JsonWriter json, LikelihoodFit fit, string link, double level, IntervalKind kind)
    {
        json.WriteString("family", fit.Model.Family);
        json.WriteString("link", link);
        json.WriteNumber("rows", fit.Observations);
        json.WriteStartArray("coefficients");
        foreach (var coefficient in fit.Coefficients(level, kind))
        {
            json.WriteStartObject();
            json.WriteString("name", coefficient.Name);
            json.WriteString("level", coefficient.Level);
            json.Number("estimate", coefficient.Estimate);
            json.Number("std_error", coefficient.StandardError);
            json.Number("z", coefficient.Z);
            json.Number("p", coefficient.P);
            json.Number("ci_low", coefficient.Bounds.Low);
            json.Number("ci_high", coefficient.Bounds.High);
            json.Number("odds_ratio", coefficient.OddsRatio);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.Number("log_likelihood", fit.LogLikelihood);
        json.Number("deviance", fit.Deviance);
        json.Number("null_deviance", fit.NullDeviance);
        json.Number("aic", fit.Aic);
        json.Number("bic", fit.BicRows);
        json.Number("mcfadden_r2", fit.McFadden);
        json.WriteBoolean("converged", fit.Converged);
        json.WriteNumber("iterations", fit.Iterations);
        json.WriteString("separation", fit.Separation.Status switch { SeparationStatus.Complete => "complete", SeparationStatus.QuasiComplete => "quasi-complete", _ => "none" });
        json.WriteStartArray("warnings");
        foreach (string warning in fit.Warnings)
            json.WriteStringValue(ForUsers(warning));
        json.WriteEndArray();
    }
}
