namespace Logits.Losses.Arithmetic;

/// <summary>The softmax of one row, with everything a loss asks of it and nothing lost where p is near 1.</summary>
/// <remarks>At most one class has p &gt; 1/2, and it is the top one: its 1 − p and its −log p come from the rest of the sum.</remarks>
internal readonly ref struct SoftmaxRow<A> where A : struct, IReal<A>
{
    readonly ReadOnlySpan<A> _scores;
    readonly Span<A> _exps;
    readonly A _rest, _sum, _logSum;

    /// <param name="scores">The row.</param>
    /// <param name="exps">Room for exp(zᵢ − z_top); stays in use as long as this value.</param>
    public SoftmaxRow(ReadOnlySpan<A> scores, Span<A> exps)
    {
        _scores = scores;
        _exps = exps;
        for (int i = 1; i < scores.Length; i++)
            if (scores[i].Value > scores[Top].Value || double.IsNaN(scores[i].Value)) Top = i;
        A rest = scores[Top] - scores[Top]; // 0, and NaN where the largest score is infinite
        for (int i = 0; i < scores.Length; i++)
        {
            exps[i] = A.Exp(scores[i] - scores[Top]);
            if (i != Top) rest += exps[i];
        }
        _rest = rest;
        _sum = exps[Top] + rest;
        _logSum = A.Log1P(rest);
    }

    /// <summary>The index of the largest score.</summary>
    public int Top { get; }

    /// <summary>logsumexp(z).</summary>
    public A LogSumExp => _scores[Top] + _logSum;

    public A P(int i) => _exps[i] / _sum;

    /// <summary>1 − p.</summary>
    public A NotP(int i) => (i == Top ? _rest : _sum - _exps[i]) / _sum;

    /// <summary>−log p: a sum of two terms that are not negative.</summary>
    public A MinusLogP(int i) => i == Top ? _logSum + (_scores[i] - _scores[i]) : (_scores[Top] - _scores[i]) + _logSum;

    /// <summary>Whether the class is ruled out: its score is −∞.</summary>
    public bool RulesOut(int i) => double.IsNegativeInfinity(_scores[i].Value);

    /// <summary>A probability below it has lost digits to the end of a double's range.</summary>
    public const double Tiny = 1e-290;

    /// <summary>p · factor, where p is below <see cref="Tiny"/> or has vanished, through the logarithm of the product.</summary>
    public A TinyTimes(int i, A factor)
    {
        if (Vanishes(i, factor.Value)) return A.From(0);
        A product = A.Exp(A.Log(factor.Value < 0 ? -factor : factor) - MinusLogP(i));
        return factor.Value < 0 ? -product : product;
    }

    /// <summary>Whether p · factor is below the smallest double: told from the factor's exponent alone, for most of the classes of a row that is spread out.</summary>
    public bool Vanishes(int i, double factor) => factor == 0 || MinusLogP(i).Value > 746 + 0.6932 * (Math.ILogB(factor) + 1);

    /// <summary>log p − log of the other row's p of the same class, for every class.</summary>
    public LogRatios<A> LogRatios(scoped in SoftmaxRow<A> other)
    {
        A fromTop = _scores[Top], otherTop = other._scores[other.Top], normalizers = _logSum - other._logSum;
        if (Math.Abs((normalizers + (fromTop - _scores[other.Top])).Value) < 1e-3 * other._logSum.Value)
        {
            fromTop = _scores[other.Top];
            normalizers = A.Log1P(Excess(other));
        }
        return new(_scores, other._scores, fromTop, otherTop, normalizers);
    }

    /// <summary>The quotient of the sums of two rows that nearly agree, less 1, with both relative to the other's top class.</summary>
    A Excess(scoped in SoftmaxRow<A> other)
    {
        int origin = other.Top;
        A excess = A.From(0);
        for (int i = 0; i < _scores.Length; i++)
        {
            if (i == origin) continue;
            A change = (_scores[i] - _scores[origin]) - (other._scores[i] - other._scores[origin]);
            excess += Math.Abs(change.Value) < 1 ? other._exps[i] * A.ExpM1(change) : _exps[i] / _exps[origin] - other._exps[i];
        }
        return excess / other._sum;
    }

    /// <summary>Writes scale · (p − [i = label]): the gradient of every loss that sees the scores through −log p of one class.</summary>
    public void WriteGradient(int label, A scale, Span<A> gradient)
    {
        A atLabel = -(scale * NotP(label));
        A share = scale / _sum;
        for (int i = 0; i < gradient.Length; i++) gradient[i] = i == label ? atLabel : share * _exps[i];
    }
}

/// <summary>log(p / other p) of every class of two rows; large scores and common offsets cancel first.</summary>
/// <remarks>Where the rows nearly agree the logarithm of the quotient of their sums is taken as one, not as a difference: its digits are those of the changes.</remarks>
internal readonly ref struct LogRatios<A>(ReadOnlySpan<A> scores, ReadOnlySpan<A> others, A origin, A otherOrigin, A normalizers) where A : struct, IReal<A>
{
    readonly ReadOnlySpan<A> _scores = scores, _others = others;
    readonly A _origin = origin, _otherOrigin = otherOrigin, _normalizers = normalizers;

    public A this[int i] => ((_scores[i] - _origin) - (_others[i] - _otherOrigin)) - _normalizers;
}
