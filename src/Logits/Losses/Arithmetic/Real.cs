namespace Logits.Losses.Arithmetic;

/// <summary>The functions losses are made of, in any <see cref="IReal{A}"/>; each is free of cancellation.</summary>
internal static class Real
{
    public static A Max0<A>(A x) where A : struct, IReal<A> => x.Value > 0 ? x : double.IsNaN(x.Value) ? x : A.From(0);

    /// <summary>log(1 + eˣ) = max(x, 0) + log1p(e⁻|ˣ|).</summary>
    public static A Softplus<A>(A x) where A : struct, IReal<A>
    {
        A tail = A.Log1P(A.Exp(x.Value > 0 ? -x : x));
        return x.Value > 0 ? x + tail : tail;
    }

    /// <summary>1 / (1 + e⁻ˣ), from the side where the exponential is at most 1.</summary>
    public static A Sigmoid<A>(A x) where A : struct, IReal<A>
    {
        A one = A.From(1), e = A.Exp(x.Value > 0 ? -x : x);
        return (x.Value > 0 ? one : e) / (one + e);
    }

    /// <summary>x to a constant power, for x ≥ 0; 0⁰ = 1.</summary>
    public static A Power<A>(A x, double power) where A : struct, IReal<A>
    {
        if (power == 0) return A.From(1);
        if (power == 1) return x;
        if (power == 2) return x * x;
        return x.Value == 0 ? A.From(0) : A.Exp(A.From(power) * A.Log(x));
    }

    /// <summary>eˣ − 1 − x, by its series below 1/8, where both leading terms cancel.</summary>
    public static A ExpM1MinusX<A>(A x) where A : struct, IReal<A>
    {
        if (!(Math.Abs(x.Value) < 0.125)) return A.ExpM1(x) - x;
        // x²/2 · (1 + x/3 · (1 + x/4 · (…))), from the inside out
        A one = A.From(1), sum = one;
        for (int n = 16; n >= 3; n--) sum = one + x / A.From(n) * sum;
        return x * x * A.From(0.5) * sum;
    }
}
