using System.Collections.Immutable;
using Logits.Kernels;
using Logits.Randomness;
using Logits.Sampling;

namespace Logits.Search;

/// <summary>Draws <paramref name="Samples"/> different sequences from the model, without replacement, exactly.</summary>
/// <remarks>
/// Every sequence has the perturbed log-probability log p + Gumbel noise; the top k of them are a sample without replacement, and the tree is
/// searched top-down with each child's noise conditioned on its parent's being the maximum.
/// Source: Kool, van Hoof, Welling, Stochastic Beams and Where to Find Them (2019), arXiv 1903.06059.
/// </remarks>
/// <param name="Samples">k, at least 1; fewer come back when the model has fewer sequences.</param>
/// <param name="MaxNewTokens">When a sequence is cut off.</param>
/// <param name="Seed">Equal seeds give equal sequences.</param>
public sealed record StochasticBeamSearch(int Samples, int MaxNewTokens, ulong Seed)
{
    /// <summary>How many different sequences are drawn.</summary>
    public int Samples { get; init; } = Throw.IfLess(Samples, 1);

    /// <summary>How many tokens are generated at the most.</summary>
    public int MaxNewTokens { get; init; } = Throw.IfLess(MaxNewTokens, 1);

    /// <summary>Tokens that end a sequence.</summary>
    public ImmutableArray<int> EndTokens { get; init; } = [];

    /// <summary>Runs the search.</summary>
    /// <inheritdoc cref="BeamSearch.Run"/>
    /// <returns>The sequences in the order of their perturbed log-probabilities, which are their <see cref="BeamResult.Score"/>.</returns>
    public ImmutableArray<BeamResult> Run(ReadOnlySpan<int> prompt, int vocabulary, NextLogits model, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        BeamSearch.CheckStart(prompt, vocabulary, EndTokens);
        Throw.IfLess(Samples, 1);
        Throw.IfLess(MaxNewTokens, 1);

        var kept = new List<(Hypothesis Beam, bool Ended)> { (Hypothesis.Root, false) };
        int[] parents = [];
        for (int step = 0; step < MaxNewTokens && kept.Exists(one => !one.Ended); step++)
        {
            cancellation.ThrowIfCancellationRequested();
            Hypothesis[] live = [.. kept.Where(one => !one.Ended).Select(one => one.Beam)];
            var logits = new float[live.Length * vocabulary];
            model(new(prompt, live, parents, step), logits);

            // Ended sequences keep their places against the children of the live ones.
            var candidates = kept.Where(one => one.Ended).Select(one => (one.Beam, one.Ended, Parent: -1)).ToList();
            for (int i = 0; i < live.Length; i++)
                foreach (var child in Children(live[i], logits.AsSpan(i * vocabulary, vocabulary), i, step))
                    candidates.Add((child, EndTokens.Contains(child.Token), i));
            var best = candidates.OrderByDescending(candidate => candidate.Beam.Gumbel).Take(Samples).ToList();
            kept = [.. best.Select(candidate => (candidate.Beam, candidate.Ended))];
            parents = [.. best.Where(candidate => !candidate.Ended).Select(candidate => candidate.Parent)];
        }
        return [.. kept.Select(one => new BeamResult([.. one.Beam.Tokens()], one.Beam.Gumbel, one.Beam.LogProbability, one.Ended, MeetsConstraints: true))];
    }

    List<Hypothesis> Children(Hypothesis parent, ReadOnlySpan<float> logits, int beam, int step)
    {
        double total = Kernel<float>.LogSumExp(logits);
        if (!double.IsFinite(total))
            throw new DecodingException(double.IsNegativeInfinity(total) ? DecodingError.NoCandidates : DecodingError.NonFinite, $"the model's scores for beam {beam} in step {step} have logsumexp {total}; at least one is finite and none is NaN or +∞.");
        var tokens = new List<int>();
        for (int token = 0; token < logits.Length; token++)
            if (!float.IsNegativeInfinity(logits[token])) tokens.Add(token);

        ulong text = parent.TextHash();
        var perturbed = new double[tokens.Count];
        for (int i = 0; i < perturbed.Length; i++)
            perturbed[i] = parent.LogProbability + logits[tokens[i]] - total + StableMath.Gumbel(Philox.Uniform(Seed ^ text, (ulong)step, (uint)tokens[i]));
        if (parent.Length > 0) Gumbel.ConditionOnMaximum(perturbed, parent.Gumbel, perturbed);

        var children = new List<Hypothesis>(perturbed.Length);
        for (int i = 0; i < perturbed.Length; i++)
            children.Add(new(parent, tokens[i], parent.Length + 1, parent.LogProbability + logits[tokens[i]] - total, perturbed[i], default));
        return children;
    }
}
