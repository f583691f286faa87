namespace Logits.Sampling;

/// <summary>Raises the end of the text more and more after <paramref name="Start"/> generated tokens: z′ = z + |z| · (factorᵏ − 1), k tokens later.</summary>
/// <param name="Start">At least 0.</param>
/// <param name="Factor">Above 1 to hasten the end.</param>
/// <param name="Eos">The tokens that end the text, at least 1.</param>
/// <remarks>As in transformers: a score of exactly 0 is never raised.</remarks>
public sealed record ExponentialDecayLength(int Start, double Factor, TokenList Eos) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<ExponentialDecayLength>("exponential-decay-length", "Raises the end of the text more with each token.",
        [
            Settings.Integer<ExponentialDecayLength>("start", s => s.Start, "generated tokens before it acts", least: 0),
            Settings.Number<ExponentialDecayLength>("factor", s => s.Factor, "the growth by token", least: 0),
            Settings.Tokens<ExponentialDecayLength>("eos", s => s.Eos, "the tokens that end the text"),
        ],
        s => new(s.Integer("start"), s.Number("factor"), s.Tokens("eos")));

    /// <summary>Generated tokens before it acts.</summary>
    public int Start { get; } = Throw.IfLess(Start, 0, "exponential-decay-length");

    /// <summary>The growth.</summary>
    public double Factor { get; } = StableMath.AsWritten(Throw.IfNotPositive(Factor, "factor"));

    /// <summary>The tokens that end the text.</summary>
    public TokenList Eos { get; } = Throw.IfEmpty(Eos, "exponential-decay-length");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        int past = history.Generated.Length - Start;
        if (past <= 0) return;
        double growth = Math.Min(Dry.Power(Factor, past), double.MaxValue) - 1;
        foreach (int token in Eos.Span)
        {
            double score = candidates[token];
            if (score != double.NegativeInfinity) candidates.Set(token, Math.Clamp(score + (score == 0 ? 0 : Math.Abs(score) * growth), -double.MaxValue, double.MaxValue));
        }
    }
}
