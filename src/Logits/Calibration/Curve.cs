using System.Collections;

namespace Logits.Calibration;

/// <summary>A map from log-odds to calibrated log-odds: one label's part of a calibrator.</summary>
/// <remarks>0 is even odds, ±∞ certainty. What is certain already (±∞) is left alone by every calibrator and does not reach the curve.</remarks>
public abstract record Curve
{
    /// <summary>The calibrated log-odds of a finite <paramref name="logOdds"/>; −∞ for probability 0, +∞ for 1.</summary>
    public abstract double Map(double logOdds);

    /// <summary>Everything the map depends on, by name.</summary>
    public abstract ParameterSet Parameters { get; }
}

/// <summary>The curves of a calibrator, equal when all of them are.</summary>
public sealed class CurveList : IReadOnlyList<Curve>, IEquatable<CurveList>
{
    readonly Curve[] _curves;

    /// <summary>A copy of <paramref name="curves"/>.</summary>
    public CurveList(params IEnumerable<Curve> curves) => _curves = [.. curves];

    /// <inheritdoc/>
    public int Count => _curves.Length;

    /// <inheritdoc/>
    public Curve this[int index] => _curves[index];

    /// <inheritdoc/>
    public bool Equals(CurveList? other) => other is not null && _curves.AsSpan().SequenceEqual(other._curves);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CurveList);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var curve in _curves) hash.Add(curve);
        return hash.ToHashCode();
    }

    /// <summary>The curves one after the other.</summary>
    public override string ToString() => $"[{string.Join(", ", _curves.Take(4))}{(Count > 4 ? $", … ({Count})" : "")}]";

    /// <inheritdoc/>
    public IEnumerator<Curve> GetEnumerator() => ((IEnumerable<Curve>)_curves).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _curves.GetEnumerator();
}

/// <summary>a s + b.</summary>
/// <param name="Slope">a; +∞ sends every score to certainty, as separated data asks for.</param>
/// <param name="Intercept">b.</param>
public sealed record AffineCurve(double Slope, double Intercept) : Curve
{
    /// <inheritdoc/>
    public override double Map(double logOdds) => (logOdds == 0 ? 0 : Slope * logOdds) + Intercept;

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "slope", Slope }, { "intercept", Intercept } };

    internal static AffineCurve Read(ParameterSet parameters) => new(parameters.Number("slope"), parameters.Number("intercept"));
}

/// <summary>Values at rising scores, joined by straight lines in probability; constant beyond the ends.</summary>
/// <param name="Scores">The knots' log-odds, rising.</param>
/// <param name="Values">The calibrated probability at each.</param>
public sealed record LinearCurve(Numbers Scores, Numbers Values) : Curve
{
    /// <inheritdoc/>
    public override double Map(double logOdds)
    {
        int at = Scores.Span.BinarySearch(logOdds);
        if (at >= 0) return LogOdds.Logit(Values[at]);
        at = ~at;
        if (at == 0) return LogOdds.Logit(Values[0]);
        if (at == Scores.Count) return LogOdds.Logit(Values[Values.Count - 1]);
        double share = LogOdds.Share(logOdds, Scores[at - 1], Scores[at]);
        return LogOdds.Logit(Values[at - 1] + share * (Values[at] - Values[at - 1]));
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "scores", Scores }, { "values", Values } };

    internal static LinearCurve Read(ParameterSet parameters)
    {
        var scores = parameters.List("scores");
        return scores.Count > 0 ? new(scores, parameters.List("values", scores.Count)) : throw new FormatException("\"scores\" is empty; a curve has at least one knot.");
    }

    /// <summary>Drops the knots inside runs of one value: they change nothing.</summary>
    internal static LinearCurve Compressed(ReadOnlySpan<double> scores, ReadOnlySpan<double> values)
    {
        var x = new List<double>();
        var y = new List<double>();
        for (int i = 0; i < scores.Length; i++)
        {
            if (i > 0 && i < scores.Length - 1 && values[i] == values[i - 1] && values[i] == values[i + 1]) continue;
            x.Add(scores[i]);
            y.Add(values[i]);
        }
        return new([.. x], [.. y]);
    }
}

/// <summary>One probability for each interval of scores, (lo, hi].</summary>
/// <param name="Edges">The log-odds between intervals, rising.</param>
/// <param name="Values">The calibrated probability of each interval, one more than edges; NaN leaves the scores of an interval alone.</param>
public sealed record StepCurve(Numbers Edges, Numbers Values) : Curve
{
    /// <inheritdoc/>
    public override double Map(double logOdds)
    {
        int at = Edges.Span.BinarySearch(logOdds);
        double value = Values[at < 0 ? ~at : at];
        return double.IsNaN(value) ? logOdds : LogOdds.Logit(value);
    }

    /// <inheritdoc/>
    public override ParameterSet Parameters => new() { { "edges", Edges }, { "values", Values } };

    internal static StepCurve Read(ParameterSet parameters)
    {
        var edges = parameters.List("edges");
        return new(edges, parameters.List("values", edges.Count + 1));
    }
}
