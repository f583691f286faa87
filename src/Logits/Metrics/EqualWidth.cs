namespace Logits.Metrics;

/// <summary>The bins (i/b, (i+1)/b] of [0, 1]; 0 itself belongs to the first.</summary>
internal readonly struct EqualWidth
{
    readonly double[] _edges;   // i/b, each rounded once

    public EqualWidth(int bins)
    {
        _edges = new double[bins + 1];
        for (int i = 0; i <= bins; i++) _edges[i] = (double)i / bins;
    }

    public int Bins => _edges.Length - 1;

    /// <summary>The lower edge of bin i, which is the upper edge of bin i − 1.</summary>
    public double Edge(int i) => _edges[i];

    /// <summary>The bin of a probability. The product p × b may round across an edge, so the edges themselves decide.</summary>
    public int Of(double probability)
    {
        double[] edges = _edges;
        int bin = Math.Min((int)(probability * (edges.Length - 1)), edges.Length - 2);
        if (probability <= edges[bin]) return Math.Max(bin - 1, 0);
        return probability > edges[bin + 1] ? bin + 1 : bin;
    }
}
