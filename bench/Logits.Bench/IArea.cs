namespace Logits.Bench;

/// <summary>A group of figures, run by <c>bench/run AREA</c>.</summary>
interface IArea
{
    /// <summary>numerics, cold, calibration, decoding, regression or files.</summary>
    string Name { get; }

    void Run();
}
