using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Logits.Kernels;

namespace Logits.Metrics;

/// <summary>What the metrics need of one row, from one softmax in double: confidence, log loss, Brier score, and the probabilities themselves.</summary>
/// <remarks>Sums run over eight fixed lanes and one fixed tree, so the bits are those of every machine and vector width.</remarks>
internal sealed class RowScores(int classes)
{
    readonly double[] _scores = new double[classes];
    readonly double[] _probabilities = new double[classes];

    /// <summary>softmax(z) in double.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>The first class of the largest score.</summary>
    public int Predicted { get; private set; }

    /// <summary>The probability of the predicted class.</summary>
    public double Confidence { get; private set; }

    /// <summary>−log p[label], in nats; +∞ when the label is ruled out.</summary>
    public double LogLoss { get; private set; }

    /// <summary>Σₖ (pₖ − [k = label])², 0 to 2.</summary>
    public double Brier { get; private set; }

    /// <summary>Reads a row whose softmax exists, and whose label is in range.</summary>
    public void Read<T>(ReadOnlySpan<T> row, int label) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Widen(row, _scores);
        double[] z = _scores, p = _probabilities;
        Kernel<double>.SoftmaxRows(z, p, z.Length);
        Predicted = Kernel<double>.ArgMax(z);
        Confidence = p[Predicted];

        // Errors near 0 must not come from subtracting numbers near 1: sum what is not the label.
        double pLabel = p[label];
        p[label] = 0;
        (double others, double squares) = Sums(p);
        p[label] = pLabel;
        Brier = squares + others * others;

        double beside = label == Predicted ? others : others - Confidence + pLabel;
        double logConfidence = Confidence > 0.5 ? LogMath.Log1P(-beside) : Math.Log(Confidence);
        LogLoss = z[Predicted] - z[label] - logConfidence;
    }

    static void Widen<T>(ReadOnlySpan<T> from, Span<double> to) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double))
        {
            MemoryMarshal.Cast<T, double>(from).CopyTo(to);
            return;
        }
        for (int i = 0; i < from.Length; i++) to[i] = double.CreateTruncating(from[i]);
    }

    /// <summary>Σ pₖ and Σ pₖ².</summary>
    static (double Sum, double Squares) Sums(ReadOnlySpan<double> p)
    {
        Vector512<double> sum = default, squares = default;
        for (; p.Length >= 8; p = p[8..])
        {
            var v = Vector512.Create(p);
            sum += v;
            squares += v * v;
        }
        if (!p.IsEmpty)
        {
            Span<double> tail = stackalloc double[8];
            tail.Clear();
            p.CopyTo(tail);
            var v = Vector512.Create<double>(tail);
            sum += v;
            squares += v * v;
        }
        return (Tree(sum), Tree(squares));

        static double Tree(Vector512<double> v)
        {
            var half = v.GetLower() + v.GetUpper();
            var quarter = half.GetLower() + half.GetUpper();
            return quarter[0] + quarter[1];
        }
    }
}
