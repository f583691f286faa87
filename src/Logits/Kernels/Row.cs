using System.Buffers;
using System.Runtime.CompilerServices;

namespace Logits.Kernels;

/// <summary>The functions of one row, for storage <typeparamref name="S"/>: which loop answers, and what to do where arithmetic gets thin.</summary>
/// <remarks>Every answer depends on the row's values and their order alone: not on threads, alignment, neighbours or the machine's registers.</remarks>
internal static unsafe class Row<S> where S : unmanaged
{
    static bool IsFloat => typeof(S) == typeof(float);

    public static double Max(S* x, int n, out bool nan) =>
        Lanes.Has512 ? DoubleRows.Max<Lane512Double, S>(x, n, out nan) : Lanes.Has256 ? DoubleRows.Max<Lane256Double, S>(x, n, out nan) : DoubleRows.Max<Lane128Double, S>(x, n, out nan);

    /// <summary>The largest score in the row's own type; <paramref name="nan"/> tells of a NaN.</summary>
    public static double MaxOrNaN(S* x, int n, out bool nan)
    {
        if (!IsFloat) return Max(x, n, out nan);
        return Lanes.Has512 ? FloatRows.Max<Lane512Float, Lane512Double>((float*)x, n, out nan)
            : Lanes.Has256 ? FloatRows.Max<Lane256Float, Lane256Double>((float*)x, n, out nan)
            : FloatRows.Max<Lane128Float, Lane128Double>((float*)x, n, out nan);
    }

    /// <summary>softmax of rows × classes.</summary>
    public static void SoftmaxRows(S* x, S* y, int rows, int classes, double temperature)
    {
        bool isShort = IsFloat && classes <= FloatRows.Short && FloatRows.Holds(0, temperature);
        for (int row = 0; row < rows; row++, x += classes, y += classes)
        {
            if (isShort)
            {
                int done = SoftmaxShort((float*)x, (float*)y, rows - row, classes, temperature);
                row += done;
                if (row == rows) return;
                x += (nint)done * classes;
                y += (nint)done * classes;
            }
            Softmax(x, y, classes, temperature);
        }
    }

    /// <summary>softmax of short rows, as long as they are ordinary: the number of rows done.</summary>
    static int SoftmaxShort(float* x, float* y, int rows, int classes, double temperature)
    {
        int row = 0;
        while (row < rows)
        {
            int left = rows - row;
            if (classes <= ShortRows.Narrowest && left >= ShortRows.Together)
            {
                row += ShortRows.Softmax(x + (nint)row * classes, y + (nint)row * classes, left, classes, temperature);
                // A row that is not for them leaves its sixteen to be done one by one.
                left = Math.Min(rows - row, ShortRows.Together);
            }
            float* from = x + (nint)row * classes, to = y + (nint)row * classes;
            int done = Lanes.Has512 ? FloatRows.SoftmaxShort<Lane512Float, Lane512Double>(from, to, left, classes, temperature)
                : Lanes.Has256 ? FloatRows.SoftmaxShort<Lane256Float, Lane256Double>(from, to, left, classes, temperature)
                : FloatRows.SoftmaxShort<Lane128Float, Lane128Double>(from, to, left, classes, temperature);
            row += done;
            if (done < left) break;
        }
        return row;
    }

    /// <summary>y = x · factor, the factor in two parts where it has more digits than a float.</summary>
    internal static void Multiply(float* x, float* y, int n, double factor)
    {
        float high = (float)factor, low = (float)(factor - high);
        if (Lanes.Has512) FloatRows.Scale<Lane512Float, Lane512Double>(x, y, n, high, low);
        else if (Lanes.Has256) FloatRows.Scale<Lane256Float, Lane256Double>(x, y, n, high, low);
        else FloatRows.Scale<Lane128Float, Lane128Double>(x, y, n, high, low);
    }

    /// <summary>log softmax of rows × classes.</summary>
    public static void LogSoftmaxRows(S* x, S* y, int rows, int classes, double temperature)
    {
        bool together = IsFloat && temperature == 1 && classes <= ShortRows.Longest;
        for (int row = 0; row < rows; row += ShortRows.Together)
        {
            int count = Math.Min(ShortRows.Together, rows - row), left = -1;
            if (together) left = ShortRows.LogSoftmax((float*)(x + (nint)row * classes), (float*)(y + (nint)row * classes), count, classes);
            for (int r = 0; r < count && left != 0; r++)
                if ((left >> r & 1) != 0) LogSoftmax(x + (nint)(row + r) * classes, y + (nint)(row + r) * classes, classes, temperature);
        }
    }

    public static int IndexOf(S* x, int n, double value) =>
        Lanes.Has512 ? DoubleRows.IndexOf<Lane512Double, S>(x, n, value) : Lanes.Has256 ? DoubleRows.IndexOf<Lane256Double, S>(x, n, value) : DoubleRows.IndexOf<Lane128Double, S>(x, n, value);

    /// <summary>log Σ exp(x / T) of rows × classes, good to the last digit where it is near 0.</summary>
    public static void LogSumExpRows(S* x, S* y, int rows, int classes, double temperature)
    {
        bool together = IsFloat && temperature == 1 && classes is > 0 and <= ShortRows.Longest;
        for (int row = 0; row < rows; row += ShortRows.Together)
        {
            int count = Math.Min(ShortRows.Together, rows - row), left = -1;
            if (together) left = ShortRows.LogSumExp((float*)(x + (nint)row * classes), (float*)(y + row), count, classes);
            for (int r = 0; r < count && left != 0; r++)
                if ((left >> r & 1) != 0) Set(y + row + r, LogSumExpNearZero(x + (nint)(row + r) * classes, classes, temperature));
        }
    }

    /// <summary>Whether every element is from <paramref name="low"/> to <paramref name="high"/>, which differ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static bool AllWithin<V>(S* x, nint n, S low, S high) where V : struct, ILane<V, S>
    {
        // Clamping keeps what is within, and NaN, which equals nothing.
        V least = V.All(low), most = V.All(high), kept = most;
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V v = V.Load(x + i);
            kept = V.Select(V.Equal(V.Max(least, V.Min(most, v)), v), kept, least);
        }
        if (i < n)
        {
            V v = V.LoadPart(x + i, (int)(n - i), high);
            kept = V.Select(V.Equal(V.Max(least, V.Min(most, v)), v), kept, least);
        }
        return V.FirstSet(V.Equal(kept, least)) == V.Count;
    }

    internal static double WideMass(S* x, S* y, int n, in RowPoint point, out double rest) =>
        Lanes.Has512 ? DoubleRows.Mass<Lane512Double, S>(x, y, n, point, out rest) : Lanes.Has256 ? DoubleRows.Mass<Lane256Double, S>(x, y, n, point, out rest) : DoubleRows.Mass<Lane128Double, S>(x, y, n, point, out rest);

    static (double Mass, double MassRest, double Moment) Moments(S* x, int n, in RowPoint point) =>
        Lanes.Has512 ? DoubleRows.Moments<Lane512Double, S>(x, n, point) : Lanes.Has256 ? DoubleRows.Moments<Lane256Double, S>(x, n, point) : DoubleRows.Moments<Lane128Double, S>(x, n, point);

    internal static double NarrowMass<K>(S* x, S* y, int n, in RowPoint point) where K : struct =>
        Lanes.Has512 ? FloatRows.Mass<Lane512Float, Lane512Double, K>((float*)x, (float*)y, n, point)
        : Lanes.Has256 ? FloatRows.Mass<Lane256Float, Lane256Double, K>((float*)x, (float*)y, n, point)
        : FloatRows.Mass<Lane128Float, Lane128Double, K>((float*)x, (float*)y, n, point);

    /// <summary>
    /// Σ e^(x / T − <paramref name="unit"/>) of a long row of floats, to about 2⁻²⁹ of itself: NaN when the row is none or is not ordinary. Its weights e^(x / T − unit) go to
    /// <paramref name="y"/>, which is not x, unless <typeparamref name="K"/> is <see cref="Forget"/>; only then <paramref name="max"/> is sure to be known.
    /// </summary>
    internal static double QuickMass<K>(S* x, S* y, int n, double temperature, out double max, out double unit) where K : struct
    {
        max = unit = double.NaN;
        if (!IsFloat || n <= FloatRows.Short || !FloatRows.Holds(0, temperature)) return double.NaN;
        double sum = WindowMass<K>(x, y, n, temperature, out float shift, out float largest);
        if (double.IsNaN(sum))
        {
            largest = NarrowMax(x, n);
            if (!FloatRows.Holds(largest, temperature)) return double.NaN;
            sum = NarrowWeights<K>(x, y, n, new RowPoint(largest, temperature), out unit);
        }
        else unit = shift * DoubleMath.Ln2;
        max = largest;
        return sum;
    }

    static double WindowMass<K>(S* x, S* y, int n, double temperature, out float shift, out float largest) where K : struct =>
        Lanes.Has512 ? WindowRows.Weights<Lane512Float, Lane512Double, K>((float*)x, (float*)y, n, temperature, out shift, out largest)
        : Lanes.Has256 ? WindowRows.Weights<Lane256Float, Lane256Double, K>((float*)x, (float*)y, n, temperature, out shift, out largest)
        : WindowRows.Weights<Lane128Float, Lane128Double, K>((float*)x, (float*)y, n, temperature, out shift, out largest);

    static double RoughSum(S* x, int n, double temperature, out float shift) =>
        Lanes.Has512 ? WindowRows.RoughSum<Lane512Float, Lane512Double>((float*)x, n, temperature, out shift)
        : Lanes.Has256 ? WindowRows.RoughSum<Lane256Float, Lane256Double>((float*)x, n, temperature, out shift)
        : WindowRows.RoughSum<Lane128Float, Lane128Double>((float*)x, n, temperature, out shift);

    static double NarrowWeights<K>(S* x, S* y, int n, in RowPoint point, out double unit) where K : struct =>
        Lanes.Has512 ? FloatRows.Weights<Lane512Float, Lane512Double, K>((float*)x, (float*)y, n, point, out unit)
        : Lanes.Has256 ? FloatRows.Weights<Lane256Float, Lane256Double, K>((float*)x, (float*)y, n, point, out unit)
        : FloatRows.Weights<Lane128Float, Lane128Double, K>((float*)x, (float*)y, n, point, out unit);

    static float NarrowMax(S* x, int n) =>
        Lanes.Has512 ? FloatRows.Max<Lane512Float, Lane512Double>((float*)x, n)
        : Lanes.Has256 ? FloatRows.Max<Lane256Float, Lane256Double>((float*)x, n)
        : FloatRows.Max<Lane128Float, Lane128Double>((float*)x, n);

    /// <summary>The row's largest score; NaN that hides below it shows in the sum, which every caller looks at. Only ±∞ asks for a second look.</summary>
    internal static double Largest(S* x, int n)
    {
        bool nan = false;
        double max = IsFloat ? NarrowMax(x, n) : Max(x, n, out nan);
        if (double.IsInfinity(max) && IsFloat) Max(x, n, out nan);
        return nan ? double.NaN : max;
    }

    /// <summary>Weighs a row; Max is NaN when a score is.</summary>
    public static RowMass Weigh(S* x, int n, double temperature, bool withMoment = false)
    {
        double max = Largest(x, n);
        if (!double.IsFinite(max)) return new(max, 0, 0);
        if (!RowPoint.Holds(max, temperature)) return Oddly(x, n, max, temperature);

        var point = new RowPoint(max, temperature);
        double rest, moment = 0;
        if (withMoment)
        {
            (double sum, double low, moment) = Moments(x, n, point);
            moment /= temperature;
            rest = (sum - 1) + low;
        }
        else if (IsFloat && FloatRows.Holds(max, temperature))
        {
            rest = NarrowMass<Forget>(x, null, n, point) - 1;
            // Near 0, log Σ exp x is a difference of large numbers, and float weights are not enough.
            if (max < 0 && Math.Abs(max / temperature + LogMath.Log1P(rest)) < 0.0625) rest = (WideMass(x, null, n, point, out double low) - 1) + low;
        }
        else rest = (WideMass(x, null, n, point, out double low) - 1) + low;

        if (double.IsNaN(rest)) return new(double.NaN, 0, 0);
        return rest < 1e-6 ? WithoutTop(x, n, point, withMoment) : new(max, rest, moment);
    }

    /// <summary>A row with one class near certainty: the others are weighed among themselves, relative to the second largest, so that no weight underflows.</summary>
    internal static RowMass WithoutTop(S* x, int n, in RowPoint point, bool withMoment)
    {
        int top = IndexOf(x, n, point.Max), after = n - top - 1;
        S* tail = x + top + 1;
        double second = Math.Max(Max(x, top, out _), Max(tail, after, out _));
        if (double.IsNegativeInfinity(second)) return new(point.Max, 0, 0);

        var among = new RowPoint(second, point.Temperature);
        double t = OddRows.Exponent(second, point.Max, point.Temperature, out double low);
        double q = OddRows.Exp(t, low, out int exponent);
        double sum, moment = 0;
        if (withMoment)
        {
            var (headSum, headLow, headMoment) = Moments(x, top, among);
            var (tailSum, tailLow, tailMoment) = Moments(tail, after, among);
            sum = headSum + tailSum + (headLow + tailLow);
            moment = Math.FusedMultiplyAdd(point.Max - second, sum, headMoment + tailMoment) / point.Temperature;
        }
        else sum = WideMass(x, null, top, among, out double headLow) + WideMass(tail, null, after, among, out double tailLow) + (headLow + tailLow);
        return new(point.Max, Math.ScaleB(Math.FusedMultiplyAdd(sum, q, sum), exponent), Math.ScaleB(Math.FusedMultiplyAdd(moment, q, moment), exponent));
    }

    static RowMass Oddly(S* x, int n, double max, double temperature)
    {
        double[] row = Wide(x, n);
        try
        {
            var values = row.AsSpan(0, n);
            foreach (double v in values)
                if (double.IsNaN(v)) return new(double.NaN, 0, 0);
            double rest = OddRows.Rest(values, max, temperature, out double moment);
            return new(max, rest, moment);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(row);
        }
    }

    /// <summary>−log p below which the others' weights must be known beside the largest, for which there is <see cref="Weigh"/>.</summary>
    internal const double Certain = 0.0625;

    /// <summary>log Σ exp(x / T); −∞ for nothing and for all −∞, +∞ where +∞ is, NaN where NaN is.</summary>
    public static double LogSumExp(S* x, int n, double temperature)
    {
        if (n == 0) return double.NegativeInfinity;
        double log = LogMath.Log(QuickMass<Forget>(x, null, n, temperature, out _, out double unit)) + unit;
        if (Math.Abs(log) >= 0.0625) return log;
        RowMass mass = Weigh(x, n, temperature);
        if (!double.IsFinite(mass.Max)) return mass.Max;
        double top = OddRows.Over(mass.Max, temperature), low = Math.FusedMultiplyAdd(-top, temperature, mass.Max) / temperature;
        return double.IsFinite(low) ? top + (mass.Log + low) : top + mass.Log;
    }

    /// <summary><see cref="LogSumExp"/> for a result in storage <typeparamref name="S"/>: in floats a large one bears a rougher sum.</summary>
    static double LogSumExpToStore(S* x, int n, double temperature)
    {
        if (IsFloat && n > FloatRows.Short && FloatRows.Holds(0, temperature))
        {
            double log = LogMath.Log(RoughSum(x, n, temperature, out float shift)) + shift * DoubleMath.Ln2;
            // The sum is good to 6e−7, the scale's rounding adds 6e−8 of a score, and half an ulp of 8 is 4.8e−7.
            if (Math.Abs(log) >= 8) return log;
        }
        return LogSumExp(x, n, temperature);
    }

    /// <summary><see cref="LogSumExp"/> to the last digit also where Σ exp(x / T) is near 1 and its logarithm near 0, as of log-probabilities; slow there.</summary>
    public static double LogSumExpNearZero(S* x, int n, double temperature)
    {
        double y = LogSumExpToStore(x, n, temperature);
        // In double arithmetic y is good to about 3·10⁻¹⁶ absolutely: for a float result that is enough above 10⁻⁸.
        if (IsFloat ? !(Math.Abs(y) < 1e-8) : !(Math.Abs(y) < 30)) return y;
        double max = Largest(x, n);
        if (max >= 0 || !RowPoint.Holds(max, temperature) || Math.Abs(y) > 1.5 * (y - max / temperature)) return y;
        var rest = new DoubleDouble(-1, 0);
        for (int i = 0; i < n; i++)
        {
            var t = DoubleDouble.Quotient(Get(x + i), temperature);
            if (t.High > -700) rest += DoubleDouble.Exp(t);
        }
        if (Math.Abs(y) < 0.5) return LogMath.Log1P(rest.High);
        DoubleDouble sum = rest + new DoubleDouble(1, 0);
        return LogMath.Log(sum.High) + sum.Low / sum.High;
    }

    /// <summary>−Σ p log p = log Σ e^d − Σ p d with d = (x − max) / T: both terms are at least 0.</summary>
    public static double Entropy(S* x, int n, double temperature)
    {
        if (n == 0) return 0;
        RowMass mass = Weigh(x, n, temperature, withMoment: true);
        return double.IsFinite(mass.Max) ? mass.Log + mass.Moment / (1 + mass.Rest) : double.NaN;
    }

    public static void Softmax(S* x, S* y, int n, double temperature)
    {
        bool done = IsFloat && n > FloatRows.Short && (x == y ? SoftmaxInPlace((float*)x, n, temperature) : SoftmaxQuickly((float*)x, (float*)y, (float*)y, n, temperature));
        if (!done) SoftmaxCarefully(x, y, n, temperature);
    }

    /// <summary>softmax of a long row by way of <paramref name="weights"/>, which is not x; false when the row is not ordinary.</summary>
    static bool SoftmaxQuickly(float* x, float* weights, float* y, int n, double temperature)
    {
        double mass = Row<float>.QuickMass<Keep>(x, weights, n, temperature, out _, out _);
        if (double.IsNaN(mass)) return false;
        Multiply(weights, y, n, 1 / mass);
        return true;
    }

    /// <summary>The quick way may have to begin again, and needs the scores then: so the weights stand elsewhere.</summary>
    static bool SoftmaxInPlace(float* x, int n, double temperature)
    {
        using var room = new Room(n);
        return SoftmaxQuickly(x, room.Start, x, n, temperature);
    }

    static void SoftmaxCarefully(S* x, S* y, int n, double temperature)
    {
        double max = Largest(x, n);
        if (!double.IsFinite(max)) Fill(y, n, double.NaN);
        else if (RowPoint.Holds(max, temperature))
        {
            double sum = WideMass(x, y, n, new RowPoint(max, temperature), out double low), inverse = 1 / sum;
            double rest = -(Math.FusedMultiplyAdd(sum, inverse, -1) + low * inverse) * inverse;
            if (Lanes.Has512) DoubleRows.Scale<Lane512Double, S>(y, y, n, inverse, rest);
            else if (Lanes.Has256) DoubleRows.Scale<Lane256Double, S>(y, y, n, inverse, rest);
            else DoubleRows.Scale<Lane128Double, S>(y, y, n, inverse, rest);
        }
        else
        {
            RowMass mass = Oddly(x, n, max, temperature);
            for (int i = 0; i < n; i++)
            {
                double t = OddRows.Exponent(Get(x + i), max, temperature, out double low);
                Set(y + i, double.IsNaN(mass.Max) ? double.NaN : Math.ScaleB((1 + OddRows.Exp(t, low, out int exponent)) / (1 + mass.Rest), exponent));
            }
        }
    }

    public static void LogSoftmax(S* x, S* y, int n, double temperature)
    {
        if (temperature == 1)
        {
            double log = LogMath.Log(QuickMass<Copy>(x, y, n, 1, out double largest, out double unit)) + (unit - largest);
            if (log >= Certain)
            {
                Offset(y, y, n, (float)largest, (float)log);
                return;
            }
        }
        RowMass mass = Weigh(x, n, temperature);
        if (!double.IsFinite(mass.Max)) Fill(y, n, double.NaN);
        else if (IsFloat && temperature == 1 && Math.Abs(mass.Max) <= 1e37) Offset(x, y, n, (float)mass.Max, (float)mass.Log);
        else if (temperature == 1 || RowPoint.Holds(mass.Max, temperature))
        {
            double log = mass.Log;
            if (Lanes.Has512) DoubleRows.Offset<Lane512Double, S>(x, y, n, mass.Max, temperature, log);
            else if (Lanes.Has256) DoubleRows.Offset<Lane256Double, S>(x, y, n, mass.Max, temperature, log);
            else DoubleRows.Offset<Lane128Double, S>(x, y, n, mass.Max, temperature, log);
        }
        else
        {
            double log = mass.Log;
            for (int i = 0; i < n; i++) Set(y + i, OddRows.Exponent(Get(x + i), mass.Max, temperature, out _) - log);
        }
    }

    static void Offset(S* x, S* y, int n, float max, float log)
    {
        if (Lanes.Has512) FloatRows.Offset<Lane512Float, Lane512Double>((float*)x, (float*)y, n, max, log);
        else if (Lanes.Has256) FloatRows.Offset<Lane256Float, Lane256Double>((float*)x, (float*)y, n, max, log);
        else FloatRows.Offset<Lane128Float, Lane128Double>((float*)x, (float*)y, n, max, log);
    }

    /// <summary>The row as doubles in a rented array.</summary>
    public static double[] Wide(S* x, int n)
    {
        double[] row = ArrayPool<double>.Shared.Rent(Math.Max(n, 1));
        for (int i = 0; i < n; i++) row[i] = Get(x + i);
        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Get(S* from) => IsFloat ? *(float*)from : *(double*)from;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(S* to, double value)
    {
        if (IsFloat) *(float*)to = (float)value;
        else *(double*)to = value;
    }

    static void Fill(S* y, int n, double value)
    {
        for (int i = 0; i < n; i++) Set(y + i, value);
    }
}
