using System.Numerics;
using Logits.Sampling;

namespace Logits.Tests.Sampling;

/// <summary>The filters as their definitions read: full sorts, whole arrays, and probabilities as integers of 200 bits. The judge of the fast ones.</summary>
static class SlowSamplers
{
    const int Bits = 200;
    static readonly BigInteger s_one = BigInteger.One << Bits;
    static readonly BigInteger s_ln2 = Ln2();

    /// <summary>The ids that <paramref name="sampler"/> leaves of a row, ascending; null where there is no slow version.</summary>
    public static int[]? Survivors(ISampler sampler, double[] row, double uniform = 0.5)
    {
        int[] ids = [.. Enumerable.Range(0, row.Length).Where(i => row[i] != double.NegativeInfinity)];
        int[] ranked = [.. ids.OrderByDescending(i => row[i]).ThenBy(i => i)];
        double top = row[ranked[0]];
        BigInteger[] w = [.. row.Select(z => z == double.NegativeInfinity ? BigInteger.Zero : Exp(z, top))];
        BigInteger total = Sum(w);

        IEnumerable<int>? kept = sampler switch
        {
            Greedy => ranked[..1],
            TopK { Ties: false } k => ranked.Take(Math.Max(k.Count, k.MinKeep)),
            TopK k => ids.Where(i => row[i] >= row[ranked[Math.Min(Math.Max(k.Count, k.MinKeep), ranked.Length) - 1]]),
            TopP { Mass: 1 } => ids,
            TopP p => Prefix(ranked, w, Share(p.Mass, total), p.MinKeep),
            MinP { Ratio: 0 } => ids,
            MinP m => AtLeast(ids, ranked, w, Share(m.Ratio, w[ranked[0]]), m.MinKeep),
            TopA { A: 0 } => ids,
            TopA a => AtLeast(ids, ranked, w, Share(a.A, w[ranked[0]] * w[ranked[0]] / total), 1),
            PLess => AtLeast(ids, ranked, w, Sum([.. w.Select(x => x * x)]) / total * (s_one - (s_one >> 40)) / s_one, 1),
            EpsilonCutoff e => AtLeast(ids, ranked, w, Share(e.Epsilon, total), e.MinKeep),
            EtaCutoff e => AtLeast(ids, ranked, w, Share(Math.Min(e.Epsilon, Math.Sqrt(e.Epsilon) * Math.Exp(-Entropy(ids, w, total))), total), e.MinKeep),
            TopNSigma { MaskedAsZero: false } n => NSigma(ids, row, top, n.N),
            TopH h => EntropyPrefix(ranked, w, h.Share),
            Typical { Beyond: false, Ties: false } t => TypicalSet(ranked, w, total, t),
            TailFree f => Tail(ranked, w, total, f),
            Xtc x => Exclude(ranked, w, Share(x.Threshold, total), x, uniform),
            _ => null,
        };
        return kept is null ? null : [.. kept.Order()];
    }

    /// <summary>share · whole, less the tolerance of a tie: settings mean the decimal they print as.</summary>
    static BigInteger Share(double share, BigInteger whole)
    {
        var (numerator, denominator) = Decimal(share);
        return whole * numerator / denominator * ((BigInteger.One << 40) - 1) >> 40;
    }

    static (BigInteger, BigInteger) Decimal(double x)
    {
        string[] parts = x.ToString("E16", System.Globalization.CultureInfo.InvariantCulture).Split('E');
        var digits = BigInteger.Parse(parts[0].Replace(".", ""));
        int exponent = int.Parse(parts[1]) - 16;
        // Seventeen digits may show the double's own error; the shortest form is what was written.
        string shortest = x.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        if (!shortest.Contains('E') && shortest.Contains('.')) return (BigInteger.Parse(shortest.Replace(".", "")), BigInteger.Pow(10, shortest.Length - shortest.IndexOf('.') - 1));
        return exponent < 0 ? (digits, BigInteger.Pow(10, -exponent)) : (digits * BigInteger.Pow(10, exponent), 1);
    }

    static IEnumerable<int> Prefix(int[] ranked, BigInteger[] w, BigInteger bound, int least)
    {
        BigInteger sum = 0;
        int n = 0;
        while (n < ranked.Length && (n == 0 || sum < bound)) sum += w[ranked[n++]];
        return ranked.Take(Math.Max(n, least));
    }

    static IEnumerable<int> AtLeast(int[] ids, int[] ranked, BigInteger[] w, BigInteger bound, int least)
    {
        int[] kept = [.. ids.Where(i => w[i] >= bound)];
        return kept.Length >= least ? kept : ranked.Take(least);
    }

    static double Entropy(int[] ids, BigInteger[] w, BigInteger total) =>
        ids.Select(i => Ratio(w[i], total)).Where(p => p > 0).Sum(p => -p * Math.Log(p));

    static IEnumerable<int> NSigma(int[] ids, double[] row, double top, double n)
    {
        double mean = ids.Average(i => row[i] - top);
        double deviation = Math.Sqrt(ids.Average(i => (row[i] - top - mean) * (row[i] - top - mean)));
        return ids.Where(i => row[i] - top >= -n * deviation - 1e-12);
    }

    static int[] EntropyPrefix(int[] ranked, BigInteger[] w, double share)
    {
        int[] considered = ranked[..Math.Min(100, ranked.Length)];
        BigInteger total = Sum([.. considered.Select(i => w[i])]);
        double bound = share * Entropy(considered, w, total) * (1 + 1e-12), sum = 0;
        int n = 0;
        for (; n < considered.Length; n++)
        {
            double q = Ratio(w[considered[n]], total);
            sum += q > 0 ? -q * Math.Log(q) : 0;
            if (n > 0 && sum > bound) break;
        }
        return considered[..n];
    }

    static IEnumerable<int> TypicalSet(int[] ranked, BigInteger[] w, BigInteger total, Typical typical)
    {
        if (typical.Mass >= 1 || ranked.Length <= typical.MinKeep) return ranked;
        double entropy = Entropy(ranked, w, total);
        double[] distance = [.. ranked.Select(i => Math.Abs(-Math.Log(Ratio(w[i], total)) - entropy))];
        // Distances that differ by rounding alone are the same distance: the likelier token first.
        int[] order = [.. Enumerable.Range(0, ranked.Length).OrderBy(i => Math.Round(distance[i], 11)).ThenBy(i => i)];
        double sum = 0;
        int n = 0;
        while (n < order.Length && (n < typical.MinKeep || sum < typical.Mass * (1 - 1e-12))) sum += Ratio(w[ranked[order[n++]]], total);
        return order[..n].Select(i => ranked[i]);
    }

    static IEnumerable<int> Tail(int[] ranked, BigInteger[] w, BigInteger total, TailFree free)
    {
        int n = ranked.Length;
        if (free.Z >= 1 || n < 2 || (n == 2 && !free.OneMore)) return ranked;
        double[] p = [.. ranked.Select(i => Ratio(w[i], total))];
        double[] bend = [.. Enumerable.Range(0, Math.Max(0, n - 2)).Select(i => Math.Abs(p[i] - p[i + 1] - (p[i + 1] - p[i + 2])))];
        double all = bend.Sum(), sum = 0;
        int cut = 0;
        for (; cut < bend.Length; cut++)
        {
            sum += all > 1e-12 ? bend[cut] / all : 1.0 / bend.Length;
            if (sum > free.Z * (1 + 1e-12) && (cut >= 1 || free.OneMore)) break;
        }
        return ranked.Take(free.OneMore ? Math.Min(cut + 1, n - 1) : cut == bend.Length ? n : cut);
    }

    static IEnumerable<int> Exclude(int[] ranked, BigInteger[] w, BigInteger bound, Xtc xtc, double uniform)
    {
        int choices = ranked.Count(i => w[i] >= bound);
        if (xtc.Probability == 0 || uniform > xtc.Probability || choices < 2 || ranked.Length - choices + 1 < xtc.MinKeep) return ranked;
        return ranked.Skip(choices - 1);
    }

    public static double Ratio(BigInteger a, BigInteger b) => (double)((a << 80) / b) * Math.ScaleB(1, -80) is var r && r > 1e-15 ? r : Math.Exp(BigInteger.Log(a) - BigInteger.Log(b));

    static BigInteger Sum(BigInteger[] values) => values.Aggregate(BigInteger.Zero, (a, b) => a + b);

    /// <summary>exp(z − top) as a multiple of 2⁻²⁰⁰.</summary>
    static BigInteger Exp(double z, double top)
    {
        BigInteger x = Fixed(z) - Fixed(top);
        if (x < -s_one * 200) return BigInteger.Zero;
        BigInteger halvings = -x / s_ln2 + 1, r = x + halvings * s_ln2, term = s_one, sum = s_one;
        for (int n = 1; !term.IsZero; n++) sum += term = (term * r >> Bits) / n;
        return sum >> (int)halvings;
    }

    static BigInteger Fixed(double x)
    {
        if (x == 0) return 0;
        int exponent = Math.ILogB(x) - 52;
        var mantissa = new BigInteger(Math.ScaleB(x, -exponent));
        return exponent + Bits >= 0 ? mantissa << (exponent + Bits) : mantissa >> -(exponent + Bits);
    }

    static BigInteger Ln2()
    {
        // ln 2 = Σ 1 / (n 2ⁿ)
        BigInteger sum = 0;
        for (int n = 1; n <= Bits + 8; n++) sum += (s_one >> n) / n;
        return sum;
    }
}
