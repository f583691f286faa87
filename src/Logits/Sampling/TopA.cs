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
        // ln p ≥ ln a + 2 ln p_max; from the top down, ln p_max itself is minus the log of the mass.
        if (A > 0) candidates.KeepFromTop(StableMath.Log(A) - candidates.LogMass());
    }
}
