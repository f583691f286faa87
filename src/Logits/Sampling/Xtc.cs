namespace Logits.Sampling;

/// <summary>Exclude top choices: with some probability, rules out all tokens of at least <paramref name="Threshold"/> except the least likely of them.</summary>
/// <param name="Probability">How often it acts, 0 to 1.</param>
/// <param name="Threshold">The probability of a top choice, above 0, at most 1.</param>
/// <param name="MinKeep">Does nothing when fewer than this many would be left (llama.cpp).</param>
/// <param name="Spare">Does nothing when one of these would go, such as the end of the text or a line (text-generation-webui).</param>
/// <param name="Below">Acts on a draw below the probability alone (text-generation-webui, koboldcpp); without, also on one that equals it (llama.cpp).</param>
/// <remarks>Source: p-e-w, Exclude Top Choices (2024).</remarks>
public sealed record Xtc(double Probability, double Threshold, int MinKeep = 1, TokenList Spare = default, bool Below = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Xtc>("xtc", "Now and then rules out all top choices but the last.",
        [
            Settings.Number<Xtc>("probability", s => s.Probability, "how often it acts", 0, 1),
            Settings.Number<Xtc>("threshold", s => s.Threshold, "the probability of a top choice", 0, 1, 0.1),
            Settings.Integer<Xtc>("min-keep", s => s.MinKeep, "does nothing when fewer would be left", least: 1, byDefault: 1),
            Settings.Tokens<Xtc>("spare", s => s.Spare, "does nothing when one of these would go", ""),
            Settings.Flag<Xtc>("below", s => s.Below, "acts on a draw below the probability, not on one that equals it"),
        ],
        s => new(s.Number("probability"), s.Number("threshold"), s.Integer("min-keep"), s.Tokens("spare"), s.Flag("below")));

    /// <summary>How often it acts.</summary>
    public double Probability { get; } = StableMath.AsWritten(Throw.IfNotFraction(Probability, "xtc"));

    /// <summary>The probability of a top choice.</summary>
    public double Threshold { get; } = StableMath.AsWritten(Throw.IfNotShare(Threshold, "threshold"));

    /// <summary>The least number left.</summary>
    public int MinKeep { get; } = Throw.IfLess(MinKeep, 1, "min-keep");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        if (Probability > 0) Apply(ref candidates, candidates.Uniform());
    }

    /// <summary>The stage under a given uniform draw: it acts when <paramref name="uniform"/> ≤ <see cref="Probability"/>, or is below it.</summary>
    public void Apply(ref Candidates candidates, double uniform)
    {
        if (Below ? uniform >= Probability : uniform > Probability) return;
        // Top choices are at most 1 / threshold many, however large the vocabulary.
        var choices = candidates.Within(candidates.LogMass() + StableMath.Log(Threshold));
        if (choices.Length < 2 || (MinKeep > 1 && candidates.Count - (choices.Length - 1) < MinKeep)) return;
        Selection.Sort(choices);
        choices = choices[..^1];
        foreach (ref readonly var choice in choices)
            if (Spare.Span.Contains(choice.Token)) return;
        candidates.Drop(choices);
    }
}

public ref partial struct Candidates
{
    /// <summary>The candidates that score at least the top plus <paramref name="offset"/>, in scratch memory; valid until the next call.</summary>
    internal readonly Span<Candidate> Within(double offset)
    {
        offset -= StableMath.Tie;
        if (!_listed)
        {
            int found = Gather(BlockMaxima.Largest(Maxima) * _scale + offset);
            return _work.List.AsSpan(0, found);
        }
        double top = double.NegativeInfinity;
        foreach (ref readonly var c in List) top = Math.Max(top, c.Score);
        var within = Workspace.Room(ref _work.Pairs, _count);
        int count = 0;
        foreach (ref readonly var c in List)
            if (c.Score - top >= offset) within[count++] = c;
        return within[..count];
    }

    /// <summary>Drops some of the candidates, given best first.</summary>
    internal void Drop(ReadOnlySpan<Candidate> dropped)
    {
        _filtered = true;
        if (!_listed)
        {
            foreach (ref readonly var c in dropped) Edit(c.Token, float.NegativeInfinity);
            return;
        }
        // All of them stand, in the order of rank, before the last: what is not before it stays.
        var last = dropped[^1];
        int count = 0;
        var list = List;
        for (int i = 0; i < list.Length; i++)
            if (last.Before(list[i])) list[count++] = list[i];
        _count = count;
        _placed = false;
    }
}
