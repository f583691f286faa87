namespace Logits.Sampling;

/// <summary>Keeps the likeliest tokens while the running sum of −q ln q stays within <paramref name="Share"/> of their entropy.</summary>
/// <param name="Share">h, above 0, at most 1.</param>
/// <remarks>q is the distribution over the 100 likeliest; the best token always stays. Source: Top-H decoding (2025), as transformers has it.</remarks>
public sealed record TopH(double Share) : ISampler
{
    const int Considered = 100;

    internal static readonly SamplerInfo Info = new SamplerInfo<TopH>("top-h", "Keeps likeliest tokens within a share of the entropy.",
        [Settings.Number<TopH>("h", s => s.Share, "the share of the entropy", 0, 1)], s => new(s.Number("h")));

    /// <summary>h.</summary>
    public double Share { get; } = StableMath.AsWritten(Throw.IfNotShare(Share, "top-h"));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        candidates.KeepTop(Considered);
        candidates.Rank();
        double log = candidates.LogMass(), top = candidates.TopScore, bound = Share * candidates.Entropy() * (1 + StableMath.Tie), sum = 0;
        var list = candidates.List;
        int kept = 0;
        for (; kept < list.Length; kept++)
        {
            double information = log - (list[kept].Score - top);
            sum += StableMath.Exp(-information) * information;
            if (kept > 0 && sum > bound) break;
        }
        candidates.KeepFirst(kept);
    }
}
