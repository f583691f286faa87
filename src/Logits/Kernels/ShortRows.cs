using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>Cross-entropy of short rows of floats: 16 rows at a time, one in each element of a register, so that nothing is summed across.</summary>
/// <remarks>
/// A row on its own takes the same way with 15 empty neighbours, so its bits do not depend on the batch. The weights are those of <see cref="FloatRows.Mass"/>;
/// what there is one number for a row is a register here.
/// </remarks>
internal static unsafe class ShortRows
{
    /// <summary>Rows done together.</summary>
    public const int Together = 16;

    /// <summary>Up to here rows are short.</summary>
    public const int Longest = 32;

    /// <summary>Each row's loss, and scale · (softmax − [label]) where <paramref name="gradient"/> is not empty, which may be the scores' own memory.</summary>
    /// <param name="scores">Up to 16 rows.</param>
    /// <param name="classes">The length of a row, at most <see cref="Longest"/>.</param>
    /// <param name="labels">One for each row; a row with a label that is no class gets some loss, which the caller replaces.</param>
    /// <param name="gradient">As many as scores, or empty.</param>
    /// <param name="scale">At most 1.</param>
    /// <param name="losses">Room for 16.</param>
    /// <returns>A bit for each row that was left alone because it needs more care: infinities, NaN, huge scores, one class all but certain.</returns>
    public static int CrossEntropy(ReadOnlySpan<float> scores, int classes, ReadOnlySpan<int> labels, Span<float> gradient, double scale, Span<double> losses)
    {
        fixed (float* x = scores, g = gradient)
        fixed (int* y = labels)
        fixed (double* to = losses)
            return Lanes.Has512 ? CrossEntropy<Lane512Float, Lane512Double>(x, labels.Length, classes, y, g, scale, to)
                : Lanes.Has256 ? CrossEntropy<Lane256Float, Lane256Double>(x, labels.Length, classes, y, g, scale, to)
                : CrossEntropy<Lane128Float, Lane128Double>(x, labels.Length, classes, y, g, scale, to);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int CrossEntropy<V, D>(float* x, int rows, int classes, int* labels, float* gradient, double scale, double* losses)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        // z[c · 16 + r] is row r's score of class c; e the same for its weight.
        float* z = stackalloc float[Longest * Together], e = stackalloc float[Longest * Together], own = stackalloc float[Together], ownWeight = stackalloc float[Together];
        double* rests = stackalloc double[Together];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < classes; c++) z[c * Together + r] = x[r * classes + c];
        for (int r = rows; r < Together; r++)
            for (int c = 0; c < classes; c++) z[c * Together + r] = 0;

        V top = V.Load(z);
        for (int c = 1; c < classes; c++) top = V.Max(V.Load(z + c * Together), top);
        V magic = V.All(FloatMath.SixteenthMagic), scaleLog = V.All(FloatMath.Log2E), step = V.All(FloatMath.Ln2), stepRest = V.All(FloatMath.Ln2Rest);
        V half = V.All(FloatMath.Half), sixth = V.All(FloatMath.Sixth), one = V.All(1), floor = top - V.All(112);
        V steps = V.MultiplyAdd(top, scaleLog, magic) - magic, remainder = V.MinusMultiply(steps, step, top), small = V.All(0);
        D low = D.All(0), high = D.All(0), unit = D.All(1);
        for (int c = 0; c < classes; c++)
        {
            V v = V.Max(floor, V.Load(z + c * Together));
            V rounded = V.MultiplyAdd(v - top, scaleLog, magic), b = rounded - magic;
            V r = V.MinusMultiply(b, stepRest, V.MinusMultiply(b + steps, step, v) - remainder);
            V power = V.Scale(FloatMath.Power<V, D>(rounded, out V correction), b);
            V q = V.MultiplyAdd(V.MultiplyAdd(V.MultiplyAdd(r, sixth, half), r, one), r, correction);
            small = V.MultiplyAdd(power, q, small);
            V.Widen(power, out D a, out D d);
            low += a;
            high += d;
            V.MultiplyAdd(power, q, power).Store(e + c * Together);
        }
        V.Widen(small, out D smallLow, out D smallHigh);
        D restLow = (low - unit) + smallLow, restHigh = (high - unit) + smallHigh;

        for (int r = 0; r < Together; r++)
        {
            int at = (r < rows && (uint)labels[r] < (uint)classes ? labels[r] : 0) * Together + r;
            own[r] = z[at];
            ownWeight[r] = e[at];
        }
        V.Widen(top, out D topLow, out D topHigh);
        V.Widen(V.Load(own), out D ownLow, out D ownHigh);
        ((topLow - ownLow) + DoubleMath.Log1P(restLow, D.All(0))).Store(losses);
        ((topHigh - ownHigh) + DoubleMath.Log1P(restHigh, D.All(0))).Store(losses + D.Count);
        restLow.Store(rests);
        restHigh.Store(rests + D.Count);
        int odd = 0;
        V.Abs(top).Store(own);
        for (int r = 0; r < rows; r++)
            if (!(own[r] <= 9e4f) || !(rests[r] >= 1e-6)) odd |= 1 << r;
        if (gradient == null) return odd;

        D massLow = unit + restLow, massHigh = unit + restHigh, factorLow = D.All(scale) / massLow, factorHigh = D.All(scale) / massHigh;
        V factor = V.Narrow(factorLow, factorHigh);
        V.Widen(factor, out D roundedLow, out D roundedHigh);
        V factorRest = V.Narrow(factorLow - roundedLow, factorHigh - roundedHigh);
        for (int c = 0; c < classes; c++)
        {
            V weight = V.Load(e + c * Together);
            V.MultiplyAdd(weight, factor, weight * factorRest).Store(e + c * Together);
        }
        V.Widen(V.Load(ownWeight), out D weightLow, out D weightHigh);
        V.Narrow(D.Negate((restLow + (unit - weightLow)) * factorLow), D.Negate((restHigh + (unit - weightHigh)) * factorHigh)).Store(own);
        for (int r = 0; r < rows; r++)
        {
            if ((odd >> r & 1) != 0) continue;
            for (int c = 0; c < classes; c++) gradient[r * classes + c] = e[c * Together + r];
            if ((uint)labels[r] < (uint)classes) gradient[r * classes + labels[r]] = own[r];
        }
        return odd;
    }
}
