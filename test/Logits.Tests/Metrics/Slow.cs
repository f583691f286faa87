using Logits.Metrics;

namespace Logits.Tests.Metrics;

/// <summary>The metrics as their definitions read, with loops over everything and no cleverness: the judges of the fast ones.</summary>
static class Slow
{
    public static double[] Softmax(ReadOnlySpan<double> z)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (double v in z) max = Math.Max(max, v);
        var p = new double[z.Length];
        for (int k = 0; k < p.Length; k++) sum += p[k] = Math.Exp(z[k] - max);
        for (int k = 0; k < p.Length; k++) p[k] /= sum;
        return p;
    }

    /// <summary>Σ_b n_b/n |gap_b|, bin b holding the indices for which <paramref name="inside"/> says so.</summary>
    public static double Expected(double[] c, bool[] y, int bins, Func<double, int, bool> inside)
    {
        double total = 0;
        foreach (var (count, gap) in Gaps(c, y, bins, inside)) total += count * Math.Abs(gap) / c.Length;
        return total;
    }

    public static IEnumerable<(int Count, double Gap)> Gaps(double[] c, bool[] y, int bins, Func<double, int, bool> inside)
    {
        for (int b = 0; b < bins; b++)
        {
            int[] members = [.. Enumerable.Range(0, c.Length).Where(i => inside(c[i], b))];
            if (members.Length > 0) yield return (members.Length, members.Average(i => y[i] ? 1.0 : 0) - members.Average(i => c[i]));
        }
    }

    /// <summary>(b/bins, (b+1)/bins], the first with 0.</summary>
    public static Func<double, int, bool> OpenClosed(int bins) => (p, b) => (p > (double)b / bins || (b == 0 && p == 0)) && p <= (double)(b + 1) / bins;

    public static double EqualMass(double[] c, bool[] y, int bins)
    {
        int[] order = [.. Enumerable.Range(0, c.Length).OrderBy(i => c[i])];
        double total = 0;
        for (int b = 0, start = 0; b < bins; b++)
        {
            int size = c.Length / bins + (b < c.Length % bins ? 1 : 0);
            total += Math.Abs(order.Skip(start).Take(size).Sum(i => c[i] - (y[i] ? 1 : 0)));
            start += size;
        }
        return total / c.Length;
    }

    public static double Mmce(double[] c, bool[] y, double width)
    {
        double sum = 0;
        for (int i = 0; i < c.Length; i++)
            for (int j = 0; j < c.Length; j++)
                sum += (c[i] - (y[i] ? 1 : 0)) * (c[j] - (y[j] ? 1 : 0)) * Math.Exp(-Math.Abs(c[i] - c[j]) / width);
        return Math.Sqrt(Math.Max(0, sum)) / c.Length;
    }

    public static double KolmogorovSmirnov(double[] c, bool[] y)
    {
        double sum = 0, largest = 0;
        foreach (int i in Enumerable.Range(0, c.Length).OrderBy(i => c[i]))
        {
            sum += c[i] - (y[i] ? 1 : 0);
            largest = Math.Max(largest, Math.Abs(sum));
        }
        return largest / c.Length;
    }

    public static double RiskCoverageArea(double[] c, bool[] y)
    {
        bool[] right = [.. Enumerable.Range(0, c.Length).OrderByDescending(i => c[i]).Select(i => y[i])];
        return Enumerable.Range(1, c.Length).Average(k => (double)right.Take(k).Count(r => !r) / k);
    }

    /// <summary>Isotonic regression by its min–max formula: value at x = max over a ≤ x of min over b ≥ x of the mean outcome in [a, b].</summary>
    public static double[] Isotonic(double[] c, bool[] y)
    {
        double[] levels = [.. c.Distinct().Order()];
        return [.. c.Select(x => levels.Where(a => a <= x).Max(a => levels.Where(b => b >= x).Min(b =>
            Enumerable.Range(0, c.Length).Where(i => c[i] >= a && c[i] <= b).Average(i => y[i] ? 1.0 : 0))))];
    }

    public static double Brier(double[] c, bool[] y) => c.Zip(y, (p, happened) => Math.Pow(p - (happened ? 1 : 0), 2)).Average();
}
