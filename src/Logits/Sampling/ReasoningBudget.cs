namespace Logits.Sampling;

/// <summary>Bounds a model's thinking: once <paramref name="Budget"/> tokens follow the start tag without an end tag, the forced tokens come, one by one.</summary>
/// <param name="Begin">The tokens that begin thinking.</param>
/// <param name="End">The tokens that end it.</param>
/// <param name="Forced">What is forced when the budget is spent, usually a sentence and the end tag.</param>
/// <param name="Budget">At least 0.</param>
/// <param name="Armed">The sequence begins inside the thinking, as when the prompt's template opened it.</param>
public sealed record ReasoningBudget(TokenList Begin, TokenList End, TokenList Forced, int Budget, bool Armed = false) : IStatefulSampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<ReasoningBudget>("reasoning-budget", "Bounds the number of thinking tokens.",
        [
            Settings.Integer<ReasoningBudget>("budget", s => s.Budget, "how many tokens of thinking", least: 0),
            Settings.Tokens<ReasoningBudget>("begin", s => s.Begin, "the tokens that begin thinking"),
            Settings.Tokens<ReasoningBudget>("end", s => s.End, "the tokens that end it"),
            Settings.Tokens<ReasoningBudget>("forced", s => s.Forced, "what is forced when the budget is spent"),
            Settings.Flag<ReasoningBudget>("armed", s => s.Armed, "the sequence begins inside the thinking"),
        ],
        s => new(s.Tokens("begin"), s.Tokens("end"), s.Tokens("forced"), s.Integer("budget"), s.Flag("armed")));

    /// <summary>The budget.</summary>
    public int Budget { get; } = Throw.IfLess(Budget, 0, "reasoning-budget");

    /// <summary>The tokens that end thinking.</summary>
    public TokenList End { get; } = NotEmpty(End, "end");

    /// <summary>What is forced.</summary>
    public TokenList Forced { get; } = NotEmpty(Forced, "forced");

    /// <summary>The tokens that begin thinking.</summary>
    public TokenList Begin { get; } = NotEmpty(Begin, "begin");

    /// <inheritdoc/>
    public SamplerState Start() => new ReasoningBudgetState(this);

    static TokenList NotEmpty(TokenList tokens, string name) => tokens.Count > 0 ? tokens : throw new ArgumentException($"reasoning-budget: {name} is empty; it has at least 1 token.", name);
}

/// <summary>Where in the thinking a sequence is. A function of its tokens, so nothing needs saving.</summary>
sealed class ReasoningBudgetState : SamplerState
{
    enum Phase { Before, Counting, Forcing, After }

    readonly ReasoningBudget _settings;
    Phase _phase;
    int _left, _forced, _since;

    public ReasoningBudgetState(ReasoningBudget settings)
    {
        _settings = settings;
        if (settings.Armed) Count(0);
    }

    /// <summary>The token that must come next, or null.</summary>
    public int? Next => _phase == Phase.Forcing ? _settings.Forced.Span[_forced] : null;

    public override void Apply(ref Candidates candidates, in History history)
    {
        if (Next is { } token) candidates.Force([token]);
    }

    public override void Accept(int token, ref Candidates from, in History history)
    {
        switch (_phase)
        {
            case Phase.Before when history.Tokens.EndsWith(_settings.Begin.Span):
                Count(history.Length);
                break;
            case Phase.Counting when history.Tokens[Math.Min(_since, history.Length)..].EndsWith(_settings.End.Span):
                _phase = Phase.After;
                break;
            case Phase.Counting:
                if (--_left <= 0) _phase = Phase.Forcing;
                break;
            case Phase.Forcing:
                if (++_forced == _settings.Forced.Count) _phase = Phase.After;
                break;
        }
    }

    public override SamplerState Clone() => (ReasoningBudgetState)MemberwiseClone();

    void Count(int since) => (_phase, _left, _since) = (_settings.Budget > 0 ? Phase.Counting : Phase.Forcing, _settings.Budget, since);
}
