using Logits.Kernels;

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

    public static Plain Exp(Plain x) => new(DoubleMath.Exp(new Lane1(x.Value)).Value);

    public static Plain ExpM1(Plain x) => new(DoubleMath.ExpM1(new Lane1(x.Value)).Value);

    public static Plain Log(Plain x) => new(DoubleMath.Log(new Lane1(x.Value)).Value);

    public static Plain Log1P(Plain x) => new(LogMath.Log1P(x.Value));
}
