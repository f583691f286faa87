namespace Logits.Cli;

/// <summary>The request cannot be done as written: the user sees the message as one line and exit code 2.</summary>
sealed class RequestException(string message, Exception? inner = null) : Exception(message, inner);
