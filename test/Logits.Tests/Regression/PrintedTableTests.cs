using Logits.Regression;

namespace Logits.Tests.Regression;

public class PrintedTableTests
{
    static readonly DataTable Budworm = DataTable.ReadCsv(Repository.Path("test", "conformance", "logistic", "data", "budworm.csv"));

    [Fact]
    public void ShowsWhatAPaperNeeds()
    {
        var fit = new Binomial().Fit(Formula.Parse("cbind(numdead, n - numdead) ~ sex + ldose").Frame(Budworm));
        string text = fit.Print(kind: IntervalKind.Profile);
        TestContext.Current.SendDiagnosticMessage("{0}", "\n" + text);
        string[] lines = text.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("sexM", StringComparison.Ordinal) && line.Contains("1.10074") && line.Contains("0.35583") && line.Contains("3.093")
            && line.Contains("0.00198") && line.Contains("0.41921") && line.Contains("1.82044") && line.Contains("3.00640") && line.EndsWith("**", StringComparison.Ordinal));
        Assert.Contains("AIC: 42.86747", text);
    }

    [Fact]
    public void OffersFirthWhenTheOutcomesAreSeparated()
    {
        var table = DataTable.ReadCsv(Repository.Path("test", "conformance", "logistic", "data", "endometrial.csv"));
        string text = new Binomial().Fit("HG ~ NV + PI + EH", table).ToString()!;
        Assert.Contains("+Inf", text);
        Assert.Contains("quasi-completely", text);
        Assert.Contains("new Firth()", text);
    }

    /// <summary>The formulas of the golden fits, read by the parser, make the design matrices that their terms spell out.</summary>
    [Theory]
    [InlineData("birthwt_logit", "low ~ age + lwt + factor(race) + smoke + ptl + ht + ui + ftv")]
    [InlineData("birthwt_logit_interaction_log", "low ~ log(lwt) + age + smoke + factor(race) + age:smoke")]
    [InlineData("esoph_treatment", "cbind(ncases, ncontrols) ~ agegp + tobgp + C(alcgp, levels=c(\"0-39g/day\", \"40-79\", \"80-119\", \"120+\"))")]
    [InlineData("bacteria_cluster", "y == \"y\" ~ C(trt, levels=c(\"placebo\", \"drug\", \"drug+\")) + week")]
    [InlineData("urine_illscaled_missing", "r ~ gravity + ph + osmo + cond + urea + calc")]
    public void FormulasMakeTheDesignsOfTheGoldenFits(string id, string formula)
    {
        var golden = new Conformance.LogisticCase(Repository.Path("test", "conformance", "logistic"), id);
        var frame = Formula.Parse(formula).Frame(DataTable.ReadCsv(Repository.Path("test", "conformance", "logistic", golden.Json.GetProperty("data").GetString()!)));
        var design = golden.Frame().Design;
        Assert.Equal(design.Names, frame.Design.Names);
        Assert.Equal(design.Values.ToArray(), frame.Design.Values.ToArray());
    }
}
