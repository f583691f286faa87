namespace Logits.Sampling;

/// <summary>Divides scores by <paramref name="Value"/>: below 1 sharpens, above 1 flattens; 0 is the limit, the best token alone.</summary>
/// <param name="Value">T, at least 0 and finite. At 0 the best token stays with its score, of several the lowest id.</param>
public sealed record Temperature(double Value) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Temperature>("temperature", "Divides scores by a temperature; 0 takes the likeliest token.",
        [Settings.Number<Temperature>("temperature", s => s.Value, "T in softmax(z / T)", least: 0)], s => new(s.Number("temperature")));

    /// <summary>T.</summary>
    public double Value { get; } = StableMath.AsWritten(Throw.IfNotDecodingTemperature(Value, "temperature"));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Value == 0) candidates.KeepTop(1);
        else if (Value != 1) candidates.Divide(Value);
    }
}
