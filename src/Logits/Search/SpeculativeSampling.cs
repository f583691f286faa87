using System.Collections.Immutable;

namespace Logits.Search;

/// <summary>Decides how many drafted tokens the target model keeps, so that what is emitted is distributed exactly as the target alone would draw.</summary>
/// <remarks>
/// A drafted token x is accepted with probability min(1, p(x)/q(x)); at the first rejection the next token is drawn from the residual max(p − q, 0), normalised.
/// Sources: Leviathan, Kalman, Matias, Fast Inference from Transformers via Speculative Decoding (2023), arXiv 2211.17192; Chen et al. (2023), arXiv 2302.01318.
/// </remarks>
public static class SpeculativeSampling
{
    /// <summary>Verifies a chain of drafted tokens.</summary>
    /// <param name="draft">n drafted tokens.</param>
    /// <param name="draftProbabilities">n rows: the distribution each drafted token was drawn from. A one-hot row says that the draft was certain (a lookup).</param>
    /// <param name="targetProbabilities">n + 1 rows: the target's distribution at each drafted place, and after the last.</param>
    /// <param name="uniforms">n numbers between 0 and 1.</param>
    /// <param name="next">The distribution the next token is to be drawn from: k probabilities, written.</param>
    /// <param name="acceptImpossibleDrafts">
    /// What to do with a drafted token to which its own draft gave probability 0, which a consistent draft never yields: reject it (as vLLM does, the default), or accept it (as onnxruntime-genai).
    /// </param>
    /// <returns>How many drafted tokens are accepted, 0 to n.</returns>
    /// <exception cref="ArgumentException">Lengths disagree or a token is outside the vocabulary.</exception>
    public static int Verify(ReadOnlySpan<int> draft, Probabilities<double> draftProbabilities, Probabilities<double> targetProbabilities, ReadOnlySpan<double> uniforms, Span<double> next, bool acceptImpossibleDrafts = false)
    {
        int classes = targetProbabilities.Classes;
        if (targetProbabilities.Rows != draft.Length + 1)
            throw new ArgumentException($"targetProbabilities has {targetProbabilities.Rows} rows; {draft.Length} drafted tokens need {draft.Length + 1}, one more for the token after them.", nameof(targetProbabilities));
        if (draft.Length > 0 && (draftProbabilities.Rows != draft.Length || draftProbabilities.Classes != classes))
            throw new ArgumentException($"draftProbabilities is {draftProbabilities.Rows} × {draftProbabilities.Classes}; {draft.Length} drafted tokens of {classes} classes need {draft.Length} × {classes}.", nameof(draftProbabilities));
        if (uniforms.Length < draft.Length)
            throw new ArgumentException($"uniforms holds {uniforms.Length} numbers; {draft.Length} drafted tokens need one each.", nameof(uniforms));
        Throw.IfTooShort(next.Length, 1, classes, nameof(next));

        for (int i = 0; i < draft.Length; i++)
        {
            if ((uint)draft[i] >= (uint)classes)
                throw new ArgumentException($"draft[{i}] is {draft[i]}; the vocabulary has tokens 0 to {classes - 1}.", nameof(draft));
            double p = targetProbabilities[i][draft[i]], q = draftProbabilities[i][draft[i]];
            // u·q ≤ p is u ≤ p/q without the division; q = 0 would accept 0 ≤ 0.
            if (q == 0 ? acceptImpossibleDrafts : uniforms[i] * q <= p && p > 0) continue;
            Residual(targetProbabilities[i], draftProbabilities[i], next);
            return i;
        }
        targetProbabilities[draft.Length].CopyTo(next);
        return draft.Length;
    }

    /// <summary>max(p − q, 0), normalised; p itself where q covers it all (which rounding alone can bring about).</summary>
    /// <param name="target">p.</param>
    /// <param name="draft">q.</param>
    /// <param name="destination">k probabilities; may be the target's own memory.</param>
    public static void Residual(ReadOnlySpan<double> target, ReadOnlySpan<double> draft, Span<double> destination)
    {
        double total = 0;
        for (int i = 0; i < target.Length; i++) total += Math.Max(target[i] - draft[i], 0);
        for (int i = 0; i < target.Length; i++)
            destination[i] = total > 0 ? Math.Max(target[i] - draft[i], 0) / total : target[i];
    }

    /// <summary>Greedy verification: drafted tokens are kept while they are the target's own choice, then its choice follows.</summary>
    /// <param name="draft">n drafted tokens.</param>
    /// <param name="targetChoices">n + 1 tokens: the target's argmax at each place.</param>
    /// <returns>The tokens to emit, 1 to n + 1.</returns>
    /// <exception cref="ArgumentException">The lengths disagree.</exception>
    public static ImmutableArray<int> VerifyGreedily(ReadOnlySpan<int> draft, ReadOnlySpan<int> targetChoices)
    {
        if (targetChoices.Length != draft.Length + 1)
            throw new ArgumentException($"targetChoices holds {targetChoices.Length} tokens; {draft.Length} drafted tokens need {draft.Length + 1}.", nameof(targetChoices));
        int kept = draft.CommonPrefixLength(targetChoices);
        return [.. targetChoices[..(kept + 1)]];
    }
}
