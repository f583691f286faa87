namespace Logits.Sampling;

/// <summary>The tokens so far, oldest first: the prompt, then what was generated. A view; it lives for a call.</summary>
public readonly ref struct History
{
    /// <summary>A history of <paramref name="tokens"/>, the first <paramref name="promptLength"/> of them the prompt.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The prompt is longer than the history, or its length is negative.</exception>
    public History(ReadOnlySpan<int> tokens, int promptLength = 0)
    {
        if ((uint)promptLength > (uint)tokens.Length)
            throw new ArgumentOutOfRangeException(nameof(promptLength), promptLength, $"promptLength is {promptLength}; the history holds {tokens.Length} tokens.");
        Tokens = tokens;
        PromptLength = promptLength;
    }

    /// <summary>Every token, prompt first.</summary>
    public ReadOnlySpan<int> Tokens { get; }

    /// <summary>How many of them are the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>The number of tokens.</summary>
    public int Length => Tokens.Length;

    /// <summary>The prompt alone.</summary>
    public ReadOnlySpan<int> Prompt => Tokens[..PromptLength];

    /// <summary>The generated tokens alone.</summary>
    public ReadOnlySpan<int> Generated => Tokens[PromptLength..];

    /// <summary>The newest <paramref name="count"/> tokens, or all when there are fewer; a negative count means all.</summary>
    public ReadOnlySpan<int> Last(int count) => count < 0 || count >= Length ? Tokens : Tokens[^count..];
}
