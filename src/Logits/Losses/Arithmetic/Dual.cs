namespace Logits.Losses.Arithmetic;

/// <summary>A number and its derivative along a direction. A gradient's formula run on duals gives a Hessian-vector product.</summary>
internal readonly struct Dual<A>(A primal, A tangent) : IReal<Dual<A>> where A : struct, IReal<A>
{
    public A Primal { get; } = primal;

    public A Tangent { get; } = tangent;

    public double Value => Primal.Value;

    public static Dual<A> From(double x) => new(A.From(x), A.From(0));

    public static Dual<A> operator +(Dual<A> x, Dual<A> y) => new(x.Primal + y.Primal, x.Tangent + y.Tangent);
    public static Dual<A> operator -(Dual<A> x, Dual<A> y) => new(x.Primal - y.Primal, x.Tangent - y.Tangent);
    public static Dual<A> operator *(Dual<A> x, Dual<A> y) => new(x.Primal * y.Primal, Times(x.Primal, y.Tangent) + Times(y.Primal, x.Tangent));
    public static Dual<A> operator -(Dual<A> x) => new(-x.Primal, -x.Tangent);

    public static Dual<A> operator /(Dual<A> x, Dual<A> y)
    {
        A quotient = x.Primal / y.Primal;
        A change = x.Tangent - Times(quotient, y.Tangent);
        return new(quotient, change.Value == 0 ? change : change / y.Primal);
    }

    public static Dual<A> Exp(Dual<A> x)
    {
        A e = A.Exp(x.Primal);
        return new(e, Times(e, x.Tangent));
    }

    public static Dual<A> ExpM1(Dual<A> x) => new(A.ExpM1(x.Primal), Times(A.Exp(x.Primal), x.Tangent));

    public static Dual<A> Log(Dual<A> x) => new(A.Log(x.Primal), x.Tangent.Value == 0 ? x.Tangent : x.Tangent / x.Primal);

    public static Dual<A> Log1P(Dual<A> x) => new(A.Log1P(x.Primal), x.Tangent.Value == 0 ? x.Tangent : x.Tangent / (A.From(1) + x.Primal));

    /// <summary>What does not move has no derivative, even where the slope is infinite (a class that is ruled out).</summary>
    static A Times(A slope, A change) => change.Value == 0 ? change : slope * change;
}
