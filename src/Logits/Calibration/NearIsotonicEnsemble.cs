using System.Numerics;

namespace Logits.Calibration;

/// <summary>Ensemble of near-isotonic regressions (ENIR): curves on the whole path from "follow every row" to "never fall", each counting by its BIC.</summary>
/// <param name="Curves">The averaged curve of each label, knots joined by straight lines; see <see cref="CurveCalibrator"/>.</param>
/// <param name="Facts">What the fit reached; null when written down by hand.</param>
/// <remarks>
/// A near-isotonic fit minimises squares + λ Σ (fall between neighbours); its path in λ is piecewise linear with a merge of neighbours at each corner, so all fits
/// come from one sweep of merges. A fit with g groups weighs exp(−BIC/2), BIC = −2 log likelihood + g log n.
/// Source: Naeini, Cooper, Binary Classifier Calibration Using an Ensemble of Near Isotonic Regression Models (2016); Tibshirani, Hoefling, Tibshirani,
/// Nearly-Isotonic Regression (2011).
/// </remarks>
public sealed record NearIsotonicEnsemble(CurveList Curves, FitFacts? Facts = null) : CurveCalibrator(Curves, Facts)
{
    /// <inheritdoc/>
    public override string Method => "enir";

    /// <summary>The averaged curves.</summary>
    /// <inheritdoc cref="TemperatureScaling.Fit"/>
    public static NearIsotonicEnsemble Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T> => Fit(HeldOut.From(logits, labels));

    /// <summary>The averaged curves of each yes/no label.</summary>
    /// <param name="logits">n rows of scores.</param>
    /// <param name="labels">rows × labels answers, 1 for yes and 0 for no.</param>
    public static NearIsotonicEnsemble Fit<T>(BinaryLogits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var samples = CurveSample.From(logits, labels);
        var curves = Learn(samples, Learn);
        return new(curves, Judge(samples, curves));
    }

    internal static NearIsotonicEnsemble Fit(HeldOut data)
    {
        var fitted = new NearIsotonicEnsemble(Learn(CurveSample.From(data), Learn));
        return fitted with { Facts = data.Judge(fitted) };
    }

    internal static NearIsotonicEnsemble Read(ParameterSet parameters, int classes, FitFacts? facts) => new(ReadCurves(parameters, classes, LinearCurve.Read), facts);

    static Curve Learn(CurveSample sample)
    {
        if (sample.Rows == 0) return new AffineCurve(1, 0);
        var ties = sample.Sorted;

        // Two walks along the path: the first finds the best BIC, the second averages those that count beside it.
        double best = double.PositiveInfinity;
        new Path(ties).Walk(path => best = Math.Min(best, path.Bic(sample.Rows)));
        double total = 0;
        var mean = new double[ties.Scores.Length];
        new Path(ties).Walk(path =>
        {
            double weight = LogMath.Exp((best - path.Bic(sample.Rows)) / 2);
            if (weight < 1e-12) return;
            total += weight;
            path.AddTo(mean, weight);
        });
        foreach (ref double value in mean.AsSpan()) value = Math.Clamp(value / total, 0, 1);
        return LinearCurve.Compressed(ties.Scores, mean);
    }

    /// <summary>The groups of the near-isotonic path at one λ.</summary>
    sealed class Path
    {
        readonly int[] _end;
        readonly double[] _value, _rows, _yes, _speed;
        int _groups;

        public Path(CurveSample.Ties ties)
        {
            _groups = ties.Scores.Length;
            _end = [.. Enumerable.Range(1, _groups)];
            _rows = [.. ties.Rows];
            _yes = [.. ties.Yes];
            _value = [.. ties.Yes.Zip(ties.Rows, (yes, rows) => yes / rows)];
            _speed = new double[_groups];
        }

        /// <summary>From λ = 0 to the isotonic fit, stopping at every merge.</summary>
        public void Walk(Action<Path> at)
        {
            Merge(0);
            for (; ; )
            {
                at(this);
                // A group rises by 1/rows for a higher left neighbour and falls by 1/rows for a lower right one, per unit of λ.
                for (int g = 0; g < _groups; g++)
                {
                    int up = g > 0 && _value[g - 1] > _value[g] ? 1 : 0, down = g + 1 < _groups && _value[g] > _value[g + 1] ? 1 : 0;
                    _speed[g] = (up - down) / _rows[g];
                }
                double next = double.PositiveInfinity;
                for (int g = 0; g + 1 < _groups; g++)
                    next = Math.Min(next, TimeToMeet(g));
                if (!double.IsFinite(next)) return;
                Merge(next);
            }
        }

        double TimeToMeet(int g)
        {
            double closing = _speed[g] - _speed[g + 1], gap = _value[g + 1] - _value[g];
            double time = gap / closing;
            return closing != 0 && time > 0 ? time : double.PositiveInfinity;
        }

        /// <summary>Moves on by a piece of λ and joins all neighbours that meet there.</summary>
        void Merge(double time)
        {
            int count = 0;
            bool joins = false;
            for (int g = 0; g < _groups; g++)
            {
                bool meetsNext = g + 1 < _groups && (_value[g] == _value[g + 1] || time > 0 && TimeToMeet(g) <= time * (1 + 1e-12));
                double moved = _value[g] + time * _speed[g];
                int end = _end[g];
                double rows = _rows[g], yes = _yes[g];
                if (joins)
                {
                    int into = count - 1;
                    (_end[into], _rows[into], _yes[into]) = (end, _rows[into] + rows, _yes[into] + yes);
                }
                else
                {
                    (_end[count], _value[count], _rows[count], _yes[count]) = (end, moved, rows, yes);
                    count++;
                }
                joins = meetsNext;
            }
            _groups = count;
        }

        public double Bic(int rows)
        {
            double likelihood = 0;
            for (int g = 0; g < _groups; g++)
            {
                double p = Math.Clamp(_value[g], 0, 1), no = _rows[g] - _yes[g];
                if (_yes[g] > 0) likelihood += _yes[g] * LogMath.Log(p);
                if (no > 0) likelihood += no * LogMath.Log(1 - p);
            }
            return -2 * likelihood + _groups * LogMath.Log(rows);
        }

        public void AddTo(Span<double> mean, double weight)
        {
            for (int g = 0, start = 0; g < _groups; start = _end[g++])
                for (int i = start; i < _end[g]; i++) mean[i] += weight * _value[g];
        }
    }
}
