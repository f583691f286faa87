namespace Logits.Sampling;

/// <summary>Keeps scores within <paramref name="N"/> standard deviations of the largest: z ≥ z_max − n·σ.</summary>
/// <param name="N">n, above 0.</param>
/// <param name="MaskedAsZero">σ of the sample over the whole vocabulary, tokens that are ruled out counting as 0 (text-generation-webui); without, of the population of candidates.</param>
/// <remarks>Source: Tang et al., Top-nσ: Not All Logits Are You Need (2024).</remarks>
public sealed record TopNSigma(double N, bool MaskedAsZero = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<TopNSigma>("top-n-sigma", "Keeps scores within some standard deviations of the largest.",
        [
            Settings.Number<TopNSigma>("n", s => s.N, "how many standard deviations", least: 0),
            Settings.Flag<TopNSigma>("masked-as-zero", s => s.MaskedAsZero, "count ruled-out tokens as 0, in a sample deviation"),
        ],
        s => new(s.Number("n"), s.Flag("masked-as-zero")));

    /// <summary>n.</summary>
    public double N { get; } = StableMath.AsWritten(Throw.IfNotPositive(N, "top-n-sigma"));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        // Moments about the top score: a shift of all scores changes nothing, and nothing large cancels.
        double top = candidates.TopScore, sum = 0, squares = 0;
        foreach (ref readonly var c in candidates.Items)
        {
            double d = MaskedAsZero ? c.Score : c.Score - top;
            sum += d;
            squares += d * d;
        }
        int n = MaskedAsZero ? candidates.Vocabulary : candidates.Count;
        if (n < 2) return;
        double variance = Math.Max(squares - sum * sum / n, 0) / (MaskedAsZero ? n - 1 : n);
        candidates.KeepFromTop(-N * Math.Sqrt(variance));
    }
}
