namespace Logits.Metrics;

/// <summary>A running sum in double that keeps the rounding errors beside it (Neumaier), so that a million rows lose nothing.</summary>
/// <remarks>Adding in row order, the bits depend on the rows alone: not on how they were cut into blocks.</remarks>
internal struct Sum
{
    double _total, _errors;

    public readonly double Value => double.IsFinite(_total) ? _total + _errors : _total;

    public void Add(double x)
    {
        double sum = _total + x;
        // What the addition dropped comes from the smaller operand.
        _errors += Math.Abs(_total) >= Math.Abs(x) ? _total - sum + x : x - sum + _total;
        _total = sum;
    }

    public static double Of(ReadOnlySpan<double> values)
    {
        var sum = new Sum();
        foreach (double value in values) sum.Add(value);
        return sum.Value;
    }
}
