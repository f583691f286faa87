using System.Collections;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Logits.Calibration;

/// <summary>Calibrators one after the other, each taking what the one before gives: <c>CalibratorChain chain = [vector, temperature];</c></summary>
[CollectionBuilder(typeof(CalibratorChain), nameof(Create))]
public sealed class CalibratorChain : ICalibrator, IReadOnlyList<ICalibrator>, IEquatable<CalibratorChain>
{
    readonly ICalibrator[] _steps;

    CalibratorChain(ICalibrator[] steps, FitFacts? facts) => (_steps, Facts) = (steps, facts);

    /// <summary>A chain of <paramref name="steps"/> in the order they run.</summary>
    /// <exception cref="ArgumentException">Two steps were fitted on different numbers of classes.</exception>
    public static CalibratorChain Create(ReadOnlySpan<ICalibrator> steps) => From(steps.ToArray(), null);

    internal static CalibratorChain From(ICalibrator[] steps, FitFacts? facts)
    {
        int classes = 0;
        foreach (var step in steps)
        {
            if (classes > 0 && step.Classes > 0 && step.Classes != classes)
                throw new ArgumentException($"the {step.Method} calibrator was fitted on {step.Classes} classes; an earlier step of the chain on {classes}.", nameof(steps));
            if (step.Classes > 0) classes = step.Classes;
        }
        return new(steps, facts);
    }

    /// <summary>Fits each method to what the ones before it leave.</summary>
    /// <param name="logits">n ≥ 1 rows.</param>
    /// <param name="labels">n class indices.</param>
    /// <param name="methods">Entries of <see cref="Calibrators.All"/>, in the order they run.</param>
    /// <exception cref="ArgumentException">What the methods say about data they cannot learn from; after a method that assigns probability 0 to a label nothing can follow.</exception>
    public static CalibratorChain Fit<T>(Logits<T> logits, ReadOnlySpan<int> labels, params ReadOnlySpan<CalibrationMethod> methods) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var data = HeldOut.From(logits, labels);
        var now = data;
        var steps = new List<ICalibrator>();
        bool converged = true;
        int iterations = 0;
        foreach (var method in methods)
        {
            var step = method.Learn(now, null);
            steps.Add(step);
            converged &= step.Facts!.Converged;
            iterations += step.Facts.Iterations;
            now = HeldOut.From(step.Apply(now.Logits), data.Labels);
        }
        var chain = From([.. steps], null);
        return From([.. steps], data.Judge(chain, converged, iterations));
    }

    /// <inheritdoc/>
    public string Method => "chain";

    /// <inheritdoc/>
    public int Classes => _steps.Length == 0 ? 0 : _steps.Max(step => step.Classes);

    /// <inheritdoc/>
    public bool PreservesArgMax => Array.TrueForAll(_steps, step => step.PreservesArgMax);

    /// <inheritdoc/>
    public FitFacts? Facts { get; }

    /// <inheritdoc/>
    public ParameterSet Parameters => new()
    {
        { "steps", [.. _steps.Select(step => new ParameterSet { { "method", step.Method }, { "classes", step.Classes }, { "parameters", [step.Parameters] } })] },
    };

    internal static CalibratorChain Read(ParameterSet parameters, int classes, FitFacts? facts)
    {
        var steps = parameters.Children("steps").Select(step => Calibrators.Read(step.Word("method"), step.Children("parameters") is [var inner] ? inner
            : throw new FormatException("\"parameters\" of a chain's step is a list of one object."), step.Whole("classes", 0), null)).ToArray();
        var chain = From(steps, facts);
        return chain.Classes == classes ? chain : throw new FormatException($"\"classes\" is {classes}; the steps are for {chain.Classes}.");
    }

    /// <inheritdoc/>
    public Logits<T> Apply<T>(Logits<T> logits, Span<T> destination) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        destination = Throw.IfNotReady(this, logits, destination);
        logits.Values.CopyTo(destination);
        var now = new Logits<T>(destination, logits.Classes);
        foreach (var step in _steps) now = step.Apply(now, destination);
        return now;
    }

    /// <inheritdoc/>
    public int Count => _steps.Length;

    /// <inheritdoc/>
    public ICalibrator this[int index] => _steps[index];

    /// <inheritdoc/>
    public bool Equals(CalibratorChain? other) => other is not null && _steps.AsSpan().SequenceEqual(other._steps);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CalibratorChain);

    /// <inheritdoc/>
    public override int GetHashCode() => _steps.Aggregate(17, (hash, step) => HashCode.Combine(hash, step));

    /// <inheritdoc/>
    public override string ToString() => string.Join(" → ", _steps.Select(step => step.Method));

    /// <inheritdoc/>
    public IEnumerator<ICalibrator> GetEnumerator() => ((IEnumerable<ICalibrator>)_steps).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _steps.GetEnumerator();
}
