namespace Logits.Losses.Arithmetic;

/// <summary>The numbers a loss is written in: its formula stands once and runs in double, in double-double, and with a tangent.</summary>
/// <remarks>
/// A loss on floats runs in <see cref="Plain"/> doubles and one on doubles in <see cref="DoubleDouble"/>: either way the arithmetic has
/// at least 29 bits more than the answer, so that a difference of nearly equal terms still comes out right. <see cref="Dual{A}"/> adds
/// a derivative along a direction: the same formula of a gradient then gives a Hessian-vector product.
/// </remarks>
internal interface IReal<A> where A : struct, IReal<A>
{
    static abstract A From(double x);

    /// <summary>Rounded to double; what comparisons look at.</summary>
    double Value { get; }

    static abstract A operator +(A x, A y);
    static abstract A operator -(A x, A y);
    static abstract A operator *(A x, A y);
    static abstract A operator /(A x, A y);
    static abstract A operator -(A x);

    static abstract A Exp(A x);

    /// <summary>exp(x) − 1, without loss for small x.</summary>
    static abstract A ExpM1(A x);

    static abstract A Log(A x);

    /// <summary>log(1 + x), without loss for small x.</summary>
    static abstract A Log1P(A x);
}
