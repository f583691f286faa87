namespace Logits.Sampling;

/// <summary>A temperature between T − Δ and T + Δ that grows with the entropy: T′ = lo + (hi − lo) · (H / H_max)^exponent.</summary>
/// <param name="Value">T, at least 0.</param>
/// <param name="Delta">Δ, at least 0; lo = max(0, T − Δ), hi = T + Δ. At 0 this is <see cref="Temperature"/>.</param>
/// <param name="Exponent">Above 0.</param>
/// <param name="CountMasked">H_max = ln of the number of entries that no filter dropped, those at −∞ included (llama.cpp); without, of the candidates.</param>
public sealed record DynamicTemperature(double Value, double Delta, double Exponent = 1, bool CountMasked = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<DynamicTemperature>("dynamic-temperature", "A temperature that grows with the entropy of the candidates.",
        [
            Settings.Number<DynamicTemperature>("temperature", s => s.Value, "the middle of the range", least: 0),
            Settings.Number<DynamicTemperature>("delta", s => s.Delta, "half the range", least: 0),
            Settings.Number<DynamicTemperature>("exponent", s => s.Exponent, "bends the growth", least: 0, byDefault: 1),
            Settings.Flag<DynamicTemperature>("count-masked", s => s.CountMasked, "measure against all entries, ruled out or not"),
        ],
        s => new(s.Number("temperature"), s.Number("delta"), s.Number("exponent"), s.Flag("count-masked")));

    /// <summary>T.</summary>
    public double Value { get; } = StableMath.AsWritten(Throw.IfNotDecodingTemperature(Value, "dynamic-temperature"));

    /// <summary>Δ.</summary>
    public double Delta { get; } = StableMath.AsWritten(Throw.IfNegative(Delta, "delta"));

    /// <summary>The exponent.</summary>
    public double Exponent { get; } = StableMath.AsWritten(Throw.IfNotPositive(Exponent, "exponent"));

    /// <summary>The temperature that these candidates get.</summary>
    public double Effective(ref Candidates candidates)
    {
        int entries = CountMasked && !candidates.IsFiltered ? candidates.Vocabulary : candidates.Count;
        if (Delta == 0 || entries < 2) return Value;
        double low = Math.Max(0, Value - Delta), high = Value + Delta;
        double share = Math.Min(candidates.Entropy() / StableMath.Log(entries), 1);
        return low + (high - low) * (share == 0 ? 0 : StableMath.Exp(Exponent * StableMath.Log(share)));
    }

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        double temperature = Effective(ref candidates);
        if (temperature > 0) candidates.Divide(temperature);
        else candidates.KeepTop(1);
    }
}
