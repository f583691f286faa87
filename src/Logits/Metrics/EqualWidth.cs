namespace Logits.Metrics;

/// <summary>The bins (i/b, (i+1)/b] of [0, 1]; 0 itself belongs to the first.</summary>
internal readonly struct EqualWidth(int bins)
{
    public int Bins { get; } = bins;

    /// <summary>The upper edge of a bin, i/b rounded once.</summary>
    public double Edge(int i) => (double)i / Bins;

    /// <summary>The bin of a probability. The product p × b may round across an edge, so the edges themselves decide.</summary>
    public int Of(double probability)
    {
        int bin = Math.Clamp((int)Math.Ceiling(probability * Bins) - 1, 0, Bins - 1);
        if (bin > 0 && probability <= Edge(bin)) return bin - 1;
        if (bin < Bins - 1 && probability > Edge(bin + 1)) return bin + 1;
        return bin;
    }
}
