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
