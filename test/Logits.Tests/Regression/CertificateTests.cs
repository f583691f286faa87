using Logits.Optimization;
using Logits.Regression;
using Logits.Tests.Conformance;

namespace Logits.Tests.Regression;

public class CertificateTests
{
    public static TheoryData<string> Likelihoods => EveryModel.Likelihoods;

    static FittedLikelihood At(FittedLikelihood fitted, double[] point)
    {
        int n = point.Length;
        double[] gradient = new double[n], information = new double[n * n];
        double value = fitted.Likelihood.Evaluate(point, gradient, information);
        return new(fitted.Likelihood, new(point, value, information, 0, double.NaN, 0, false) { Gradient = gradient }, fitted.Map);
    }

    /// <summary>Points away from the maximum, in random directions of the information's norm.</summary>
    static IEnumerable<(double Size, FittedLikelihood There)> Around(FittedLikelihood fitted)
    {
        int n = fitted.Best.Point.Length;
        var factor = Cholesky.Factor(fitted.Best.Information, n)!;
        foreach (double size in (double[])[3, 1, 0.3, 0.1, 0.03, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8])
            for (int k = 0; k < 6; k++)
            {
                double[] move = [.. Enumerable.Range(0, n).Select(j => EveryModel.Draw(j, 40 + k) - 0.5)];
                double norm = Math.Sqrt(LinearAlgebra.Dot(move, move));
                factor.SolveUpper(move);
                yield return (size, At(fitted, [.. fitted.Best.Point.Select((b, j) => b + size / norm * move[j])]));
            }
    }

    [Theory, MemberData(nameof(Likelihoods))]
    public void CoversTheTrueGapAwayFromTheMaximum(string name)
    {
        var fit = (LikelihoodFit)EveryModel.Named(name).Fit(EveryModel.Frame(EveryModel.Named(name)));
        var best = fit.FittedForTests;
        double[] largest = [0, 0];
        foreach (var (size, there) in Around(best))
        {
            var certificate = there.Certificate;
            Assert.True(certificate.IsProven || size > 1e-3, $"nothing proven at {size}");
            if (!certificate.IsProven)
                continue;
            largest[0] = Math.Max(largest[0], size);
            double gap = best.Best.Value - there.Best.Value;
            Assert.InRange(gap, double.NegativeInfinity, certificate.GapBound);
            for (int j = 0; j < best.Estimates.Length; j++)
                Assert.InRange(Math.Abs(there.Estimates[j] - best.Estimates[j]), 0, certificate.CoefficientBounds[j]);
            // Near the maximum the bound is the gap itself but for the changing curvature.
            if (size <= 1e-3)
                Assert.InRange(certificate.GapBound, 0, 1.3 * gap + 1e-11);
        }
        TestContext.Current.SendDiagnosticMessage("{0}", $"{name}: proven up to {largest[0]}; at the fit {fit.Certificate.GapBound:G3}");
    }

    [Theory, MemberData(nameof(Likelihoods))]
    public void SaysWhatIsProven(string name)
    {
        var model = EveryModel.Named(name);
        var fit = (LikelihoodFit)model.Fit(EveryModel.Frame(model));
        bool isConcave = model is not (Firth or Binomial { Link.Name: "cauchit" } or Ordinal { Link.Name: "cauchit" });
        Assert.Equal(isConcave ? Proof.Global : Proof.Local, fit.Certificate.Proof);
        Assert.InRange(fit.Certificate.GapBound, 0, 1e-11);
        Assert.Contains(isConcave ? "of its maximum (proven)" : "of a local maximum (proven; it is not known to be the only one)", fit.ToString());
    }

    /// <summary>Fits made in 200-bit arithmetic: what rounding does stays inside the bounds.</summary>
    [Fact]
    public void CoversTheDistanceToTheGoldenFits()
    {
        string folder = Repository.Path("test", "conformance", "logistic");
        int checkedFits = 0;
        var failures = new List<string>();
        foreach (string path in Directory.GetFiles(Path.Combine(folder, "golden")).Order(StringComparer.Ordinal))
        {
            var golden = new LogisticCase(folder, Path.GetFileNameWithoutExtension(path));
            RegressionModel? model = golden.Text("model") switch
            {
                "binomial_glm" => new Binomial(Link.Named(golden.Text("link")!)),
                "multinomial" => new Multinomial(),
                "ordinal" => new Ordinal(Link.Named(golden.Text("link")!)),
                "conditional_logit" => new ConditionalLogit(),
                "firth_logit" => new Firth(),
                _ => null,
            };
            if (model is null)
                continue;
            var fit = (LikelihoodFit)model.Fit(golden.Frame());
            checkedFits++;
            Assert.True(fit.Certificate.IsProven, golden.Text("id"));
            TestContext.Current.SendDiagnosticMessage("{0}", $"{golden.Text("id")}: {fit.Certificate.Proof} {fit.Certificate.GapBound:G3}");
            double exact = golden.Expected.GetProperty("loglik").GetDouble(), off = Math.Abs(fit.LogLikelihood - exact);
            if (!(off <= fit.Certificate.GapBound))
                failures.Add($"{golden.Text("id")}: log-likelihood off by {off:G3}, bound {fit.Certificate.GapBound:G3}");
            int j = 0;
            foreach (var entry in golden.Expected.GetProperty("coefficients").EnumerateArray())
            {
                double distance = Math.Abs(fit.Estimates[j] - entry.GetProperty("estimate").GetDouble());
                if (!(distance <= fit.Certificate.CoefficientBounds[j]))
                    failures.Add($"{golden.Text("id")}: {fit.Names[j]} off by {distance:G3}, bound {fit.Certificate.CoefficientBounds[j]:G3}");
                j++;
            }
        }
        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.True(checkedFits > 30);
    }
}
