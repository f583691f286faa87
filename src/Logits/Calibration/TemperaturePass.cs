using System.Numerics;
using System.Runtime.CompilerServices;
using Logits.Kernels;

namespace Logits.Calibration;

/// <summary>The mean NLL of rows at one inverse temperature β, with three derivatives in β.</summary>
readonly record struct NllMoments(double Nll, double Gradient, double Curvature, double Third);

/// <summary>Something that can be asked for its NLL at any β.</summary>
interface INllPass
{
    NllMoments At(double beta);
}

/// <summary>One sweep over the rows computing in float: half the precision, a third of the time. Good for all steps but the last.</summary>
/// <param name="z">Rows of scores.</param>
/// <param name="classes">The length of a row.</param>
/// <param name="max">Each row's largest score.</param>
/// <param name="labelled">Each row's z[label] − max.</param>
/// <param name="oneIn">Looks at one block of rows in so many.</param>
readonly ref struct FloatPass(ReadOnlySpan<float> z, int classes, ReadOnlySpan<float> max, ReadOnlySpan<double> labelled, int oneIn = 1) : INllPass
{
    readonly ReadOnlySpan<float> _z = z, _max = max;
    readonly ReadOnlySpan<double> _labelled = labelled;

    public NllMoments At(double beta)
    {
        var total = new MomentSum();
        for (int row = 0; row < _max.Length; row += oneIn * MomentSum.Block)
        {
            int rows = Math.Min(MomentSum.Block, _max.Length - row);
            total.AddInFloat(_z.Slice(row * classes, rows * classes), classes, _max.Slice(row, rows), _labelled.Slice(row, rows), beta);
        }
        return total.Mean(beta);
    }
}

/// <summary>
/// A guess at all rows from a sample of them: what the sample says at β, moved by what it was off by at β = 1, where all rows are known. Rows that pull hard
/// at one β pull hard at the next, so the guess is several times better than the sample's own word.
/// </summary>
readonly ref struct SampledPass : INllPass
{
    readonly FloatPass _sample;
    readonly NllMoments _off;

    public SampledPass(FloatPass sample, NllMoments allAtOne)
    {
        var atOne = sample.At(1);
        _sample = sample;
        _off = new(allAtOne.Nll - atOne.Nll, allAtOne.Gradient - atOne.Gradient, 0, 0);
    }

    public NllMoments At(double beta)
    {
        var sample = _sample.At(beta);
        return sample with { Nll = sample.Nll + _off.Nll, Gradient = sample.Gradient + _off.Gradient };
    }
}

/// <summary>The same sweep in double, whatever the scores are stored in.</summary>
/// <inheritdoc cref="FloatPass" path="/param"/>
readonly ref struct DoublePass<T>(ReadOnlySpan<T> z, int classes, ReadOnlySpan<T> max, ReadOnlySpan<double> labelled) : INllPass
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly ReadOnlySpan<T> _z = z, _max = max;
    readonly ReadOnlySpan<double> _labelled = labelled;

    public NllMoments At(double beta)
    {
        var total = new MomentSum();
        for (int row = 0; row < _max.Length; row += MomentSum.Block)
        {
            int rows = Math.Min(MomentSum.Block, _max.Length - row);
            total.AddInDouble(_z.Slice(row * classes, rows * classes), classes, _max.Slice(row, rows), _labelled.Slice(row, rows), beta);
        }
        return total.Mean(beta);
    }
}

/// <summary>Adds rows up in the order they come: the same bits on every run and for any number of threads.</summary>
struct MomentSum
{
    /// <summary>The most rows that are given at once.</summary>
    public const int Block = 64;

    int _rows;
    double _logs, _product, _labelled, _gradient, _curvature, _third;

    /// <summary>At most <see cref="Block"/> rows of scores, β at least 0.</summary>
    public void AddInFloat(ReadOnlySpan<float> z, int classes, ReadOnlySpan<float> max, ReadOnlySpan<double> labelled, double beta)
    {
        Span<PowerSums> sums = stackalloc PowerSums[Block];
        PowerSumRows.InFloat(z, classes, max, beta, sums);
        Add(sums[..max.Length], labelled);
    }

    /// <summary>At most <see cref="Block"/> rows of scores, β at least 0.</summary>
    public void AddInDouble<T>(ReadOnlySpan<T> z, int classes, ReadOnlySpan<T> max, ReadOnlySpan<double> labelled, double beta) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<PowerSums> sums = stackalloc PowerSums[Block];
        PowerSumRows.InDouble(z, classes, max, beta, sums);
        Add(sums[..max.Length], labelled);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    void Add(ReadOnlySpan<PowerSums> sums, ReadOnlySpan<double> labelled)
    {
        if (_rows == 0) _product = 1;
        _rows += sums.Length;
        for (int row = 0; row < sums.Length; row++)
        {
            var (s0, s1, s2, s3) = sums[row];
            double scale = 1 / s0, mean = s1 * scale, square = s2 * scale;
            // Σ log S₀ as the log of a product, taken each time it has grown: one logarithm for many rows.
            _product *= s0;
            if (_product > 1e200)
            {
                _logs += LogMath.Log(_product);
                _product = 1;
            }
            _labelled += labelled[row];
            _gradient += mean - labelled[row];
            _curvature += square - mean * mean;
            _third += s3 * scale - 3 * mean * square + 2 * mean * mean * mean;
        }
    }

    /// <param name="beta">The inverse temperature the sums were taken at.</param>
    public readonly NllMoments Mean(double beta) =>
        new((_logs + LogMath.Log(_product) - beta * _labelled) / _rows, _gradient / _rows, _curvature / _rows, _third / _rows);
}
