namespace Logits.Search;

/// <summary>How a sum of log-probabilities becomes a score that long and short sequences are compared by.</summary>
/// <param name="Exponent">α: 0 ranks by the raw sum, above 0 favours longer sequences.</param>
/// <param name="Convention">Whose definition of length.</param>
public readonly record struct LengthPenalty(double Exponent, LengthConvention Convention = LengthConvention.Generated)
{
    /// <summary>Sums as they are.</summary>
    public static LengthPenalty None => new(0);

    /// <summary>The score of a sequence.</summary>
    /// <param name="logProbability">Σ log p of the generated tokens.</param>
    /// <param name="promptLength">Tokens before the first generated one.</param>
    /// <param name="generatedLength">Generated tokens, the end token included.</param>
    /// <returns>
    /// Generated: Σ / lengthᵅ (transformers). Gnmt: Σ / ((5 + length) / 6)ᵅ (Wu et al. 2016, arXiv 1609.08144, eq. 14).
    /// WholeSequence: Σ / (prompt + length − 1)ᵅ, the end token not counted (onnxruntime-genai).
    /// </returns>
    public double Score(double logProbability, int promptLength, int generatedLength) => logProbability / Math.Pow(Convention switch
    {
        LengthConvention.Gnmt => (5 + generatedLength) / 6.0,
        LengthConvention.WholeSequence => Math.Max(1, promptLength + generatedLength - 1),
        _ => Math.Max(1, generatedLength),
    }, Exponent);
}

/// <summary>What counts as the length of a sequence.</summary>
public enum LengthConvention
{
    /// <summary>The generated tokens, the end token included (transformers).</summary>
    Generated,

    /// <summary>(5 + generated) / 6 (Google's translation system).</summary>
    Gnmt,

    /// <summary>Prompt and generated tokens without the end token (onnxruntime-genai).</summary>
    WholeSequence,
}

/// <summary>When a beam search with enough finished sequences stops.</summary>
public enum EarlyStopping
{
    /// <summary>When the best live beam, judged at its present length, is no better than the worst finished one (transformers' False).</summary>
    Heuristic,

    /// <summary>As soon as as many sequences are finished as there are beams (True).</summary>
    WhenFull,

    /// <summary>When no live beam can still become better, judged at the length that would favour it most (“never”).</summary>
    Never,
}
