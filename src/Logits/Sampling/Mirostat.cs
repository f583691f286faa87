namespace Logits.Sampling;

/// <summary>Mirostat 2: keeps tokens whose surprise −log₂ p is at most μ, and steers μ so that the surprise of what is drawn averages τ.</summary>
/// <param name="Tau">τ, the target surprise in bits, above 0.</param>
/// <param name="Eta">η, the learning rate, above 0.</param>
/// <remarks>μ starts at 2τ; after a token, μ ← μ − η (s − τ) with s its surprise among the survivors. Source: Basu et al., Mirostat (2021).</remarks>
public sealed record Mirostat(double Tau, double Eta = 0.1) : IStatefulSampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Mirostat>("mirostat", "Steers the surprise of what is drawn (version 2).",
        [
            Settings.Number<Mirostat>("tau", s => s.Tau, "the target surprise in bits", least: 0),
            Settings.Number<Mirostat>("eta", s => s.Eta, "the learning rate", least: 0, byDefault: 0.1),
        ],
        s => new(s.Number("tau"), s.Number("eta")));

    /// <summary>τ.</summary>
    public double Tau { get; } = StableMath.AsWritten(Throw.IfNotPositive(Tau, "mirostat"));

    /// <summary>η.</summary>
    public double Eta { get; } = StableMath.AsWritten(Throw.IfNotPositive(Eta, "eta"));

    /// <inheritdoc/>
    public SamplerState Start() => Start(2 * Tau);

    internal MirostatState Start(double mu) => new(mu, Tau, Eta, 0);
}

/// <summary>μ, and how candidates are cut by it.</summary>
/// <param name="mu">μ at the start.</param>
/// <param name="tau">τ.</param>
/// <param name="eta">η.</param>
/// <param name="considered">m of version 1; 0 for version 2.</param>
sealed class MirostatState(double mu, double tau, double eta, int considered) : SamplerState
{
    const double Ln2 = 0.6931471805599453;

    public double Mu { get; private set; } = mu;

    /// <summary>What version 1 last took as k before rounding.</summary>
    public double RealK { get; private set; }

    public override void Apply(ref Candidates candidates, in History history)
    {
        if (considered == 0) candidates.KeepFromTop(candidates.LogMass() - Mu * Ln2);
        else
        {
            RealK = EstimateK(ref candidates);
            candidates.KeepTop(Math.Max(1, (int)Math.Min(RealK, int.MaxValue)));
        }
    }

    public override void Accept(int token, ref Candidates from, in History history)
    {
        if (from.Vocabulary == 0) return;
        double score = from[token];
        if (score == double.NegativeInfinity) return;
        Mu -= eta * ((from.LogMass() - (score - from.TopScore)) / Ln2 - tau);
    }

    public override SamplerState Clone() => new MirostatState(Mu, tau, eta, considered);
    public override double[] Save() => [Mu];
    public override void Restore(ReadOnlySpan<double> saved, in History history) => Mu = saved[0];

    /// <summary>The k whose expected surprise is μ, were the ranked probabilities a Zipf law with the exponent that the first m of them show.</summary>
    double EstimateK(ref Candidates candidates)
    {
        candidates.Rank();
        var list = candidates.List;
        double products = 0, squares = 0;
        for (int i = 0; i + 1 < list.Length && i < considered; i++)
        {
            double t = StableMath.Log((i + 2.0) / (i + 1)), b = list[i].Score - list[i + 1].Score;
            products += t * b;
            squares += t * t;
        }
        if (squares == 0) return 1;
        double s = products / squares, epsilon = s - 1;
        // As ε → 0 the fraction tends to 2^μ / ln N.
        double denominator = Math.Abs(epsilon) < 1e-9 ? StableMath.Log(candidates.Vocabulary) : (1 - StableMath.Exp(-epsilon * StableMath.Log(candidates.Vocabulary))) / epsilon;
        double log = (Mu * Ln2 - StableMath.Log(denominator)) / s;
        return s > 0 && double.IsFinite(log) ? StableMath.Exp(log) : list.Length;
    }
}
