namespace Logits.Sampling;

/// <summary>A repetition penalty that is weaker on the older half of its window: r near, 1 + (r − 1)·slope far.</summary>
/// <param name="Penalty">r, above 0.</param>
/// <param name="Range">The window, in tokens; −1 for all.</param>
/// <param name="Slope">How much of the penalty the older half gets, at least 0.</param>
/// <param name="Presence">Also subtracted, once, from the score of each token of the window.</param>
/// <remarks>As koboldcpp's rep_pen with rep_pen_slope; a token of both halves gets the nearer one's penalty.</remarks>
public sealed record RepetitionSlope(double Penalty, int Range = -1, double Slope = 1, double Presence = 0) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<RepetitionSlope>("repetition-slope", "A repetition penalty that is weaker further back.",
        [
            Settings.Number<RepetitionSlope>("penalty", s => s.Penalty, "on the newer half", least: 0),
            Settings.Integer<RepetitionSlope>("range", s => s.Range, "how many tokens back; -1 for all", least: -1, byDefault: -1),
            Settings.Number<RepetitionSlope>("slope", s => s.Slope, "the share for the older half", least: 0, byDefault: 1),
            Settings.Number<RepetitionSlope>("presence", s => s.Presence, "also subtracted once", byDefault: 0),
        ],
        s => new(s.Number("penalty"), s.Integer("range"), s.Number("slope"), s.Number("presence")));

    /// <summary>r.</summary>
    public double Penalty { get; } = StableMath.AsWritten(Throw.IfNotPositive(Penalty, "repetition-slope"));

    /// <summary>The window.</summary>
    public int Range { get; } = Throw.IfLess(Range, -1, "range");

    /// <summary>The share of the older half.</summary>
    public double Slope { get; } = StableMath.AsWritten(Throw.IfNegative(Slope, "slope"));

    /// <summary>What is subtracted once.</summary>
    public double Presence { get; } = StableMath.AsWritten(Throw.IfNotFinite(Presence, "presence"));

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        var window = history.Last(Range);
        var counts = candidates.Occurrences(window);
        double far = 1 + (Penalty - 1) * Slope;
        for (int i = window.Length - 1; i >= 0; i--)
        {
            int token = window[i];
            if (counts[token] == 0) continue;
            counts[token] = 0;
            if ((i >= window.Length / 2 ? Penalty : far) is > 0 and not 1 and var penalty) RepetitionPenalty.Penalize(ref candidates, token, penalty);
            if (Presence != 0) candidates.Add(token, -Presence);
        }
    }
}
