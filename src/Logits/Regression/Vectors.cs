namespace Logits.Regression;

/// <summary>Sums that the likelihoods share.</summary>
static class Vectors
{
    /// <summary>log Σ exp(zₖ) without overflow; −∞ of nothing.</summary>
    public static double LogSumExp(ReadOnlySpan<double> z)
    {
        double max = double.NegativeInfinity;
        foreach (double value in z)
            max = Math.Max(max, value);
        if (double.IsInfinity(max))
            return max;
        double sum = 0;
        foreach (double value in z)
            sum += Math.Exp(value - max);
        return max + Math.Log(sum);
    }
}

/// <summary>A sum with Neumaier's running correction: the result is as if summed in twice the digits.</summary>
struct ExactSum
{
    double _sum, _correction;

    public void Add(double value)
    {
        double total = _sum + value;
        _correction += Math.Abs(_sum) >= Math.Abs(value) ? (_sum - total) + value : (value - total) + _sum;
        _sum = total;
    }

    public readonly double Value => _sum + _correction;
}
