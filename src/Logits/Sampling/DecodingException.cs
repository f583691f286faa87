namespace Logits.Sampling;

/// <summary>Why a step of decoding has no answer.</summary>
public enum DecodingError
{
    /// <summary>Nothing went wrong.</summary>
    None,

    /// <summary>A setting or an input is outside what is allowed.</summary>
    InvalidArgument,

    /// <summary>Every token is ruled out.</summary>
    NoCandidates,

    /// <summary>A score is NaN or +∞.</summary>
    NonFinite,
}

/// <summary>A step of decoding that has no answer, with its cause.</summary>
/// <remarks>The decoder is as it was before the call. Settings out of range are an <see cref="ArgumentOutOfRangeException"/> when they are made.</remarks>
public sealed class DecodingException : InvalidOperationException
{
    /// <summary>An error with its cause and a message that names the place.</summary>
    public DecodingException(DecodingError error, string message) : base(message) => Error = error;

    /// <summary>The cause, to branch on.</summary>
    public DecodingError Error { get; }
}
