using Logits.Distributions;

namespace Logits.Regression;

/// <summary>How a linear predictor η becomes a probability: p = F(η).</summary>
/// <remarks>Immutable and shareable. The five distribution functions F are logistic, normal, the two extreme-value ones and Cauchy's.</remarks>
public abstract class Link
{
    private protected Link(string name) => Name = name;

    /// <summary>p = 1/(1 + e^−η); coefficients are logarithms of odds ratios.</summary>
    public static Link Logit { get; } = new LogitLink();

    /// <summary>p = Φ(η), the normal distribution function.</summary>
    public static Link Probit { get; } = new ProbitLink();

    /// <summary>p = 1 − exp(−e^η), the complementary log-log link of proportional hazards.</summary>
    public static Link ComplementaryLogLog { get; } = new ComplementaryLogLogLink();

    /// <summary>p = exp(−e^−η), the log-log link: the mirror of <see cref="ComplementaryLogLog"/>.</summary>
    public static Link LogLog { get; } = new LogLogLink();

    /// <summary>p = ½ + atan(η)/π, Cauchy's heavy tails.</summary>
    public static Link Cauchit { get; } = new CauchitLink();

    /// <summary>Every link there is.</summary>
    public static IReadOnlyList<Link> All { get; } = [Logit, Probit, ComplementaryLogLog, LogLog, Cauchit];

    /// <summary>The name as R writes it: logit, probit, cloglog, loglog, cauchit.</summary>
    public string Name { get; }

    /// <summary>The link with this name.</summary>
    /// <exception cref="ArgumentException">No link has the name.</exception>
    public static Link Named(string name) =>
        All.FirstOrDefault(link => link.Name == name) ?? throw new ArgumentException($"link is {name}; it is one of {string.Join(", ", All.Select(link => link.Name))}.", nameof(name));

    /// <summary>F(η), accurate where it is small.</summary>
    public abstract double Probability(double predictor);

    /// <summary>1 − F(η), accurate where it is small.</summary>
    public abstract double Complement(double predictor);

    /// <summary>The η with F(η) = p: −∞ at 0, +∞ at 1.</summary>
    public abstract double Predictor(double probability);

    /// <summary>f(η) = F′(η).</summary>
    public abstract double Density(double predictor);

    /// <summary>f′(η).</summary>
    public abstract double DensitySlope(double predictor);

    /// <summary>log F and log(1 − F) with their first two derivatives in η: all a likelihood needs, stable in both tails.</summary>
    internal abstract LogTails Tails(double predictor);

    /// <summary>Whether log F and log(1 − F) are concave, which makes every likelihood of the link concave: so for a log-concave density (Pratt 1981).</summary>
    internal virtual bool IsLogConcave => true;

    /// <summary>Bounds of |(log f)′| and |(log f)″| for predictors within <paramref name="reach"/> of <paramref name="predictor"/>.</summary>
    internal abstract (double First, double Second) LogDensity(double predictor, double reach);

    /// <inheritdoc/>
    public override string ToString() => Name;

    sealed class LogitLink() : Link("logit")
    {
        public override double Probability(double predictor) => LogMath.Sigmoid(predictor);
        public override double Complement(double predictor) => LogMath.Sigmoid(-predictor);
        public override double Predictor(double probability) => Math.Log(probability) - LogMath.Log1P(-probability);
        public override double Density(double predictor) => LogMath.Sigmoid(predictor) * LogMath.Sigmoid(-predictor);
        public override double DensitySlope(double predictor) => -Density(predictor) * Math.Tanh(predictor / 2);
        internal override (double, double) LogDensity(double predictor, double reach) => (1, 0.5);

        internal override LogTails Tails(double predictor)
        {
            double e = Math.Exp(-Math.Abs(predictor)), log = LogMath.Log1P(e);
            double small = e / (1 + e), large = 1 / (1 + e), both = -small * large;
            return predictor >= 0
                ? new(-log, small, both, -predictor - log, -large, both)
                : new(predictor - log, large, both, -log, -small, both);
        }
    }

    sealed class ProbitLink() : Link("probit")
    {
        public override double Probability(double predictor) => Normal.LowerTail(predictor);
        public override double Complement(double predictor) => Normal.UpperTail(predictor);
        public override double Predictor(double probability) => Normal.Quantile(probability);
        public override double Density(double predictor) => Normal.Density(predictor);
        public override double DensitySlope(double predictor) => -predictor * Normal.Density(predictor);
        internal override (double, double) LogDensity(double predictor, double reach) => (Math.Abs(predictor) + reach, 1);

        internal override LogTails Tails(double predictor)
        {
            double low = Normal.Hazard(predictor), high = Normal.Hazard(-predictor);
            return new(Normal.LogLowerTail(predictor), low, -low * HazardExcess(predictor, low),
                Normal.LogLowerTail(-predictor), -high, -high * HazardExcess(-predictor, high));
        }

        /// <summary>η + φ(η)/Φ(η), which cancels far to the left, where it is 1/|η| − 2/|η|³ + 10/|η|⁵ − …</summary>
        static double HazardExcess(double predictor, double hazard)
        {
            if (predictor > -50)
                return predictor + hazard;
            double y = 1 / (predictor * predictor);
            return -(1 - y * (2 - y * (10 - y * 74))) / predictor;
        }
    }

    sealed class ComplementaryLogLogLink() : Link("cloglog")
    {
        public override double Probability(double predictor) => -LogMath.ExpM1(-Math.Exp(predictor));
        public override double Complement(double predictor) => Math.Exp(-Math.Exp(predictor));
        public override double Predictor(double probability) => Math.Log(-LogMath.Log1P(-probability));
        public override double Density(double predictor) => Math.Exp(predictor - Math.Exp(predictor));
        public override double DensitySlope(double predictor) => Density(predictor) * (1 - Math.Exp(predictor));
        internal override (double, double) LogDensity(double predictor, double reach) => (1 + Math.Exp(predictor + reach), Math.Exp(predictor + reach));
        internal override LogTails Tails(double predictor) => Gompertz(predictor);
    }

    sealed class LogLogLink() : Link("loglog")
    {
        public override double Probability(double predictor) => Math.Exp(-Math.Exp(-predictor));
        public override double Complement(double predictor) => -LogMath.ExpM1(-Math.Exp(-predictor));
        public override double Predictor(double probability) => -Math.Log(-Math.Log(probability));
        public override double Density(double predictor) => Math.Exp(-predictor - Math.Exp(-predictor));
        public override double DensitySlope(double predictor) => Density(predictor) * (Math.Exp(-predictor) - 1);
        internal override (double, double) LogDensity(double predictor, double reach) => (1 + Math.Exp(reach - predictor), Math.Exp(reach - predictor));

        internal override LogTails Tails(double predictor)
        {
            var t = Gompertz(-predictor);
            return new(t.LogQ, -t.SlopeQ, t.CurveQ, t.LogP, -t.SlopeP, t.CurveP);
        }
    }

    sealed class CauchitLink() : Link("cauchit")
    {
        public override double Probability(double predictor) => predictor < -1 ? Math.Atan(-1 / predictor) / Math.PI : 0.5 + Math.Atan(predictor) / Math.PI;
        public override double Complement(double predictor) => Probability(-predictor);
        public override double Predictor(double probability) =>
            probability is < 0 or > 1 ? double.NaN : probability < 0.25 ? (probability == 0 ? double.NegativeInfinity : -1 / Math.Tan(Math.PI * probability))
            : probability > 0.75 ? (probability == 1 ? double.PositiveInfinity : 1 / Math.Tan(Math.PI * (1 - probability)))
            : Math.Tan(Math.PI * (probability - 0.5));
        public override double Density(double predictor) => 1 / (Math.PI * (1 + predictor * predictor));
        public override double DensitySlope(double predictor) => -2 * predictor / (1 + predictor * predictor) * Density(predictor);
        internal override bool IsLogConcave => false;
        internal override (double, double) LogDensity(double predictor, double reach) => (1, 2);

        internal override LogTails Tails(double predictor)
        {
            double p = Probability(predictor), q = Complement(predictor), f = Density(predictor), slope = DensitySlope(predictor);
            double gp = f / p, gq = f / q;
            return new(Math.Log(p), gp, slope / p - gp * gp, Math.Log(q), -gq, -slope / q - gq * gq);
        }
    }

    /// <summary>The tails of 1 − exp(−u), u = e^η.</summary>
    static LogTails Gompertz(double predictor)
    {
        double u = Math.Exp(predictor);
        if (u == 0)
            return new(predictor, 1, 0, -u, -u, -u);
        double grow = LogMath.ExpM1(u);                              // e^u − 1
        double slope = double.IsInfinity(grow) ? 0 : u / grow;
        double curve = slope == 0 ? 0 : slope * (u < 1e-4 ? -u / 2 - u * u / 12 : 1 - u / -LogMath.ExpM1(-u));
        double logP = u < 0.7 ? Math.Log(-LogMath.ExpM1(-u)) : LogMath.Log1P(-Math.Exp(-u));
        return new(logP, slope, curve, -u, -u, -u);
    }
}

/// <summary>log p and log q = log(1 − p) at a predictor, with slopes and curvatures.</summary>
readonly record struct LogTails(double LogP, double SlopeP, double CurveP, double LogQ, double SlopeQ, double CurveQ)
{
    /// <summary>The expected information of one trial, f²/(pq).</summary>
    public double Information => -SlopeP * SlopeQ;
}
