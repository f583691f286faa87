using Logits.Losses.Arithmetic;

namespace Logits.Losses;

/// <summary>One row as a loss sees it: widened to the arithmetic it is computed in.</summary>
internal ref struct Example<A> where A : struct, IReal<A>
{
    /// <summary>The row's index in the batch.</summary>
    public int Row;

    /// <summary>The scores: k of them.</summary>
    public Span<A> Scores;

    /// <summary>The class index, for losses that have one.</summary>
    public int Label;

    /// <summary>What the scores are compared with, k values, for losses that have them: targets, or another model's scores.</summary>
    public Span<A> Target;

    /// <summary>Room for k values.</summary>
    public Span<A> Scratch;

    /// <summary>Room for another k values.</summary>
    public Span<A> MoreScratch;

    /// <summary>When not empty: takes the loss of each element (binary losses).</summary>
    public Span<A> Elements;
}
