namespace Logits.Sampling;

/// <summary>Keeps tokens whose probability is at least <paramref name="A"/> × the square of the top probability.</summary>
/// <param name="A">At least 0; 0 keeps all. The best token always stays.</param>
public sealed record TopA(double A) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<TopA>("top-a", "Keeps tokens above a multiple of the squared top probability.",
        [Settings.Number<TopA>("a", s => s.A, "the multiple", least: 0)], s => new(s.Number("a")));

    /// <summary>a.</summary>
    public double A { get; } = StableMath.AsWritten(Throw.IfNegative(A, "top-a"));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        // ln p ≥ ln a + 2 ln p_max, with ln p = z − log Σ exp z.
        if (A > 0) candidates.KeepAtLeast(StableMath.Log(A) + 2 * candidates.TopScore - candidates.LogSum());
    }
}
