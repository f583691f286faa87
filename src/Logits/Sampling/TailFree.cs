namespace Logits.Sampling;

/// <summary>Cuts the tail where the curve of ranked probabilities flattens: second differences |Δ²p|, normalised and summed, first exceed <paramref name="Z"/>.</summary>
/// <param name="Z">Above 0, at most 1; 1 keeps all.</param>
/// <param name="OneMore">Keep one token more at the same cut, and always drop the last (text-generation-webui); without, koboldcpp's rule.</param>
/// <remarks>
/// With fewer than 3 candidates there is no curve: koboldcpp's rule keeps all, the other drops the last. On a straight line (second
/// differences of 0) every difference counts the same. Source: Bricken, Tail-Free Sampling (2019).
/// </remarks>
public sealed record TailFree(double Z, bool OneMore = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<TailFree>("tail-free", "Cuts the tail where ranked probabilities flatten.",
        [
            Settings.Number<TailFree>("z", s => s.Z, "how much of the bend to keep", 0, 1),
            Settings.Flag<TailFree>("one-more", s => s.OneMore, "keep one more, and drop the last"),
        ],
        s => new(s.Number("z"), s.Flag("one-more")));

    /// <summary>z.</summary>
    public double Z { get; } = StableMath.AsWritten(Throw.IfNotShare(Z, "tail-free"));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        int n = candidates.Count;
        if (Z >= 1 || n < 2 || (n == 2 && !OneMore)) return;
        candidates.Rank();
        var p = candidates.Probabilities();
        double total = 0;
        for (int i = 0; i + 2 < n; i++) total += Bend(p, i);

        double sum = 0;
        int cut = 0;
        for (; cut + 2 < n; cut++)
        {
            sum += total > 1e-12 ? Bend(p, cut) / total : 1.0 / (n - 2);
            if (sum > Z * (1 + StableMath.Tie) && (cut >= 1 || OneMore)) break;
        }
        bool never = cut + 2 >= n;
        candidates.KeepFirst(OneMore ? Math.Min(cut + 1, n - 1) : never ? n : cut);

        static double Bend(ReadOnlySpan<double> p, int i) => Math.Abs(p[i] - p[i + 1] - (p[i + 1] - p[i + 2]));
    }
}
