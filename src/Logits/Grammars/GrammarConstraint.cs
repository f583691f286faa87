using Logits.Sampling;

namespace Logits.Grammars;

/// <summary>A stage that rules out every token which would leave the language; the generated tokens alone are constrained, not the prompt.</summary>
/// <param name="Grammar">What the generated text may look like.</param>
/// <param name="Vocabulary">The tokens' texts; as many as there are scores.</param>
/// <remarks>
/// Put it first, so that the other stages choose among legal tokens: the draw is then exact, the model's distribution restricted to the language.
/// A token that came from elsewhere (forced, or accepted from a draft) and leaves the language is an error at the next step, with the token's name.
/// </remarks>
public sealed record GrammarConstraint(Grammar Grammar, TokenVocabulary Vocabulary) : IStatefulSampler
{
    /// <summary>What the generated text may look like.</summary>
    public Grammar Grammar { get; } = Grammar ?? throw new ArgumentNullException(nameof(Grammar));

    /// <summary>The tokens' texts.</summary>
    public TokenVocabulary Vocabulary { get; } = Vocabulary ?? throw new ArgumentNullException(nameof(Vocabulary));

    /// <inheritdoc/>
    public SamplerState Start() => new State(this, Grammar.Start(), 0, -1);

    sealed class State(GrammarConstraint constraint, GrammarState? at, int generated, int refused) : SamplerState
    {
        GrammarState? _at = at;
        int _generated = generated, _refused = refused;
        bool[]? _allowed;

        public override void Apply(ref Candidates candidates, in History history)
        {
            if (candidates.Vocabulary != constraint.Vocabulary.Count)
                throw new DecodingException(DecodingError.InvalidArgument, $"the logits have {candidates.Vocabulary} tokens; the grammar's vocabulary has {constraint.Vocabulary.Count}. Build it from the same tokenizer, padding included.");
            if (_at is null)
                throw new DecodingException(DecodingError.InvalidArgument, $"token {_refused} (generated token {_generated}) is not allowed by the grammar at its place; it was accepted from elsewhere. Check drafted and forced tokens with TokenVocabulary.Advance first.");
            _allowed ??= new bool[constraint.Vocabulary.Count];
            constraint.Vocabulary.Allow(_at, _allowed);
            candidates.KeepWhere(_allowed, static (allowed, candidate) => allowed[candidate.Token]);
        }

        public override void Accept(int token, ref Candidates from, in History history)
        {
            if (history.Generated.IsEmpty || _at is null) return;   // the prompt is not constrained
            _generated++;
            if (token < constraint.Vocabulary.Count) _at = constraint.Vocabulary.Advance(_at, token);
            else _at = null;
            if (_at is null) _refused = token;
        }

        public override SamplerState Clone() => new State(constraint, _at, _generated, _refused);

        public override void Restore(ReadOnlySpan<double> saved, in History history)
        {
            (_at, _generated, _refused) = (constraint.Grammar.Start(), 0, -1);
            var none = default(Candidates);
            for (int n = history.PromptLength + 1; n <= history.Length; n++)
                Accept(history.Tokens[n - 1], ref none, new History(history.Tokens[..n], history.PromptLength));
        }
    }
}
