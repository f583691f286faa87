using System.CommandLine;
using System.Text.Json;
using Logits.Cli.Reports;
using Logits.Formats;
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
        var l1 = Choices.NumberIfGiven("--l1", "LAMBDA", v => v >= 0 && double.IsFinite(v), "a number of at least 0", "Lasso: adds LAMBDA * sum |b| to the mean loss; no standard errors then");
        var l2 = Choices.NumberIfGiven("--l2", "LAMBDA", v => v >= 0 && double.IsFinite(v), "a number of at least 0", "Ridge: adds LAMBDA/2 * sum b^2 to the mean loss; no standard errors then");
        var firth = Choices.Flag("--firth", "Firth's penalty: finite estimates where the outcomes are separated");
        var ci = Choices.OneOf("--ci", "wald", "How the intervals are made", "wald", "profile");
        var level = Choices.Number("--level", "P", 0.95, p => p is > 0 and < 1, "a number between 0 and 1", "Confidence level of the intervals");
        var save = Choices.Text("--save", "model.json", "Write the model");
        var report = Choices.Text("--report", "FILE.html", "Write a self-contained page with the plots");
        var json = Choices.Flag("--json", "Print one JSON object");
        foreach (var option in (ReadOnlySpan<Option>)[formula, family, link, weights, trials, offset, l1, l2, firth, ci, level, save, report, json])
            verb.Add(option);

        verb.SetAction(result =>
        {
            string path = result.GetValue(data) ?? throw new RequestException("fit needs a table: logits fit DATA.csv --formula \"y ~ x\"");
            string text = result.GetValue(formula) ?? throw new RequestException("fit needs --formula, such as --formula \"y ~ x1 + C(group)\"");
            using var page = result.GetValue(report) is { } file ? new PendingFile(file) : null;
            using var saved = result.GetValue(save) is { } target ? new PendingFile(target) : null;
            bool penalised = result.GetValue(l1) is not null || result.GetValue(l2) is not null;
            if (penalised && (IsGiven(result, ci) || IsGiven(result, level)))
                throw new RequestException("--ci and --level are for fits without a penalty; with --l1 or --l2 there are no intervals");
            var model = Model(result.GetValue(family)!, result.GetValue(link)!, result.GetValue(firth), penalised ? new Penalty(result.GetValue(l1) ?? 0, result.GetValue(l2) ?? 0) : null);
            var fit = Fit(terminal, path, text, model, new FrameColumns { Weights = result.GetValue(weights), Trials = result.GetValue(trials), Offset = result.GetValue(offset) });
            var kind = result.GetValue(ci) == "profile" ? IntervalKind.Profile : IntervalKind.Wald;
            double confidence = result.GetValue(level);

            if (result.GetValue(json))
                JsonText.Write(terminal, writer =>
                {
                    if (fit is LikelihoodFit likelihood)
                        WriteKeys(writer, likelihood, result.GetValue(link)!, confidence, kind);
                    else
                        WriteKeys(writer, (PenalizedFit)fit, result.GetValue(link)!);
                });
            else
                terminal.Output.Write(ForUsers(fit is LikelihoodFit likelihood ? likelihood.Print(confidence, kind) : fit + $"Note: {NoInference}\n"));
            if (saved is not null)
                saved.Finish(ModelFile.ToUtf8(Saved(fit)), terminal);
            page?.Finish(fit is LikelihoodFit estimated ? FitReport.Write(path, estimated, confidence, kind, CommandLine.Of(result)) : PenalizedReport.Write(path, (PenalizedFit)fit, NoInference, CommandLine.Of(result)), terminal);
            return fit.Converged ? ExitCode.Done : ExitCode.Failed;
        });
        return verb;
    }

    static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    static LogitModel Saved(RegressionFit fit)
    {
        try
        {
            return fit.ToModel();
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"--save: {ForUsers(e.Message)}", e);
        }
    }

    static RegressionModel Model(string family, string link, bool firth, Penalty? penalty)
    {
        if (penalty is not null && (firth || link != "logit" || family == "ordinal"))
            throw new RequestException($"--l1 and --l2 are for --family binomial or multinomial with --link logit; this is {family} with {(firth ? "--firth" : link)}");
        if (penalty is not null)
            return family == "multinomial" ? new PenalizedMultinomial(penalty) : new PenalizedLogit(penalty);
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

    static RegressionFit Fit(Terminal terminal, string path, string formula, RegressionModel model, FrameColumns columns)
    {
        string name = path == "-" ? "stdin" : path;
        try
        {
            var table = path == "-" ? DataTable.ReadCsv(new StreamReader(terminal.Input), name) : Table(path);
            return model.Fit(formula, table, columns);
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

    const string NoInference = "a penalty pulls the estimates towards 0, so standard errors, tests and intervals would not hold; they are left out.";

    /// <summary>The library speaks of its own types; users of the command line know options.</summary>
    static readonly (string Code, string Option)[] Options =
    [
        ("new PenalizedMultinomial(new Ridge(λ))", "--l2 LAMBDA"), ("new Ridge(…)", "--l2 LAMBDA"), ("new Firth()", "--firth"),
        ("new Binomial()", "--family binomial"), ("new Multinomial()", "--family multinomial"), ("new Ordinal()", "--family ordinal"),
    ];

    /// <summary>The library's way out, in the words of the command line.</summary>
    public static string ForUsers(string words) => Options.Aggregate(words, (text, pair) => text.Replace(pair.Code, pair.Option, StringComparison.Ordinal));

    static void WriteKeys(Utf8JsonWriter json, PenalizedFit fit, string link)
    {
        double logLikelihood = -fit.MeanLogLoss * fit.SumOfWeights;
        json.WriteString("family", fit.Model is PenalizedMultinomial ? "multinomial" : "binomial");
        json.WriteString("link", link);
        json.WriteNumber("rows", fit.Frame.Design.Rows);
        json.WriteString("objective", fit.Objective);
        json.Number("objective_value", fit.ObjectiveValue);
        json.Number("objective_gap", fit.Certificate.GapBound);
        json.WriteStartArray("coefficients");
        for (int score = 0; score < fit.Coefficients.Rows; score++)
            for (int column = 0; column < fit.Coefficients.Columns; column++)
            {
                json.WriteStartObject();
                json.WriteString("name", fit.Frame.Design.Names[column]);
                json.WriteString("level", fit.Coefficients.Rows == 1 ? null : fit.Levels[score]);
                json.Number("estimate", fit.Coefficients[score, column]);
                foreach (string key in (ReadOnlySpan<string>)["std_error", "z", "p", "ci_low", "ci_high"])
                    json.WriteNull(key);
                json.Number("odds_ratio", Math.Exp(fit.Coefficients[score, column]));
                json.WriteEndObject();
            }
        json.WriteEndArray();
        json.Number("log_likelihood", logLikelihood);
        foreach (string key in (ReadOnlySpan<string>)["deviance", "null_deviance", "aic", "bic", "mcfadden_r2"])
            json.WriteNull(key);
        json.WriteBoolean("converged", fit.Converged);
        json.WriteNumber("iterations", fit.Iterations);
        json.WriteString("separation", "none");
        json.WriteStartArray("warnings");
        json.WriteStringValue(NoInference);
        foreach (string warning in fit.Warnings)
            json.WriteStringValue(warning);
        json.WriteEndArray();
    }

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
