using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>Softmax, log-softmax and cross-entropy of short rows of floats: 16 rows at a time, one in each element of a register, so that nothing is summed across.</summary>
/// <remarks>
/// A row on its own takes the same way with 15 empty neighbours, so its bits do not depend on the batch. The weights are those of <see cref="FloatRows.Mass"/>;
/// what there is one number for a row is a register here.
/// </remarks>
[SkipLocalsInit]
internal static unsafe class ShortRows
{
    /// <summary>Rows done together.</summary>
    public const int Together = 16;

    /// <summary>Up to here rows are short.</summary>
    public const int Longest = FloatRows.Short;

    /// <summary>Up to here cross-entropy turns its rows; longer ones fill registers of their own.</summary>
    const int Turned = 32;

    /// <summary>Up to here a row fits one register, and <see cref="Softmax"/> takes it.</summary>
    public const int Narrowest = Lanes.Floats;

    /// <summary>softmax(x / T) of whole sixteens of rows, up to the first that has a row with scores outside the window of powers around its first: the number of rows done. The bits are those of <see cref="FloatRows.SoftmaxShort"/>.</summary>
    public static int Softmax(float* x, float* y, int rows, int classes, double temperature) =>
        Lanes.Has512 ? Softmax<Lane512Float, Lane512Double>(x, y, rows, classes, temperature)
        : Lanes.Has256 ? Softmax<Lane256Float, Lane256Double>(x, y, rows, classes, temperature)
        : Softmax<Lane128Float, Lane128Double>(x, y, rows, classes, temperature);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int Softmax<V, D>(float* x, float* y, int rows, int classes, double temperature) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        // z[16 c + r] is row r's score of class c, then its weight; sums the same in double, of which the upper half of the classes is added to the lower at once.
        const int Size = Narrowest * Together, Half = Narrowest / 2;
        byte* room = stackalloc byte[Size * (2 * sizeof(float) + sizeof(double) / 2) + 64];
        room += -(nint)room & 63;   // a store across cache lines costs two
        float* z = (float*)room, turned = z + Size;
        double* sums = (double*)(turned + Size);
        var t = FloatTemperature.Of(temperature);
        V scale = V.All(t.Scale), step = V.All(t.Step), stepRest = V.All(t.StepRest), linear = V.All(t.Linear), half = V.All(t.Half), sixth = V.All(t.Sixth), bottom = V.All(FloatMath.WindowBottom);
        V powers = FloatMath.LoadWindowPowers<V>(), corrections = FloatMath.LoadCorrections<V>(), reach = V.All((float)(FloatRows.Reach * temperature));
        int row = 0;
        for (; row <= rows - Together; row += Together, x += Together * classes, y += Together * classes)
        {
            V.Transpose(x, classes, classes, z);
            V first = V.Load(z), origin = FloatRows.WindowOrigin(first, scale), outside = V.All(0);
            if (V.FirstSet(V.Greater(V.Abs(first), reach)) < V.Count) break;
            for (int c = 0; c < classes; c++)
            {
                V e = WindowRows.Weight<V, D>(V.Load(z + c * Together), scale, origin, step, stepRest, linear, half, sixth, bottom, powers, corrections, ref outside, out V q);
                e = V.MultiplyAdd(e, q, e);
                e.Store(z + c * Together);
                V.Widen(e, out D low, out D high);
                double* sum = sums + c % Half * Together;
                if (c >= Half)
                {
                    low = D.Load(sum) + low;
                    high = D.Load(sum + D.Count) + high;
                }
                low.Store(sum);
                high.Store(sum + D.Count);
            }
            if (V.AnyBit(outside, FloatMath.WindowMask)) break;
            // Classes are added along the tree of a register.
            for (int apart = Half / 2; apart > 0; apart /= 2)
                for (int c = 0; c < apart && c + apart < classes; c++)
                {
                    double* to = sums + c * Together, from = to + apart * Together;
                    (D.Load(to) + D.Load(from)).Store(to);
                    (D.Load(to + D.Count) + D.Load(from + D.Count)).Store(to + D.Count);
                }
            D inverseLow = D.All(1) / D.Load(sums), inverseHigh = D.All(1) / D.Load(sums + D.Count);
            V factor = V.Narrow(inverseLow, inverseHigh);
            V.Widen(factor, out D roundedLow, out D roundedHigh);
            V factorRest = V.Narrow(inverseLow - roundedLow, inverseHigh - roundedHigh);
            for (int c = 0; c < classes; c++)
            {
                V e = V.Load(z + c * Together);
                V.MultiplyAdd(e, factor, e * factorRest).Store(z + c * Together);
            }
            V.Transpose(z, Together, Together, turned);
            // What a full store writes past its row the next row writes over; the last ones keep to their own.
            int r = 0;
            for (; r * classes + V.Count <= Together * classes; r++) V.Load(turned + r * Together).Store(y + r * classes);
            for (; r < Together; r++) V.Load(turned + r * Together).StorePart(y + r * classes, classes);
        }
        return row;
    }

    /// <summary>log softmax of up to 16 rows of at most <see cref="Longest"/> classes. The bits are those of <see cref="Row{S}.LogSoftmax"/>.</summary>
    /// <returns>A bit for each row that was left alone because it needs more care.</returns>
    public static int LogSoftmax(float* x, float* y, int rows, int classes) =>
        Lanes.Has512 ? LogSoftmax<Lane512Float, Lane512Double>(x, y, rows, classes)
        : Lanes.Has256 ? LogSoftmax<Lane256Float, Lane256Double>(x, y, rows, classes)
        : LogSoftmax<Lane128Float, Lane128Double>(x, y, rows, classes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int LogSoftmax<V, D>(float* x, float* y, int rows, int classes) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        double* logs = stackalloc double[Together];
        float* tops = stackalloc float[Together];
        int odd = Logs<V, D>(x, rows, classes, tops, logs);
        for (int r = 0; r < rows; r++)
            if ((odd >> r & 1) == 0) FloatRows.Offset<V, D>(x + r * classes, y + r * classes, classes, tops[r], (float)logs[r]);
        return odd;
    }

    /// <summary>log Σ exp(x) of up to 16 rows of at most <see cref="Longest"/> classes.</summary>
    /// <returns>A bit for each row that was left alone because it needs more care.</returns>
    public static int LogSumExp(float* x, float* y, int rows, int classes)
    {
        double* logs = stackalloc double[Together];
        float* tops = stackalloc float[Together];
        int odd = Lanes.Has512 ? Logs<Lane512Float, Lane512Double>(x, rows, classes, tops, logs)
            : Lanes.Has256 ? Logs<Lane256Float, Lane256Double>(x, rows, classes, tops, logs)
            : Logs<Lane128Float, Lane128Double>(x, rows, classes, tops, logs);
        for (int r = 0; r < rows; r++)
            if ((odd >> r & 1) == 0) y[r] = (float)(tops[r] + logs[r]);
        return odd;
    }

    /// <summary>Each row's largest score, and the logarithm of what its weights come to beside it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int Logs<V, D>(float* x, int rows, int classes, float* tops, double* logs) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D>
    {
        double* rests = stackalloc double[Together];
        float* weights = stackalloc float[Longest];
        int odd = 0;
        var t = FloatTemperature.One;
        V scaleLog = V.All(t.Scale), step = V.All(t.Step), stepRest = V.All(t.StepRest), linear = V.All(t.Linear), half = V.All(t.Half), sixth = V.All(t.Sixth), magic = V.All(FloatMath.SixteenthMagic), fresh = FloatRows.Fresh<V>(classes);
        new Span<double>(rests, Together).Fill(1);
        for (int r = 0; r < rows; r++)
        {
            float* from = x + r * classes;
            float max = tops[r] = FloatRows.LargestShort<V, D>(from, classes);
            if (Math.Abs(max) <= FloatRows.Reach) rests[r] = FloatRows.SumShort<V, D>(from, weights, classes, max, 1, fresh, scaleLog, step, stepRest, linear, half, sixth, magic) - 1;
            else odd |= 1 << r;
        }
        Log1P<D>(rests, logs, rows);
        for (int r = 0; r < rows; r++)
        {
            // Near certainty, and where the logarithm of the sum is near 0, floats are not enough.
            if (!(rests[r] >= 1e-6) || tops[r] < 0 && Math.Abs(tops[r] + logs[r]) < 0.0625) odd |= 1 << r;
        }
        return odd;
    }

    /// <summary>log(1 + rest) of up to 16 rows, writes 8 or 16; those below 10⁻⁶ are looked after elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Log1P<D>(double* rests, double* logs, int rows) where D : struct, IDoubleLane<D>
    {
        for (int r = 0; r < rows; r += D.Count) DoubleMath.RoughLog1P(D.Load(rests + r)).Store(logs + r);
    }

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
            if (classes <= Turned)
                return Lanes.Has512 ? CrossEntropy<Lane512Float, Lane512Double>(x, labels.Length, classes, y, g, scale, to)
                    : Lanes.Has256 ? CrossEntropy<Lane256Float, Lane256Double>(x, labels.Length, classes, y, g, scale, to)
                    : CrossEntropy<Lane128Float, Lane128Double>(x, labels.Length, classes, y, g, scale, to);
            else
                return Lanes.Has512 ? CrossEntropyRowByRow<Lane512Float, Lane512Double>(x, labels.Length, classes, y, g, scale, to)
                    : Lanes.Has256 ? CrossEntropyRowByRow<Lane256Float, Lane256Double>(x, labels.Length, classes, y, g, scale, to)
                    : CrossEntropyRowByRow<Lane128Float, Lane128Double>(x, labels.Length, classes, y, g, scale, to);
    }

    /// <summary>Rows that are too long to turn, and longer than a register: each is weighed on its own, and what there is one number for a row is computed for all together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int CrossEntropyRowByRow<V, D>(float* x, int rows, int classes, int* labels, float* gradient, double scale, double* losses)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        double* rests = stackalloc double[Together], logs = stackalloc double[Together];
        float* spare = stackalloc float[Longest * Together];
        int odd = 0;
        // Scores that the slopes take the place of are kept, for the rows that are left alone.
        bool inPlace = gradient == x;
        if (inPlace)
        {
            new ReadOnlySpan<float>(x, rows * classes).CopyTo(new(spare, rows * classes));
            x = spare;
        }
        float* weights = gradient == null ? spare : gradient;
        var t = FloatTemperature.One;
        V scaleLog = V.All(t.Scale), step = V.All(t.Step), stepRest = V.All(t.StepRest), linear = V.All(t.Linear), half = V.All(t.Half), sixth = V.All(t.Sixth), magic = V.All(FloatMath.SixteenthMagic), fresh = FloatRows.Fresh<V>(classes);
        new Span<double>(rests, Together).Fill(1);
        for (int r = 0; r < rows; r++)
        {
            float* from = x + r * classes, to = weights + r * classes;
            float max = FloatRows.LargestShort<V, D>(from, classes);
            losses[r] = (double)max - from[(uint)labels[r] < (uint)classes ? labels[r] : 0];
            if (Math.Abs(max) <= FloatRows.Reach)
            {
                rests[r] = FloatRows.SumShort<V, D>(from, to, classes, max, 1, fresh, scaleLog, step, stepRest, linear, half, sixth, magic) - 1;
                if (rests[r] >= 1e-6) continue;
            }
            odd |= 1 << r;
            if (inPlace) new ReadOnlySpan<float>(from, classes).CopyTo(new(to, classes));
        }
        Log1P<D>(rests, logs, rows);
        for (int r = 0; r < rows; r++) losses[r] += logs[r];
        if (gradient == null) return odd;

        for (int r = 0; r < rows; r++)
        {
            if ((odd >> r & 1) != 0) continue;
            float* to = gradient + r * classes;
            bool inside = (uint)labels[r] < (uint)classes;
            double mass = 1 + rests[r], factor = scale / mass, own = inside ? to[labels[r]] : 0;
            V high = V.All((float)factor), low = V.All((float)(factor - (float)factor));
            // The last register lies across the one before, which is not to be scaled twice.
            V last = V.Load(to + classes - V.Count);
            for (int i = 0; i <= classes - V.Count; i += V.Count)
            {
                V e = V.Load(to + i);
                V.MultiplyAdd(e, high, e * low).Store(to + i);
            }
            V.MultiplyAdd(last, high, last * low).Store(to + classes - V.Count);
            if (inside) to[labels[r]] = (float)(-scale * ((rests[r] + (1 - own)) / mass));
        }
        return odd;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static int CrossEntropy<V, D>(float* x, int rows, int classes, int* labels, float* gradient, double scale, double* losses)
        where V : struct, IFloatLane<V, D>
        where D : struct, IDoubleLane<D>
    {
        // z[c · 16 + r] is row r's score of class c; e the same for its weight.
        const int Size = Turned * Together;
        byte* room = stackalloc byte[2 * Size * sizeof(float) + 64];
        room += -(nint)room & 63;
        float* z = (float*)room, e = z + Size, own = stackalloc float[Together], ownWeight = stackalloc float[Together];
        double* rests = stackalloc double[Together];
        if (rows == Together)
            for (int c = 0; c < classes; c += Lanes.Floats) V.Transpose(x + c, classes, Math.Min(classes - c, Lanes.Floats), z + c * Together);
        else
        {
            new Span<float>(z, classes * Together).Clear();
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < classes; c++) z[c * Together + r] = x[r * classes + c];
        }

        V top = V.Load(z);
        for (int c = 1; c < classes; c++) top = V.Max(V.Load(z + c * Together), top);
        V magic = V.All(FloatMath.SixteenthMagic), scaleLog = V.All(FloatMath.Log2E), step = V.All(FloatMath.Ln2), stepRest = V.All(FloatMath.Ln2Rest);
        V half = V.All(FloatMath.Half), sixth = V.All(FloatMath.Sixth), one = V.All(1), floor = top - V.All(112);
        V steps = V.MultiplyAdd(top, scaleLog, magic) - magic, remainder = V.MinusMultiply(steps, step, top), small = V.All(0);
        D low = D.All(0), high = D.All(0), unit = D.All(1);
        for (int c = 0; c < classes; c++)
        {
            V v = V.Load(z + c * Together);
            FloatRows.Weigh(v, floor, top, scaleLog, steps, step, remainder, stepRest, one, half, sixth, magic, ref small, ref low, ref high).Store(e + c * Together);
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
        ((topLow - ownLow) + DoubleMath.RoughLog1P(restLow)).Store(losses);
        ((topHigh - ownHigh) + DoubleMath.RoughLog1P(restHigh)).Store(losses + D.Count);
        restLow.Store(rests);
        restHigh.Store(rests + D.Count);
        int odd = 0;
        V.Abs(top).Store(own);
        for (int r = 0; r < rows; r++)
            if (!(own[r] <= FloatRows.Reach) || !(rests[r] >= 1e-6)) odd |= 1 << r;
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
        for (int c = 0; c < classes; c += Lanes.Floats) V.Transpose(e + c * Together, Together, Together, z + c * Together);
        for (int r = 0; r < rows; r++)
        {
            if ((odd >> r & 1) != 0) continue;
            for (int c = 0; c < classes; c += Lanes.Floats)
            {
                V slopes = V.Load(z + c * Together + r * Together);
                if (classes - c >= V.Count) slopes.Store(gradient + r * classes + c);
                else slopes.StorePart(gradient + r * classes + c, classes - c);
            }
            if ((uint)labels[r] < (uint)classes) gradient[r * classes + labels[r]] = own[r];
        }
        return odd;
    }
}
