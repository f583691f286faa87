namespace Logits.Sampling;

/// <summary>Favours tokens whose probability is near a target, and moves the target so that what is drawn averages <paramref name="Target"/>.</summary>
/// <param name="Target">t, 0 to 1.</param>
/// <param name="Decay">How much of the past each step keeps, 0 to 0.99.</param>
/// <remarks>
/// With d = |p − t′| / 0.3 the new score is 5 − 10 d² / (1 + d); t′ = clamp(2t − average, 0, 1). The average of the probabilities drawn
/// starts at t. It replaces the scores, so it belongs at the end of a chain. As llama.cpp's adaptive-p.
/// </remarks>
public sealed record AdaptiveP(double Target, double Decay = 0.9) : IStatefulSampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<AdaptiveP>("adaptive-p", "Favours tokens whose probability is near a moving target.",
        [
            Settings.Number<AdaptiveP>("target", s => s.Target, "the average probability to draw", 0, 1),
            Settings.Number<AdaptiveP>("decay", s => s.Decay, "how much of the past a step keeps", 0, 0.99, 0.9),
        ],
        s => new(s.Number("target"), s.Number("decay")));

    /// <summary>t.</summary>
    public double Target { get; } = StableMath.AsWritten(Throw.IfNotFraction(Target, "adaptive-p"));

    /// <summary>The decay.</summary>
    public double Decay { get; } = Decay is >= 0 and <= 0.99 ? StableMath.AsWritten(Decay) : throw new ArgumentOutOfRangeException("decay", Decay, $"decay is {Decay}; it is at least 0 and at most 0.99.");

    /// <inheritdoc/>
    public SamplerState Start() => Start(Target / (1 - Decay), 1 / (1 - Decay));

    internal AdaptivePState Start(double weightedSum, double totalWeight) => new(Target, Decay, weightedSum, totalWeight);
}

/// <summary>The running average of the probabilities drawn, as a weighted sum and its weight.</summary>
sealed class AdaptivePState(double target, double decay, double weightedSum, double totalWeight) : SamplerState
{
    const double Width = 0.3, Peak = 5, Sharpness = 10;

    // What the candidates' probabilities were before this stage replaced their scores; made anew for each token.
    Candidate[] _before = [];
    int _count;

    public double WeightedSum { get; private set; } = weightedSum;
    public double TotalWeight { get; private set; } = totalWeight;
    public double Adapted => TotalWeight == 0 ? target : Math.Clamp(2 * target - WeightedSum / TotalWeight, 0, 1);

    public override void Apply(ref Candidates candidates, in History history)
    {
        var p = candidates.Probabilities();
        var list = candidates.List;
        if (_before.Length < list.Length) _before = new Candidate[list.Length];
        _count = list.Length;
        double adapted = Adapted;
        for (int i = 0; i < list.Length; i++)
        {
            _before[i] = new(list[i].Token, p[i]);
            double d = Math.Abs(p[i] - adapted) / Width;
            list[i] = new(list[i].Token, Peak - Sharpness * d * d / (1 + d));
        }
        candidates.Unrank();
    }

    public override void Accept(int token, ref Candidates from, in History history)
    {
        if (from.Vocabulary == 0) return;
        foreach (var candidate in _before.AsSpan(0, _count))
        {
            if (candidate.Token != token) continue;
            WeightedSum = candidate.Score + decay * WeightedSum;
            TotalWeight = 1 + decay * TotalWeight;
            return;
        }
    }

    public override SamplerState Clone() => new AdaptivePState(target, decay, WeightedSum, TotalWeight);
    public override double[] Save() => [WeightedSum, TotalWeight];
    public override void Restore(ReadOnlySpan<double> saved, in History history) => (WeightedSum, TotalWeight) = (saved[0], saved[1]);
}
