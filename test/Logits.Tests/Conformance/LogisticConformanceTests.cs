using System.Text.Json;
using Logits.Regression;

namespace Logits.Tests.Conformance;

public class LogisticConformanceTests
{
    [Fact]
    public void EveryGoldenFitIsReproduced()
    {
        if (ConformanceRun.Folder("logistic") is not { } folder)
        {
            ConformanceRun.Absent("logistic");
            return;
        }
        var run = new ConformanceRun("logistic");
        foreach (var entry in JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "index.json"))).RootElement.EnumerateArray())
        {
            string id = entry.GetProperty("id").GetString()!;
            run.Case(id, () =>
            {
                var golden = new LogisticCase(folder, id);
                Check(golden);
                return golden.Verdict;
            });
        }
        run.Finish();
    }

    static void Check(LogisticCase golden)
    {
        switch (golden.Text("model"))
        {
            case "binomial_glm": CheckBinomial(golden); break;
            case "multinomial": CheckMultinomial(golden); break;
            case "ordinal": CheckOrdinal(golden); break;
            case "conditional_logit": CheckConditional(golden); break;
            case "firth_logit": CheckFirth(golden); break;
            case "separation": CheckSeparation(golden); break;
            case "penalized_binary" or "penalized_multinomial": CheckPenalized(golden); break;
            case "path_binary": CheckPath(golden); break;
            case "cv_path_binary": CheckCrossValidation(golden); break;
            case var model: throw new NotSupportedException($"model {model}");
        }
    }

    static void CheckBinomial(LogisticCase golden)
    {
        var frame = golden.Frame();
        var fit = new Binomial(Link.Named(golden.Text("link")!)).Fit(frame);
        golden.Equal("n_rows", golden.Expected.GetProperty("n_rows").GetInt32(), frame.Design.Rows);
        golden.Near("sum_weights", fit.SumOfWeights);
        golden.Near("sum_trials", fit.SumOfTrials);
        CheckCoefficients(golden, fit);
        golden.Near("loglik", fit.LogLikelihood);
        golden.Near("loglik_kernel", fit.KernelLogLikelihood);
        golden.Near("deviance", fit.Deviance);
        golden.Equal("df_residual", golden.Expected.GetProperty("df_residual").GetInt32(), fit.ResidualDegrees);
        golden.Near("aic", fit.Aic);
        golden.Near("bic_rows", fit.BicRows);
        golden.Near("bic_sum_weights", fit.BicSumOfWeights);
        golden.Near("pearson_chi2", fit.PearsonChiSquared);
        golden.Near("dispersion_pearson", fit.Dispersion);
        golden.Near("loglik_null", fit.NullLogLikelihood);
        golden.Near("null_deviance", fit.NullDeviance);
        golden.Has("pseudo_r2", r =>
        {
            var p = fit.PseudoR2();
            golden.Near("mcfadden", r.GetProperty("mcfadden_kernel"), p.McFadden);
            golden.Near("mcfadden_adjusted", r.GetProperty("mcfadden_adjusted_kernel"), p.McFaddenAdjusted);
            golden.Near("mcfadden_with_constants", r.GetProperty("mcfadden_with_constants"), p.McFaddenWithConstants);
            golden.Near("cox_snell", r.GetProperty("cox_snell"), p.CoxSnell);
            golden.Near("nagelkerke", r.GetProperty("nagelkerke"), p.Nagelkerke);
            golden.Near("tjur", r.GetProperty("tjur"), p.Tjur);
        });
        golden.Has("global_tests", t =>
        {
            golden.Test("lr", t.GetProperty("lr"), fit.LikelihoodRatioTest());
            golden.Test("score", t.GetProperty("score"), fit.ScoreTest());
            golden.Test("wald", t.GetProperty("wald"), fit.WaldTest());
        });
        CheckDropOne(golden, fit);
        var rows = fit.Rows();
        golden.Has("rows", list =>
        {
            foreach (var row in list.EnumerateArray())
            {
                int at = Array.IndexOf(golden.SourceRows, row.GetProperty("row").GetInt32());
                var r = rows[at];
                golden.Near($"row {at} linear_predictor", row.GetProperty("linear_predictor"), r.LinearPredictor);
                golden.Near($"row {at} se", row.GetProperty("se_linear_predictor"), r.StandardError);
                golden.Near($"row {at} probability", row.GetProperty("probability"), r.Probability);
                golden.Bounds($"row {at} probability_ci95", row.GetProperty("probability_ci95"), r.Bounds);
                golden.Near($"row {at} hat", row.GetProperty("hat"), r.Hat);
                golden.Near($"row {at} pearson", row.GetProperty("pearson_residual"), r.PearsonResidual);
                golden.Near($"row {at} deviance", row.GetProperty("deviance_residual"), r.DevianceResidual, Math.Max(golden.Tolerance, 1e-9), 1e-3);
                golden.Near($"row {at} standardized", row.GetProperty("standardized_pearson_residual"), r.StandardizedResidual);
                golden.Near($"row {at} cook", row.GetProperty("cooks_distance"), r.CooksDistance);
            }
        });
        golden.Near("sum_hat", rows.Sum(r => r.Hat));
        golden.Near("max_hat", rows.Max(r => r.Hat));
        golden.Near("auc", fit.AreaUnderRoc());
        golden.Near("brier", fit.BrierScore());
        golden.Near("mean_log_loss", fit.MeanLogLoss);
        golden.Has("hosmer_lemeshow", h =>
        {
            var test = fit.HosmerLemeshow();
            golden.Test("hosmer_lemeshow", h, test.Test);
            golden.Near("observed", h.GetProperty("observed"), test.Observed);
            golden.Near("expected", h.GetProperty("expected"), test.Expected);
            golden.Near("count", h.GetProperty("count"), test.Count);
        });
        golden.Has("robust", r =>
        {
            golden.Near("se_HC0", r.GetProperty("se_HC0"), Errors(fit.RobustCovariance()));
            golden.Near("se_HC1", r.GetProperty("se_HC1"), Errors(fit.RobustCovariance(smallSample: true)));
        });
        golden.Has("cluster_robust", r =>
        {
            golden.Near("se_CR0", r.GetProperty("se_CR0"), Errors(fit.ClusterCovariance()));
            golden.Near("se_CR0*G/(G-1)", r.GetProperty("se_CR0_times_G_over_Gm1"), Errors(fit.ClusterCovariance(smallSample: true)));
        });
        golden.Has("marginal_effects", list =>
        {
            foreach (var entry in list.EnumerateArray())
                foreach (var kind in entry.EnumerateObject().Where(k => k.Value.ValueKind == JsonValueKind.Object))
                {
                    var at = kind.Name.StartsWith("ame", StringComparison.Ordinal) ? EffectsAt.EveryRow : EffectsAt.TheMean;
                    var effect = fit.MarginalEffects(at, kind.Name.Contains("discrete", StringComparison.Ordinal)).First(e => e.Name == entry.GetProperty("name").GetString());
                    golden.Near($"{kind.Name} {effect.Name} effect", kind.Value.GetProperty("effect"), effect.Effect);
                    golden.Near($"{kind.Name} {effect.Name} se", kind.Value.GetProperty("se"), effect.StandardError);
                    golden.Near($"{kind.Name} {effect.Name} z", kind.Value.GetProperty("z"), effect.Z);
                    golden.Near($"{kind.Name} {effect.Name} p", kind.Value.GetProperty("p"), effect.P, 1e-8);
                }
        });
        golden.Has("effective_dose", list =>
        {
            var doses = golden.Option("dose")!.Value.EnumerateArray().ToDictionary(Label);
            foreach (var entry in list.EnumerateArray())
            {
                var option = doses[Label(entry)];
                var dose = fit.EffectiveDose(option.GetProperty("slope").GetInt32(), entry.GetProperty("p").GetDouble(),
                    [.. option.GetProperty("intercepts").EnumerateArray().Select(e => e.GetInt32())]);
                string what = $"dose {Label(entry)} {entry.GetProperty("p").GetDouble()}";
                golden.Near(what, entry.GetProperty("dose"), dose.Dose, null, 1e-3);
                golden.Near(what + " se", entry.GetProperty("se_delta"), dose.StandardError);
                golden.Bounds(what + " wald", entry.GetProperty("ci95_wald"), dose.Wald);
                if (entry.GetProperty("ci95_fieller").ValueKind == JsonValueKind.Array)
                    golden.Bounds(what + " fieller", entry.GetProperty("ci95_fieller"), dose.Fieller ?? default);
                else
                    golden.Equal(what + " fieller", false, dose.Fieller.HasValue);
                golden.Bounds(what + " profile", entry.GetProperty("ci95_profile"), dose.Profile, 1e-7);
            }
        });
    }

    static string Label(JsonElement dose) => dose.TryGetProperty("label", out var label) ? label.GetString()! : "";

    static void CheckMultinomial(LogisticCase golden)
    {
        var fit = new Multinomial().Fit(golden.Frame());
        CheckLikelihood(golden, fit);
        golden.Has("rows", list =>
        {
            foreach (var row in list.EnumerateArray())
                golden.Near("probabilities", row.GetProperty("probabilities"), fit.Probabilities(fit.Frame.Design[Array.IndexOf(golden.SourceRows, row.GetProperty("row").GetInt32())]));
        });
    }

    static void CheckOrdinal(LogisticCase golden)
    {
        var fit = new Ordinal(Link.Named(golden.Text("link")!)).Fit(golden.Frame());
        CheckLikelihood(golden, fit);
        golden.Has("rows", list =>
        {
            foreach (var row in list.EnumerateArray())
                golden.Near("probabilities", row.GetProperty("probabilities"), fit.Probabilities(fit.Predictors[Array.IndexOf(golden.SourceRows, row.GetProperty("row").GetInt32())]));
        });
    }

    static void CheckConditional(LogisticCase golden)
    {
        var fit = new ConditionalLogit().Fit(golden.Frame());
        CheckLikelihood(golden, fit);
        golden.Equal("n_strata", golden.Expected.GetProperty("n_strata").GetInt32(), fit.Sets);
        golden.Test("score", golden.Expected.GetProperty("score_test"), fit.ScoreTest());
        golden.Test("wald", golden.Expected.GetProperty("wald_test"), fit.WaldTest());
    }

    static void CheckFirth(LogisticCase golden)
    {
        var fit = new Firth().Fit(golden.Frame());
        CheckCoefficients(golden, fit);
        golden.Near("loglik", fit.LogLikelihood);
        golden.Near("penalized_loglik", fit.PenalizedLogLikelihood);
        golden.Has("penalized_lr_tests", list =>
        {
            foreach (var test in list.EnumerateArray())
                golden.Test($"plr {test.GetProperty("name").GetString()}", test, fit.PenalizedTest(fit.Names.ToList().IndexOf(test.GetProperty("name").GetString()!)));
        });
        golden.Has("penalized_lr_global", test => golden.Test("plr global", test, fit.LikelihoodRatioTest()));
        golden.Has("fitted", f => golden.Near("fitted", f, fit.FittedProbabilities()[..f.GetArrayLength()]));
    }

    static void CheckLikelihood(LogisticCase golden, LikelihoodFit fit)
    {
        golden.Equal("n_rows", golden.Expected.GetProperty("n_rows").GetInt32(), fit.Frame.Design.Rows);
        golden.Near("sum_weights", fit.SumOfWeights);
        CheckCoefficients(golden, fit);
        golden.Near("loglik", fit.LogLikelihood);
        golden.Near("loglik_null", fit.NullLogLikelihood);
        golden.Near("deviance", fit.Deviance);
        golden.Near("aic", fit.Aic);
        golden.Near("bic_sum_weights", fit.BicSumOfWeights);
        golden.Near("mcfadden", fit.McFadden);
        golden.Has("lr_test", t => golden.Test("lr", t, fit.LikelihoodRatioTest()));
        CheckDropOne(golden, fit);
    }

    static void CheckSeparation(LogisticCase golden)
    {
        var frame = golden.Frame();
        bool binary = golden.Json.GetProperty("response").GetProperty("type").GetString() != "class";
        LikelihoodFit fit = binary ? new Binomial().Fit(frame) : new Multinomial().Fit(frame);
        var separation = fit.Separation;
        golden.Equal("status", golden.Expected.GetProperty("status").GetString(), separation.Status switch
        {
            SeparationStatus.None => "none",
            SeparationStatus.QuasiComplete => "quasi-complete",
            _ => "complete",
        });
        golden.Has("n_separated_pairs", n => golden.Equal("n_separated_pairs", n.GetInt32(), separation.SeparatedConstraints));
        if (separation.Status != SeparationStatus.None)
        {
            golden.Has("n_pairs", n => golden.Equal("n_pairs", n.GetInt32(), separation.Constraints));
            golden.Has("n_cells", n => golden.Equal("n_cells", n.GetInt32(), separation.Constraints));
        }
        golden.Has("n_separated", n => golden.Equal("n_separated", n.GetInt32(), separation.SeparatedConstraints));
        // Where a filter applies, the golden counts the rows that pass it.
        golden.Has("separated_rows", rows => golden.Equal("separated_rows", rows.GetRawText().Replace(" ", ""),
            $"[{string.Join(",", separation.SeparatedRows)}]"));
        golden.Has("directions", list =>
        {
            foreach (var entry in list.EnumerateObject())
                golden.Equal($"direction {entry.Name}", entry.Value.GetString(), separation.Directions[separation.Names.ToList().IndexOf(entry.Name)] switch
                {
                    CoefficientDirection.PlusInfinity => "+Inf",
                    CoefficientDirection.MinusInfinity => "-Inf",
                    CoefficientDirection.Both => "both",
                    _ => "finite",
                });
        });
        golden.Has("finite_limits", list =>
        {
            foreach (var entry in list.EnumerateObject())
                golden.Near($"limit {entry.Name}", entry.Value, fit.Estimates[fit.Names.ToList().IndexOf(entry.Name)]);
        });
        if (binary)
            golden.Near("loglik_supremum_kernel", ((BinomialFit)fit).KernelLogLikelihood);
    }

    static double Number(JsonElement objective, string key, double otherwise) => objective.TryGetProperty(key, out var value)
        ? value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!) : value.GetDouble() : otherwise;

    static bool Flag(JsonElement objective, string key) => objective.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True;

    static void CheckPenalized(LogisticCase golden)
    {
        const double tolerance = 1e-8;
        var objective = golden.Json.GetProperty("objective");
        string convention = objective.GetProperty("convention").GetString()!;
        bool standardize = Flag(objective, "standardize"), softmax = golden.Text("model") == "penalized_multinomial";
        double scale = Number(objective, "x_scale", 1);
        // LIBLINEAR's penalised bias is not shifted by standardization, so there the columns themselves are standardized.
        bool beforehand = convention == "liblinear" && standardize;
        var frame = golden.Frame(addIntercept: true, (_, column) => beforehand ? Standardized(column) : scale == 1 ? column : [.. column.Select(x => x / scale)]);
        double n = frame.Weights?.Sum() ?? frame.Design.Rows, c = Number(objective, "C", 1);
        var (penalty, times) = convention switch
        {
            "sklearn" => (Penalty.FromScikitLearn(c, n, Number(objective, "l1_ratio", 0)) with { Standardize = standardize }, c * n),
            "glmnet" => (Penalty.FromGlmnet(Number(objective, "lambda", 0), Number(objective, "alpha", 1), standardize), 1.0),
            "liblinear" => (Penalty.FromLiblinear(c, n, objective.GetProperty("penalty").GetString() == "l1", Number(objective, "bias", 1)), c * n),
            "mlnet" => (Penalty.FromMlNet(Number(objective, "l1", 1), Number(objective, "l2", 1), n) with { Standardize = standardize }, 1.0),
            _ => throw new NotSupportedException(convention),
        };
        var weights = objective.TryGetProperty("class_weight", out var w) && w.ValueKind == JsonValueKind.String ? ClassWeights.Balanced : ClassWeights.None;
        var fit = softmax ? new PenalizedMultinomial(penalty) { ClassWeights = weights }.Fit(frame) : new PenalizedLogit(penalty) { ClassWeights = weights }.Fit(frame);
        int p = frame.Design.Columns, scores = fit.Coefficients.Rows;
        golden.Near("objective_value", golden.Expected.GetProperty("objective_value"), fit.ObjectiveValue * times);
        golden.Near("mean_log_loss", golden.Expected.GetProperty("mean_log_loss"), fit.MeanLogLoss);
        double[] slopes = [.. Enumerable.Range(0, scores).SelectMany(k => Enumerable.Range(1, p - 1).Select(j => standardize && !beforehand ? fit.StandardizedSlope(j, k) : fit.Coefficients[k, j]))];
        golden.Near("coef", golden.Expected.GetProperty("coef"), convention == "liblinear" ? [.. slopes, fit.Coefficients[0, 0] / penalty.Bias!.Value] : slopes, tolerance);
        golden.Has("intercept", expected => golden.Near("intercept", expected, [.. Enumerable.Range(0, scores).Select(k => standardize ? fit.StandardizedIntercept(k) : fit.Coefficients[k, 0])], tolerance));
        golden.Has("coef_original", expected => golden.Near("coef_original", expected, [.. Enumerable.Range(0, scores).SelectMany(k => Enumerable.Range(1, p - 1).Select(j => fit.Coefficients[k, j]))], tolerance));
        golden.Has("intercept_original", expected => golden.Near("intercept_original", expected, [.. Enumerable.Range(0, scores).Select(k => fit.Coefficients[k, 0])], tolerance));
        golden.Equal("n_nonzero", golden.Expected.GetProperty("kkt").GetProperty("n_nonzero").GetInt32(), slopes.Count(b => b != 0) + (convention == "liblinear" && fit.Coefficients[0, 0] != 0 ? 1 : 0));
        golden.Equal("certificate", true, fit.Certificate.GapBound < 1e-12);
    }

    static double[] Standardized(double[] column)
    {
        double mean = column.Average(), sd = Math.Sqrt(column.Average(x => (x - mean) * (x - mean)));
        return [.. column.Select(x => (x - mean) / sd)];
    }

    static PathOptions PathOf(JsonElement objective) => new()
    {
        Alpha = Number(objective, "alpha", 1),
        Count = objective.GetProperty("n_lambda").GetInt32(),
        MinimumRatio = Number(objective, "lambda_min_ratio", 1e-4),
        Standardize = Flag(objective, "standardize"),
        PenaltyFactors = objective.TryGetProperty("penalty_factors", out var factors) && factors.ValueKind == JsonValueKind.Array ? [.. factors.EnumerateArray().Select(f => f.GetDouble())] : null,
    };

    static void CheckPath(LogisticCase golden)
    {
        var path = RegularizationPath.Fit(golden.Frame(addIntercept: true), PathOf(golden.Json.GetProperty("objective")));
        golden.Near("lambdas", golden.Expected.GetProperty("lambdas"), [.. path.Points.Select(point => point.Lambda)]);
        foreach (var expected in golden.Expected.GetProperty("points").EnumerateArray())
        {
            int k = expected.GetProperty("index").GetInt32();
            var point = path.Points[k];
            golden.Equal($"df at {k}", expected.GetProperty("df").GetInt32(), point.NonZero);
            golden.Near($"objective at {k}", expected.GetProperty("objective_value"), point.Objective);
            golden.Near($"deviance_ratio at {k}", expected.GetProperty("deviance_ratio"), point.DevianceRatio, 1e-8, 1e-6);
            golden.Near($"intercept at {k}", expected.GetProperty("intercept_original"), point.Coefficients[0], 1e-8);
            golden.Near($"coef at {k}", expected.GetProperty("coef_original"), [.. point.Coefficients.Skip(1)], 1e-8);
        }
    }

    static void CheckCrossValidation(LogisticCase golden)
    {
        var objective = golden.Json.GetProperty("objective");
        var frame = golden.Frame(addIntercept: true);
        int folds = objective.GetProperty("folds").GetInt32();
        var cv = CrossValidatedPath.Fit(frame, [.. Enumerable.Range(0, frame.Design.Rows).Select(i => i % folds)], PathOf(objective));
        // The golden itself is double precision, about 1e-10 relative.
        golden.Near("lambdas", golden.Expected.GetProperty("lambdas"), [.. cv.Path.Points.Select(point => point.Lambda)], 1e-8);
        golden.Near("cvm", golden.Expected.GetProperty("cvm"), cv.MeanDeviance, 1e-8);
        golden.Near("cvsd", golden.Expected.GetProperty("cvsd"), cv.StandardError, 1e-8);
        golden.Equal("index_min", golden.Expected.GetProperty("index_min").GetInt32(), cv.IndexOfMinimum);
        golden.Equal("index_1se", golden.Expected.GetProperty("index_1se").GetInt32(), cv.IndexOfOneStandardError);
        golden.Near("lambda_min", golden.Expected.GetProperty("lambda_min"), cv.LambdaOfMinimum, 1e-8);
        golden.Near("lambda_1se", golden.Expected.GetProperty("lambda_1se"), cv.LambdaOfOneStandardError, 1e-8);
    }

    static double[] Errors(Matrix covariance) => [.. Enumerable.Range(0, covariance.Rows).Select(j => Math.Sqrt(covariance[j, j]))];

    static void CheckDropOne(LogisticCase golden, LikelihoodFit fit) => golden.Has("drop1", list =>
    {
        var tests = fit.DropOne();
        var entries = list.EnumerateArray().ToArray();
        golden.Equal("drop1 terms", entries.Length, tests.Count);
        for (int k = 0; k < Math.Min(entries.Length, tests.Count); k++)
        {
            string term = entries[k].GetProperty("term").GetString()!;
            golden.Test($"drop1 {term} lr", entries[k].GetProperty("lr"), tests[k].LikelihoodRatio);
            if (entries[k].TryGetProperty("score", out var score))
                golden.Test($"drop1 {term} score", score, tests[k].Score);
            if (entries[k].TryGetProperty("wald", out var wald))
                golden.Test($"drop1 {term} wald", wald, tests[k].Wald);
        }
    });

    static void CheckCoefficients(LogisticCase golden, LikelihoodFit fit)
    {
        var entries = golden.Expected.GetProperty("coefficients").EnumerateArray().ToArray();
        var table = fit.Coefficients();
        golden.Equal("n_parameters", entries.Length, table.Count);
        golden.Near("estimates", Column("estimate"), [.. table.Select(c => c.Estimate)]);
        golden.Near("se", Column("se"), [.. table.Select(c => c.StandardError)]);
        golden.Near("z", Column("z"), [.. table.Select(c => c.Z)]);
        for (int j = 0; j < entries.Length; j++)
        {
            var entry = entries[j];
            string name = entry.GetProperty("name").GetString()!;
            golden.Equal("name", name, fit.Names[j]);
            golden.Near($"{name} p", entry.GetProperty("p"), table[j].P, Math.Max(1e-8, golden.Tolerance));
            golden.Bounds($"{name} wald", entry.GetProperty("ci95_wald"), table[j].Bounds);
            if (entry.TryGetProperty("ci95_profile", out var profile) && profile.ValueKind == JsonValueKind.Array)
                golden.Bounds($"{name} profile", profile, fit.ProfileInterval(j), 1e-7);
            if (entry.TryGetProperty("exp", out var odds))
                golden.Near($"{name} exp", odds, table[j].OddsRatio, Math.Max(golden.Tolerance, 1e-9) * Math.Max(1, Math.Abs(table[j].Estimate)));
            if (entry.TryGetProperty("se_observed_information", out var observed))
                golden.Near($"{name} se_observed", observed, Math.Sqrt(fit.ObservedCovariance[j, j]));
        }
        golden.Has("covariance", c => golden.Near("covariance", c, fit.Covariance.Values.ToArray()));

        JsonElement Column(string key) => JsonSerializer.SerializeToElement(entries.Select(e => e.GetProperty(key).GetDouble()).ToArray());
    }
}
