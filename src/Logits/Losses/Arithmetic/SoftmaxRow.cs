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

    /// <summary>log p − log of the other row's p of the same class; large scores and common offsets cancel first.</summary>
    public A LogRatio(int i, in SoftmaxRow<A> other) =>
        ((_scores[i] - _scores[Top]) - (other._scores[i] - other._scores[other.Top])) - (_logSum - other._logSum);

    /// <summary>Writes scale · (p − [i = label]): the gradient of every loss that sees the scores through −log p of one class.</summary>
    public void WriteGradient(int label, A scale, Span<A> gradient)
    {
        A atLabel = -(scale * NotP(label));
        A share = scale / _sum;
        for (int i = 0; i < gradient.Length; i++) gradient[i] = i == label ? atLabel : share * _exps[i];
    }
}
