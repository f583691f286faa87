using System.Globalization;
using Logits.Distributions;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>A maximized likelihood with the map from the solver's coordinates to the user's: what all inference is drawn from.</summary>
sealed class FittedLikelihood
{
    readonly Likelihood _likelihood;
    readonly Lazy<(Matrix Inner, Matrix Outer)> _expected, _observed;

    /// <param name="likelihood">In the solver's coordinates.</param>
    /// <param name="best">Its maximum.</param>
    /// <param name="map">θ = map·θ̃, from the solver's coordinates to the user's.</param>
    public FittedLikelihood(Likelihood likelihood, Maximum best, Matrix map)
    {
        (_likelihood, Best, Map) = (likelihood, best, map);
        Estimates = map.Times(best.Point);
        _expected = new(() =>
        {
            if (likelihood.IsCanonical)
                return _observed!.Value;
            var information = new double[best.Information.Length];
            likelihood.Expected(best.Point, information);
            return Inverted(information);
        });
        _observed = new(() => Inverted(best.Information));
    }

    public Maximum Best { get; }
    public Matrix Map { get; }
    public double[] Estimates { get; }
    public Likelihood Likelihood => _likelihood;

    /// <summary>The inverse expected information in the user's coordinates.</summary>
    public Matrix Covariance => _expected.Value.Outer;

    /// <summary>The same, or NaN where the information is singular.</summary>
    public Matrix CovarianceOrNone()
    {
        var information = Best.Information;
        if (!_likelihood.IsCanonical)
            lock (_likelihood)
                _likelihood.Expected(Best.Point, information = new double[information.Length]);
        if (Cholesky.Factor(information, _likelihood.Parameters) is not null)
            return Covariance;
        var none = new Matrix(Map.Rows, Map.Rows);
        none.Data.AsSpan().Fill(double.NaN);
        return none;
    }

    /// <summary>The inverse expected information in the solver's coordinates.</summary>
    public Matrix InnerCovariance => _expected.Value.Inner;

    public Matrix ObservedCovariance => _observed.Value.Outer;
    public Matrix InnerObservedCovariance => _observed.Value.Inner;

    (Matrix, Matrix) Inverted(double[] information)
    {
        var inner = (Cholesky.Factor(information, _likelihood.Parameters) ?? throw new InvalidOperationException("the information matrix is singular at the solution; the model is not identified.")).Inverse();
        return (inner, Matrix.Sandwich(Map, inner));
    }

    Certificate? _certificate;

    /// <summary>The proof of how close <see cref="Best"/> is to the maximum.</summary>
    public Certificate Certificate => _certificate ??= Certified();

    /// <remarks>
    /// With λ = ‖g‖ in the dual norm of the information H: along every direction the slope at distance s is at most −λ + ∫κ(s)ds, where the curvature κ is at least
    /// e^(−ρs) (self-concordance) or 1 − τs (third derivative at most τ nearby). Where that integral reaches λ the likelihood falls in every direction, so a
    /// stationary point lies within: the theorem of Newton and Kantorovich when it is τ. H, g and the value as computed are off by what rounding may have done,
    /// and H by the change since it was evaluated, <see cref="Maximum.Drift"/> away; both are taken off κ and put onto λ.
    /// </remarks>
    Certificate Certified()
    {
        int n = _likelihood.Parameters;
        if (n == 0)
            return new(0, LikelihoodRounding([], [], []), Proof.Global, []);
        Certificate None(string obstacle) => new(Best.Decrement, double.PositiveInfinity, Proof.None, []) { Obstacle = obstacle };
        if (!double.IsFinite(Best.Value))
            return None("the likelihood is 0, or its penalty infinite, at the estimates; offsets may be too large");
        if (Cholesky.Factor(Best.Information, n) is not { } factor)
            return None("the information matrix is singular; probabilities may be 0 or 1 to double precision, or columns nearly collinear");
        var metric = new Metric(factor, InnerObservedCovariance);
        double[] gradientError = new double[n], informationError = new double[n];
        double valueError = LikelihoodRounding(Best.Point, gradientError, informationError), spread = 0, condition = 0, slack = 0;
        for (int j = 0; j < n; j++)
        {
            double reach = Math.Sqrt(metric.Inverse[j, j]);
            spread += reach * Math.Sqrt(2 * informationError[j]);
            condition += reach * Math.Sqrt(Math.Abs(Best.Information[j * n + j]));
            slack += reach * 2 * gradientError[j];
        }
        // ‖L⁻¹(error of H)L⁻ᵀ‖, that of the factorization and its solutions included (Higham, §10.1).
        double doubt = spread * spread + (4 * n + 16) * Likelihood.Unit * condition * condition;
        if (!(doubt <= 0.1))
            return None($"rounding may change the information matrix by {doubt.ToString("G2", CultureInfo.InvariantCulture)} of its size; columns may be nearly collinear, or probabilities 0 or 1 to double precision");
        double lambda = (1 + 2 * doubt) * (metric.Dual((double[])Best.Gradient.Clone()) + slack), kappa = 1 - 2 * doubt;
        double rho = _likelihood.Concordance(metric), gap, radius;
        if (double.IsFinite(rho))
        {
            kappa *= Math.Exp(-rho * Best.Drift);
            (gap, radius) = Certificate.Bound(lambda / kappa * (lambda / kappa), rho);
            gap *= kappa;
        }
        else
        {
            double reach = 3 * lambda + Best.Drift, tau = _likelihood.ThirdDerivative(metric, Best.Point, reach);
            kappa -= tau * Best.Drift;
            double root = kappa * kappa - 2 * tau * lambda;
            if (!(kappa > 0 && root >= 0))
                return None(Early);
            radius = 2 * lambda / (kappa + Math.Sqrt(root));
            gap = radius * (lambda + radius * (radius * tau / 6 - kappa / 2));
            if (!(radius + Best.Drift <= reach))
                return None(Early);
        }
        if (!double.IsFinite(gap))
            return None(Early);
        var bounds = new double[Estimates.Length];
        for (int j = 0; j < bounds.Length; j++)
            bounds[j] = radius * (1 + doubt) * Math.Sqrt(ObservedCovariance[j, j]) + 4 * Likelihood.Unit * Math.Abs(Estimates[j]);
        return new(Best.Decrement, gap + valueError, _likelihood.IsConcave ? Proof.Global : Proof.Local, bounds);
    }

    const string Early = "the solver stopped too far from a maximum";

    double LikelihoodRounding(double[] point, double[] gradient, double[] information) =>
        2 * _likelihood.Rounding(point, gradient, information) + 2 * Likelihood.Functions * Likelihood.Unit * Math.Abs(Best.Value);

    /// <summary>The maximum with these coordinates held at 0.</summary>
    public Maximum Restrict(bool[] isZero)
    {
        var start = (double[])Best.Point.Clone();
        for (int j = 0; j < start.Length; j++)
            if (isZero[j])
                start[j] = 0;
        return Maximize(start, isZero);
    }

    /// <summary>A likelihood keeps what it last evaluated: one search at a time, so that a fit may be shared between threads.</summary>
    public Maximum Maximize(double[] start, bool[]? isFixed = null, double[]? normal = null, double level = 0, int limit = 60)
    {
        lock (_likelihood)
            return Maximizer.Maximize(_likelihood, start, isFixed, normal, level, limit);
    }

    public HypothesisTest LikelihoodRatio(Maximum restricted, int degrees) => HypothesisTest.ChiSquare(2 * (Best.Value - restricted.Value), degrees);

    /// <summary>Rao's test: the full gradient at the restricted maximum in the metric of the expected information there.</summary>
    public HypothesisTest Score(Maximum restricted, int degrees)
    {
        int n = _likelihood.Parameters;
        double[] gradient = new double[n], information = new double[n * n];
        lock (_likelihood)
        {
            _likelihood.Evaluate(restricted.Point, gradient, null);
            _likelihood.Expected(restricted.Point, information);
        }
        if (Cholesky.Factor(information, n) is not { } factor)
            return new(double.NaN, degrees, double.NaN);
        var solved = (double[])gradient.Clone();
        factor.Solve(solved);
        return HypothesisTest.ChiSquare(LinearAlgebra.Dot(gradient, solved), degrees);
    }

    /// <summary>bᵀV⁻¹b over these coordinates.</summary>
    public HypothesisTest Wald(bool[] tested)
    {
        int[] chosen = [.. Enumerable.Range(0, tested.Length).Where(j => tested[j])];
        var v = InnerCovariance.Select(chosen, chosen);
        if (Cholesky.Factor(v.Data, chosen.Length) is not { } factor)
            return new(double.NaN, chosen.Length, double.NaN);
        double[] b = [.. chosen.Select(j => Best.Point[j])], solved = (double[])b.Clone();
        factor.Solve(solved);
        return HypothesisTest.ChiSquare(LinearAlgebra.Dot(b, solved), chosen.Length);
    }

    /// <summary>The slope functional of one parameter of the user's.</summary>
    public double[] Functional(int parameter) => Map[parameter].ToArray();

    /// <summary>
    /// The two values v at which 2(ℓ − max{ℓ : aᵀθ̃ = v}) equals the χ² quantile of the level.
    /// </summary>
    public Interval Profile(double[] normal, double level)
    {
        double centre = LinearAlgebra.Dot(normal, Best.Point);
        double error = Math.Sqrt(InnerObservedCovariance.Quadratic(normal));
        double target = Normal.UpperQuantile((1 - level) / 2);
        return new(
            ProfileEnd(centre, -error, target, v => At(normal, v)),
            ProfileEnd(centre, error, target, v => At(normal, v)));

        Func<double[], (Maximum, double)> At(double[] a, double v) => start =>
        {
            var found = Maximize(start, null, a, v);
            return (found, found.Multiplier);
        };
    }

    /// <summary>The dose x at which the profile over the constraint (a + x·b)ᵀθ̃ = η has fallen to the level, on both sides of <paramref name="dose"/>.</summary>
    public Interval ProfileRatio(double[] intercept, double[] slope, double predictor, double dose, double error, double level)
    {
        double target = Normal.UpperQuantile((1 - level) / 2);
        return new(
            ProfileEnd(dose, -error, target, At),
            ProfileEnd(dose, error, target, At));

        Func<double[], (Maximum, double)> At(double x) => start =>
        {
            var normal = new double[intercept.Length];
            for (int j = 0; j < normal.Length; j++)
                normal[j] = intercept[j] + x * slope[j];
            var found = Maximize(start, null, normal, predictor);
            // Envelope theorem: with the constraint c(x, θ) = (a + x·b)ᵀθ = η, dℓ/dx = −μ·bᵀθ.
            return (found, -found.Multiplier * LinearAlgebra.Dot(slope, found.Point));
        };
    }

    /// <summary>
    /// Solves r(v) = target for the signed root r = √(2(ℓ − ℓₚ(v))), which is nearly linear in v: Newton with the exact slope of the profile,
    /// kept inside a bracket.
    /// </summary>
    double ProfileEnd(double centre, double error, double target, Func<double, Func<double[], (Maximum, double)>> at)
    {
        double inside = centre, outside = double.NaN, v = centre + target * error;
        var start = Best.Point;
        for (int step = 0; step < 200; step++)
        {
            var (found, slope) = at(v)(start);
            double drop = 2 * (Best.Value - found.Value);
            double root = drop > 0 ? Math.Sqrt(drop) : 0;
            double rate = root > 0 ? -slope / root : 0;                // dr/dv
            bool usable = double.IsFinite(found.Value) && found.Converged;
            if (usable && root < target) { inside = v; start = found.Point; }
            else outside = v;
            double next = usable && rate != 0 && rate * error > 0 ? v + (target - root) / rate : double.NaN;
            double width = Math.Abs(v - centre);
            if (double.IsNaN(outside))
            {
                // Never more than four times as far as now: a flat profile may have no end.
                if (double.IsNaN(next) || Math.Abs(next - centre) > 4 * width)
                    next = centre + 4 * (v - centre);
                if (Math.Abs(next - centre) > 1e9 * Math.Abs(error))
                    return error > 0 ? double.PositiveInfinity : double.NegativeInfinity;
            }
            else if (double.IsNaN(next) || (next - inside) * (next - outside) >= 0)
            {
                if (usable && Math.Abs(next - v) <= 1e-13 * Math.Max(Math.Abs(v), width))
                    return next;
                next = 0.5 * (inside + outside);
            }
            if (Math.Abs(next - v) <= 1e-14 * Math.Max(Math.Abs(v), width))
                return next;
            v = next;
        }
        return v;
    }
}
