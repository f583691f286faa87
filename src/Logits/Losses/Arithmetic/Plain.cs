namespace Logits.Losses.Arithmetic;

/// <summary>A double: enough for a loss whose scores are floats.</summary>
internal readonly struct Plain(double value) : IReal<Plain>
{
    public double Value { get; } = value;

    public static Plain From(double x) => new(x);

    public static Plain operator +(Plain x, Plain y) => new(x.Value + y.Value);
    public static Plain operator -(Plain x, Plain y) => new(x.Value - y.Value);
    public static Plain operator *(Plain x, Plain y) => new(x.Value * y.Value);
    public static Plain operator /(Plain x, Plain y) => new(x.Value / y.Value);
    public static Plain operator -(Plain x) => new(-x.Value);

    public static Plain Exp(Plain x) => new(Math.Exp(x.Value));

    public static Plain Log(Plain x) => new(Math.Log(x.Value));

    public static Plain Log1P(Plain x) => new(LogMath.Log1P(x.Value));

    /// <summary>Kahan's quotient: the rounding of exp(x) − 1 and that of log(exp(x)) cancel.</summary>
    public static Plain ExpM1(Plain x)
    {
        double u = Math.Exp(x.Value), less = u - 1;
        return new(u == 1 ? x.Value : less == -1 || double.IsInfinity(u) ? less : less * x.Value / Math.Log(u));
    }
}
