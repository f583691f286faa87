namespace Logits.Sampling;

/// <summary>Settings that cannot all be met, found before the first token.</summary>
/// <remarks>
/// Each check is of stages that are fine alone. What depends on the model or on the text so far is found at the step where it happens, as
/// <see cref="DecodingError.NoCandidates"/> with the name of the stage.
/// </remarks>
static class Contradictions
{
    /// <summary>What can be told from the stages alone.</summary>
    public static void Check(ReadOnlySpan<ISampler> stages)
    {
        for (int i = 0; i < stages.Length; i++)
        {
            switch (stages[i])
            {
                case ISelector when i != stages.Length - 1:
                    throw Refused($"{Name(stages[i])} is stage {i + 1} of {stages.Length}; it picks the token, so it stands last.");
                case RemoveInfNan when i != 0:
                    throw Refused($"{Name(stages[i])} is stage {i + 1}; it repairs the model's scores, so it stands first.");
                case ForcedEos forced:
                    foreach (var other in stages)
                        if (other is MinLength least && least.Length > forced.MaxLength)
                            throw Refused($"min-length is {least.Length}, but forced-eos ends the text at {forced.MaxLength} tokens; a least length is at most that. Lower it, or raise max-length.");
                    Left(stages, i, forced.Eos.Span);
                    break;
                case ForcedBos forced: Left(stages, i, [forced.Token]); break;
                case ReasoningBudget forced:
                    foreach (int token in forced.Forced.Span) Left(stages, i, [token]);
                    break;
                case AllowedTokens { Tokens.Count: > 0 } allowed: Left(stages, i, allowed.Tokens.Span); break;
            }
        }
        CheckLengths(stages, prompt: 0);
    }

    /// <summary>What the prompt's length adds: the generated tokens that are asked for must fit before the forced end, itself one of them.</summary>
    public static void CheckLengths(ReadOnlySpan<ISampler> stages, int prompt)
    {
        int most = int.MaxValue;
        foreach (var stage in stages)
            if (stage is ForcedEos forced && forced.MaxLength > prompt) most = Math.Min(most, forced.MaxLength);
        foreach (var stage in stages)
            if (stage is MinNewTokens least && least.Count > most - prompt)
                throw Refused($"min-new-tokens is {least.Count}, but forced-eos ends the text at {most} tokens{(prompt > 0 ? $", {prompt} of them the prompt" : "")}; at most {most - prompt} can be generated. Lower it, or raise max-length.");
    }

    /// <summary>Of tokens that a stage leaves alone, a later stage must not rule out every one.</summary>
    static void Left(ReadOnlySpan<ISampler> stages, int at, ReadOnlySpan<int> tokens)
    {
        for (int i = at + 1; i < stages.Length; i++)
        {
            bool all = true;
            foreach (int token in tokens) all &= RulesOut(stages[i], token) || (stages[at] is ForcedBos && stages[i] is SuppressAtBegin { BeginIndex: 1 } begin && begin.Tokens.Span.Contains(token));
            if (all) throw Refused($"stage {at + 1} ({Name(stages[at])}) leaves {(tokens.Length == 1 ? "token" : "tokens")} {string.Join(' ', tokens.ToArray())} alone, and stage {i + 1} ({Name(stages[i])}) rules that out; every token would be ruled out. Take one of the two away{(stages[at] is AllowedTokens ? "" : $", or put stage {at + 1} after stage {i + 1}")}.");
        }
    }

    /// <summary>Whether a stage rules a token out whatever the text.</summary>
    static bool RulesOut(ISampler stage, int token) => stage switch
    {
        Suppress suppress => suppress.Tokens.Span.Contains(token),
        AllowedTokens allowed => !allowed.Tokens.Span.Contains(token),
        LogitBias bias => bias.Biases.Any(b => b.Bias == double.NegativeInfinity && b.Sequence.Span[0] == token),
        BadWords words => !words.Eos.Span.Contains(token) && words.Words.Any(word => word.Count == 1 && word.Span[0] == token),
        _ => false,
    };

    static string Name(ISampler stage) => Samplers.Describe(stage);

    static ArgumentException Refused(string message) => new(message, "stages");
}
