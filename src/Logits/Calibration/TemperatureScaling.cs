using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Logits.Kernels;

namespace Logits.Calibration;

/// <summary>One number for all: softmax(z / T), with the T that minimises the negative log-likelihood of held-out labels.</summary>
/// <param name="Temperature">T. Above 1 softens, below 1 sharpens. 0 is the limit argmax, +∞ the limit uniform.</param>
/// <param name="Classes">The number of classes it was fitted on; 0 for any.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// Keeps every ranking, so accuracy does not move. Source: Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks (2017).
/// <para>
/// With β = 1/T the mean NLL (1/n) Σ logsumexp(βz) − βz[y] is convex in β, so there is one minimum and it is found exactly: steps with three
/// derivatives, the middle ones in the scores' own precision, the last in double, until |dNLL/dβ| ≤ 1e−12.
/// The answers at the edges are limits: T = 0 when every label has its row's largest score (separated data); T = +∞ when even β = 0
/// is too confident (a model worse than chance); T = 1 when scores do not differ within any row, because then every T is as good.
/// </para>
/// </remarks>
public sealed record TemperatureScaling(double Temperature, int Classes = 0, FitFacts? Facts = null) : ICalibrator
{
    /// <summary>T. Above 1 softens, below 1 sharpens. 0 is the limit argmax, +∞ the limit uniform.</summary>
    public double Temperature { get; } = Throw.IfNotTemperature(Temperature);

    /// <inheritdoc/>
    public string Method => "temperature";

    /// <inheritdoc/>
    public bool PreservesArgMax => true;

    /// <inheritdoc/>
    public ParameterSet Parameters => new() { { "temperature", Temperature } };

    /// <summary>The temperature that minimises the mean NLL of <paramref name="labels"/>, exactly.</summary>
    /// <param name="logits">n ≥ 1 rows of scores the model was not trained on. −∞ rules a class out of its row.</param>
    /// <param name="labels">n class indices.</param>
    /// <exception cref="ArgumentException">No rows, a label out of range or ruled out, NaN or +∞ among the scores; the message gives the row.</exception>
    /// <remarks>Three or four sweeps over the scores and n numbers of memory. One thread, the same bits on every run.</remarks>
    public static TemperatureScaling Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);

        var max = new T[logits.Rows];
        var labelled = new double[logits.Rows];
        var exact = new DoublePass<T>(logits.Values, logits.Classes, max, labelled);
        if (typeof(T) == typeof(float))
        {
            // Float is good for all steps but the last, and for what the NLL was before, to about 1e−9. The first sweep finds the largest scores on its way.
            var start = new MomentSum();
            for (int row = 0; row < max.Length; row += MomentSum.Block)
            {
                int end = Math.Min(row + MomentSum.Block, max.Length);
                FindLargest(logits, labels, row, end, max, labelled);
                start.AddInFloat(
                    MemoryMarshal.Cast<T, float>(logits.Values)[(row * logits.Classes)..(end * logits.Classes)], logits.Classes,
                    MemoryMarshal.Cast<T, float>(max.AsSpan(row..end)), labelled.AsSpan(row..end), beta: 1);
            }
            var atOne = start.Mean(beta: 1);
            Throw.IfNaN(atOne.Nll, logits);
            if (!Separated(labelled))
            {
                var quick = new NllRoot(atOne);
                ReadOnlySpan<float> z = MemoryMarshal.Cast<T, float>(logits.Values), top = MemoryMarshal.Cast<T, float>(max.AsSpan());
                // A sixteenth of many rows leads to within about a percent, and saves a sweep over all.
                if (max.Length >= 32 * MomentSum.Block)
                    quick.Advance(new SampledPass(new FloatPass(z, logits.Classes, top, labelled, oneIn: 16), atOne), closeEnough: 2e-2);
                quick.Advance(new FloatPass(z, logits.Classes, top, labelled), closeEnough: 2e-2);
                quick.Advance(exact);
                return From(quick, atOne, logits);
            }
        }
        else FindLargest(logits, labels, 0, max.Length, max, labelled);

        var before = exact.At(1);
        Throw.IfNaN(before.Nll, logits);
        if (Separated(labelled)) return AtSeparation(exact.At(0), before, logits);

        var root = new NllRoot(before);
        root.Advance(exact);
        return From(root, before, logits);
    }

    /// <summary>The largest score of each row, and how far the labelled class lies below it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void FindLargest<T>(Logits<T> logits, ReadOnlySpan<int> labels, int from, int to, T[] max, double[] labelled) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        PowerSumRows.Largest(logits.Values[(from * logits.Classes)..(to * logits.Classes)], logits.Classes, max.AsSpan(from..to));
        for (int row = from; row < to; row++)
        {
            // A row of nothing but NaN has a largest score of −∞ here.
            if (!T.IsFinite(max[row])) Throw.IfNotScore(Kernel<T>.Max(logits[row]), row);
            T score = logits[row][labels[row]];
            labelled[row] = double.CreateTruncating(Throw.IfRuledOut(score, row, labels[row])) - double.CreateTruncating(max[row]);
        }
    }

    static bool Separated(ReadOnlySpan<double> labelled) => !labelled.ContainsAnyExcept(0.0);

    /// <summary>Every label has its row's largest score: the NLL falls towards T = 0, or, where scores are constant within rows, does not depend on T.</summary>
    static TemperatureScaling AtSeparation<T>(NllMoments uniform, NllMoments before, Logits<T> logits) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (uniform.Curvature == 0)
            return new(1, logits.Classes, new(logits.Rows, before.Nll, before.Nll, true, 0));
        double nll = 0;
        for (int row = 0; row < logits.Rows; row++)
            nll += LogMath.Log(logits[row].Count(Kernel<T>.Max(logits[row])));
        return new(0, logits.Classes, new(logits.Rows, before.Nll, nll / logits.Rows, true, 0));
    }

    static TemperatureScaling From<T>(NllRoot root, NllMoments before, Logits<T> logits) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(1 / root.Beta, logits.Classes, new(logits.Rows, Math.Max(root.Nll, before.Nll), root.Nll, root.Converged, root.Sweeps));

    internal static TemperatureScaling Read(ParameterSet parameters, int classes, FitFacts? facts)
    {
        double temperature = parameters.Number("temperature");
        return temperature >= 0 ? new(temperature, classes, facts) : throw new FormatException($"\"temperature\" is {temperature}; a temperature is at least 0.");
    }

    /// <inheritdoc/>
    public Logits<T> Apply<T>(Logits<T> logits, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        destination = Throw.IfNotReady(this, logits, destination);
        for (int row = 0; row < logits.Rows; row++)
        {
            var z = logits[row];
            var calibrated = destination.Slice(row * logits.Classes, logits.Classes);
            T max = Kernel<T>.Max(z);
            if (!T.IsFinite(max)) calibrated.Fill(T.NaN);
            else if (Temperature is 0 or double.PositiveInfinity) TakeLimit(z, max, calibrated);
            else
                for (int k = 0; k < z.Length; k++)
                    calibrated[k] = T.CreateTruncating(double.CreateTruncating(z[k]) / Temperature);
        }
        return new(destination, logits.Classes);
    }

    /// <summary>Scores whose softmax is the limit: 0 for the classes that share the probability, −∞ for the others.</summary>
    void TakeLimit<T>(ReadOnlySpan<T> z, T max, Span<T> calibrated) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int k = 0; k < z.Length; k++)
            calibrated[k] = (Temperature == 0 ? z[k] == max : z[k] > T.NegativeInfinity) ? T.Zero : T.NegativeInfinity;
    }
}
