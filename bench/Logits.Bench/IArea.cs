namespace Logits.Bench;

/// <summary>A group of figures, run by <c>bench/run AREA</c>.</summary>
interface IArea
{
    /// <summary>numerics, calibration, decoding, runtime, regression or server.</summary>
    string Name { get; }

    void Run();
}
