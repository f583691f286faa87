namespace Logits.Sampling;

/// <summary>One stage of a chain: it edits the candidates for the next token. Immutable and shareable.</summary>
/// <remarks>
/// A stage must give equal results for equal arguments; what it needs to remember from token to token lives in the
/// <see cref="SamplerState"/> of an <see cref="IStatefulSampler"/>, and its randomness comes from <see cref="Candidates.Uniform"/>.
/// </remarks>
public interface ISampler
{
    /// <summary>Removes or rescores candidates. It runs once for each token, on the candidates that the stages before it left.</summary>
    /// <param name="candidates">What is left of the vocabulary.</param>
    /// <param name="history">The tokens so far.</param>
    void Apply(ref Candidates candidates, in History history);
}

/// <summary>A stage that remembers something from token to token.</summary>
public interface IStatefulSampler : ISampler
{
    /// <summary>What a new sequence begins with.</summary>
    SamplerState Start();

    /// <summary>Applies the stage as at the first token of a sequence.</summary>
    void ISampler.Apply(ref Candidates candidates, in History history) => Start().Apply(ref candidates, history);
}

/// <summary>A last stage that picks the token by a rule of its own. Without one, a chain draws by <see cref="Race"/>.</summary>
public interface ISelector : ISampler
{
    /// <summary>The token, one of the candidates.</summary>
    int Select(ref Candidates candidates);

    /// <summary>Removes nothing: a selector only picks.</summary>
    void ISampler.Apply(ref Candidates candidates, in History history) { }
}

/// <summary>What one stage remembers within one sequence. Held, cloned and saved by the <see cref="Decoder"/>.</summary>
public abstract class SamplerState
{
    /// <summary>Edits the candidates. What must survive a failed call changes only in <see cref="Accept"/>.</summary>
    public abstract void Apply(ref Candidates candidates, in History history);

    /// <summary>Takes note of the token the sequence goes on with.</summary>
    /// <param name="token">The token, already the last of the history.</param>
    /// <param name="from">The candidates it was drawn from, after the whole chain; empty when the token came from elsewhere (prompt, forced, speculated).</param>
    /// <param name="history">The tokens so far, with this one.</param>
    public virtual void Accept(int token, ref Candidates from, in History history) { }

    /// <summary>An independent copy.</summary>
    public abstract SamplerState Clone();

    /// <summary>The numbers that cannot be worked out from the history again.</summary>
    public virtual double[] Save() => [];

    /// <summary>Takes back what <see cref="Save"/> gave; what depends on the history alone is worked out from it.</summary>
    public virtual void Restore(ReadOnlySpan<double> saved, in History history) { }
}
