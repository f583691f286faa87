using System.Collections.Immutable;

namespace Logits.Search;

/// <summary>A tree of drafted tokens, verified in one pass of the target model. Immutable.</summary>
/// <remarks>Node 0 is the root: the text so far. Each other node is a drafted token that continues its parent; siblings are tried in their order.</remarks>
public sealed class SpeculativeTree
{
    readonly int[] _tokens, _parents;
    readonly List<int>[] _children;

    /// <summary>A tree from its nodes.</summary>
    /// <param name="tokens">The drafted token of each node; the root's is not looked at.</param>
    /// <param name="parents">The parent of each node; a parent stands before its children, the root's is −1.</param>
    /// <exception cref="ArgumentException">The nodes are no tree with the root first, or siblings repeat a token.</exception>
    public SpeculativeTree(ReadOnlySpan<int> tokens, ReadOnlySpan<int> parents)
    {
        if (tokens.IsEmpty || tokens.Length != parents.Length)
            throw new ArgumentException($"tokens holds {tokens.Length} nodes and parents {parents.Length}; both have one entry a node, the root first.", nameof(parents));
        _tokens = tokens.ToArray();
        _parents = parents.ToArray();
        _children = [.. _tokens.Select(_ => new List<int>())];
        for (int node = 1; node < tokens.Length; node++)
        {
            if ((uint)parents[node] >= (uint)node)
                throw new ArgumentException($"parents[{node}] is {parents[node]}; a parent stands before its children, 0 to {node - 1}.", nameof(parents));
            _children[parents[node]].Add(node);
        }
    }

    /// <summary>The number of nodes, the root included.</summary>
    public int Nodes => _tokens.Length;

    /// <summary>The token of a node.</summary>
    public int Token(int node) => _tokens[node];

    /// <summary>The children of a node, in the order they are tried.</summary>
    public IReadOnlyList<int> Children(int node) => _children[node];

    /// <summary>Verifies the tree with the draft's probabilities, without loss: what is emitted is distributed exactly as the target would draw.</summary>
    /// <param name="targetProbabilities">One row a node: the target's distribution after it.</param>
    /// <param name="draftProbabilities">One row a node: the distribution its children were drawn from, one after the other without replacement.</param>
    /// <param name="uniforms">One number between 0 and 1 for each node, used when the node is tried.</param>
    /// <param name="next">The distribution of the token after the accepted ones: k probabilities, written.</param>
    /// <returns>The accepted tokens, from the root on.</returns>
    /// <remarks>
    /// Recursive rejection: each sibling is accepted with min(1, p/q); when rejected, p becomes the residual max(p − q, 0) and q loses the rejected token, both normalised.
    /// Sources: Miao et al., SpecInfer (2024), arXiv 2305.09781; Jeon et al., Recursive Speculative Decoding (2024), arXiv 2402.14160, for drafts without replacement.
    /// </remarks>
    public ImmutableArray<int> Verify(Probabilities<double> targetProbabilities, Probabilities<double> draftProbabilities, ReadOnlySpan<double> uniforms, Span<double> next)
    {
        Check(targetProbabilities, uniforms, next);
        if (draftProbabilities.Rows != Nodes || draftProbabilities.Classes != targetProbabilities.Classes)
            throw new ArgumentException($"draftProbabilities is {draftProbabilities.Rows} × {draftProbabilities.Classes}; {Nodes} nodes of {targetProbabilities.Classes} classes need one row each.", nameof(draftProbabilities));

        var accepted = ImmutableArray.CreateBuilder<int>();
        int node = 0;
        while (true)
        {
            double[] p = targetProbabilities[node].ToArray(), q = draftProbabilities[node].ToArray();
            int chosen = -1;
            foreach (int child in _children[node])
            {
                int token = _tokens[child];
                if (q[token] > 0 && p[token] > 0 && uniforms[child] * q[token] <= p[token])
                {
                    chosen = child;
                    break;
                }
                SpeculativeSampling.Residual(p, q, p);
                double rest = 0;
                q[token] = 0;
                foreach (double value in q) rest += value;
                if (rest > 0)
                    for (int i = 0; i < q.Length; i++) q[i] /= rest;
            }
            if (chosen < 0)
            {
                p.CopyTo(next);
                return accepted.ToImmutable();
            }
            accepted.Add(_tokens[chosen]);
            node = chosen;
        }
    }

    /// <summary>Verifies the tree by the target's probabilities alone: siblings share one coin, which falls to the first whose cumulated mass reaches it.</summary>
    /// <param name="targetProbabilities">One row a node.</param>
    /// <param name="coins">One number a node: the coin thrown after it for its children.</param>
    /// <param name="next">The distribution of the token after the accepted ones, written.</param>
    /// <param name="singleThreshold">A token of at least this probability is accepted outright; below 1 the result is no longer distributed as the target.</param>
    /// <param name="totalThreshold">The coin is compared with the mass over this number; below 1 likewise lossy.</param>
    /// <returns>The accepted tokens. Lossless at thresholds of 1 for any draft, since the drafted tokens are only the order in which the target's mass is walked.</returns>
    public ImmutableArray<int> VerifyByTarget(Probabilities<double> targetProbabilities, ReadOnlySpan<double> coins, Span<double> next, double singleThreshold = 1, double totalThreshold = 1)
    {
        Check(targetProbabilities, coins, next);
        var accepted = ImmutableArray.CreateBuilder<int>();
        int node = 0;
        double coin = coins[0];
        while (true)
        {
            ReadOnlySpan<double> p = targetProbabilities[node];
            double mass = 0;
            int chosen = -1;
            foreach (int child in _children[node])
            {
                double probability = p[_tokens[child]];
                mass += probability;
                if (probability == 0 || (coin > mass / totalThreshold && probability < singleThreshold)) continue;
                chosen = child;
                break;
            }
            if (chosen < 0)
            {
                p.CopyTo(next);
                foreach (int child in _children[node]) next[_tokens[child]] = 0;   // the coin fell beyond them
                double rest = 0;
                foreach (double value in next[..p.Length]) rest += value;
                for (int i = 0; i < p.Length; i++) next[i] = rest > 0 ? next[i] / rest : p[i];
                return accepted.ToImmutable();
            }
            accepted.Add(_tokens[chosen]);
            node = chosen;
            coin = coins[chosen];
        }
    }

    void Check(Probabilities<double> target, ReadOnlySpan<double> uniforms, Span<double> next)
    {
        if (target.Rows != Nodes)
            throw new ArgumentException($"targetProbabilities has {target.Rows} rows; {Nodes} nodes need one each.", nameof(target));
        if (uniforms.Length < Nodes)
            throw new ArgumentException($"uniforms holds {uniforms.Length} numbers; {Nodes} nodes need one each.", nameof(uniforms));
        Throw.IfTooShort(next.Length, 1, target.Classes, nameof(next));
        for (int node = 1; node < Nodes; node++)
        {
            if ((uint)_tokens[node] >= (uint)target.Classes)
                throw new ArgumentException($"node {node} drafts token {_tokens[node]}; the vocabulary has tokens 0 to {target.Classes - 1}.", nameof(target));
            foreach (int sibling in _children[_parents[node]])
                if (sibling < node && _tokens[sibling] == _tokens[node])
                    throw new ArgumentException($"nodes {sibling} and {node} are siblings with the same token {_tokens[node]}; merge them.", nameof(target));
        }
    }
}
