using Logits.Distributions;
using Logits.Optimization;

namespace Logits.Metrics;

/// <summary>The values of an <see cref="Evaluation"/> on resamples of its rows: one pass over the sorted forecasts, rows counted by weight.</summary>
sealed class ResampledEvaluation
{
    /// <summary>The metrics that get an interval, in the order of <see cref="Fill"/>.</summary>
    public static readonly string[] Keys =
    [
        "accuracy", "mean_confidence", "nll", "brier", "ece", "mce", "ace", "ece_equal_mass", "smooth_ece", "ks_error", "mmce",
        "spiegelhalter_z", "spiegelhalter_p", "aurc", "miscalibration", "discrimination", "uncertainty",
    ];

    const double KernelWidth = 0.4;

    readonly Forecasts _forecasts;
    readonly int _bins;
    readonly double[] _logLosses, _briers;   // in the order of the sorted forecasts, as all that follows
    readonly double[] _confidences;          // of the answer given, and whether it was right
    readonly bool[] _right;
    readonly double[] _decays;               // exp(−(cᵢ − cᵢ₋₁)/width)
    readonly int[] _binEnds, _mostConfidentFirst, _tieEnds;

    /// <param name="forecasts">What calibration is measured on.</param>
    /// <param name="answers">The answer of each row: its confidence, and whether it was right. For classes it is the forecast.</param>
    /// <param name="logLosses">By row.</param>
    /// <param name="briers">By row.</param>
    /// <param name="bins">Of the binned metrics.</param>
    public ResampledEvaluation(Forecasts forecasts, Forecasts answers, ReadOnlySpan<double> logLosses, ReadOnlySpan<double> briers, int bins)
    {
        (_forecasts, _bins) = (forecasts, bins);
        int n = forecasts.Count;
        var places = new int[n];
        for (int i = 0; i < n; i++) places[forecasts.Rows[i]] = i;
        (_confidences, _right) = (new double[n], new bool[n]);
        for (int i = 0; i < n; i++)
        {
            int place = places[answers.Rows[i]];
            (_confidences[place], _right[place]) = (answers.Probabilities[i], answers.Happened[i]);
        }
        _mostConfidentFirst = Array.ConvertAll(RiskCoverage.MostConfidentFirst(answers), i => places[answers.Rows[i]]);
        (_logLosses, _briers, _decays) = (new double[n], new double[n], new double[n]);
        for (int i = 0; i < n; i++)
        {
            (_logLosses[i], _briers[i]) = (logLosses[forecasts.Rows[i]], briers[forecasts.Rows[i]]);
            _decays[i] = i == 0 ? 1 : Math.Exp((forecasts.Probabilities[i - 1] - forecasts.Probabilities[i]) / KernelWidth);
        }
        _binEnds = Array.ConvertAll(CalibrationError.EqualWidthBins(forecasts, bins), bin => bin.Count);
        for (int bin = 1; bin < bins; bin++) _binEnds[bin] += _binEnds[bin - 1];
        var ends = new List<int>();
        for (int start = 0; start < n; start = ends[^1]) ends.Add(forecasts.EndOfTies(start));
        _tieEnds = [.. ends];
    }

    /// <summary>One thread's worker.</summary>
    public Bootstrap.Worker Start()
    {
        // Eight points to a bandwidth give three digits and more, which is beyond what a resample can tell.
        var smoother = new ResidualSmoother(_forecasts, leastIntervals: 400);
        var levels = new List<PoolAdjacentViolators.Block>();
        return (weights, values) => Fill(weights, values, smoother, levels);
    }

    void Fill(int[] weights, Span<double> values, ResidualSmoother smoother, List<PoolAdjacentViolators.Block> levels)
    {
        ReadOnlySpan<double> c = _forecasts.Probabilities;
        ReadOnlySpan<bool> y = _forecasts.Happened;
        int n = c.Length;

        double confidence = 0, logLoss = 0, brier = 0, score = 0, excess = 0, variance = 0;
        double expected = 0, largest = 0, total = 0, cumulative = 0, furthest = 0;
        double massGap = 0, equalMass = 0, reach = 0, pairs = 0, diagonal = 0;
        int filled = 0, group = 0, inGroup = 0;
        (int size, int longer) = Math.DivRem(n, _bins);
        int groupSize = size + (longer > 0 ? 1 : 0);
        long right = 0, happenings = 0;
        for (int bin = 0, i = 0; bin < _bins; bin++)
        {
            double gap = 0;
            long count = 0;
            for (; i < _binEnds[bin]; i++)
            {
                int w = weights[i];
                reach *= _decays[i];
                if (w == 0) continue;
                double e = y[i] ? c[i] - 1 : c[i], we = w * e, lean = 1 - 2 * c[i];
                count += w;
                gap += we;
                if (y[i]) happenings += w;
                if (_right[i]) right += w;
                confidence += w * _confidences[i];
                logLoss += w * _logLosses[i];
                brier += w * _briers[i];
                score += we * e;
                excess -= we * lean;
                variance += w * lean * lean * c[i] * (1 - c[i]);
                cumulative += we;
                furthest = Math.Max(furthest, Math.Abs(cumulative));
                pairs += we * reach;
                diagonal += we * we;
                reach += we;
                for (int left = w; left > 0;)
                {
                    int take = Math.Min(left, groupSize - inGroup);
                    massGap += take * e;
                    inGroup += take;
                    left -= take;
                    if (inGroup < groupSize) continue;
                    equalMass += Math.Abs(massGap);
                    (massGap, inGroup) = (0, 0);
                    groupSize = size + (++group < longer ? 1 : 0);
                }
            }
            if (count == 0) continue;
            filled++;
            expected += Math.Abs(gap);
            largest = Math.Max(largest, Math.Abs(gap) / count);
            total += Math.Abs(gap) / count;
        }

        double z = excess / Math.Sqrt(variance);
        smoother.Weigh(weights);
        double recalibrated = Recalibrated(weights, y, levels), uncertainty = (double)happenings * (n - happenings) / n;
        values[0] = (double)right / n;
        values[1] = confidence / n;
        values[2] = logLoss / n;
        values[3] = brier / n;
        values[4] = expected / n;
        values[5] = largest;
        values[6] = total / filled;
        values[7] = equalMass / n;
        values[8] = SmoothCalibrationError.FixedPoint(smoother, start: expected / n, tolerance: 1e-4).Value;
        values[9] = furthest / n;
        values[10] = Math.Sqrt(Math.Max(0, diagonal + 2 * pairs)) / n;
        values[11] = z;
        values[12] = Normal.TwoSided(z);
        values[13] = RiskCoverageArea(weights);
        values[14] = (score - recalibrated) / n;
        values[15] = (uncertainty - recalibrated) / n;
        values[16] = uncertainty / n;
    }

    double RiskCoverageArea(int[] weights)
    {
        double sum = 0;
        long k = 0, errors = 0;
        foreach (int i in _mostConfidentFirst)
        {
            for (int left = weights[i]; left > 0; left--)
            {
                if (!_right[i]) errors++;
                sum += (double)errors / ++k;
            }
        }
        return sum / weights.Length;
    }

    /// <summary>Σ yes·no/count over the levels of the isotonic fit to the resample. See <see cref="Isotonic"/>.</summary>
    double Recalibrated(int[] weights, ReadOnlySpan<bool> happened, List<PoolAdjacentViolators.Block> levels)
    {
        levels.Clear();
        int i = 0;
        foreach (int end in _tieEnds)
        {
            int start = i;
            long count = 0, yes = 0;
            for (; i < end; i++)
            {
                count += weights[i];
                if (happened[i]) yes += weights[i];
            }
            if (count > 0) PoolAdjacentViolators.Append(levels, new(start, end - start, count, yes));
        }
        double sum = 0;
        foreach (var level in levels) sum += level.Total * (level.Weight - level.Total) / level.Weight;
        return sum;
    }
}
