namespace Logits.Sampling;

/// <summary>Don't repeat yourself: a token that would prolong a repetition of n tokens loses multiplier · base^(n − allowed).</summary>
/// <param name="Multiplier">At least 0; 0 is off.</param>
/// <param name="Base">At least 1; at 1 every repetition costs the same.</param>
/// <param name="AllowedLength">Repetitions shorter than this are free.</param>
/// <param name="LastN">Looks at this many of the newest tokens; −1 for all.</param>
/// <param name="Breakers">Sequences a repetition cannot reach across, such as the end of a line. A breaker of a single token is never penalised.</param>
/// <param name="MaxMatch">Counts at most this many repeated tokens; 0 for no limit (text-generation-webui: 50).</param>
/// <param name="PenalizeBreakers">Penalise breakers of a single token like others (text-generation-webui).</param>
/// <remarks>
/// n is the longest earlier match of the newest tokens before each place where the token followed. Found for all places at once by the
/// Z-algorithm, in time proportional to the window. The exponent stops where base^n would leave single precision. Source: p-e-w, DRY (2024).
/// </remarks>
public sealed record Dry(double Multiplier, double Base = 1.75, int AllowedLength = 2, int LastN = -1, TokenSequences Breakers = default, int MaxMatch = 0, bool PenalizeBreakers = false) : ISampler
{
    internal static readonly SamplerInfo Info = new SamplerInfo<Dry>("dry", "Penalises tokens that would prolong a repetition.",
        [
            Settings.Number<Dry>("multiplier", s => s.Multiplier, "the penalty of the shortest repetition", least: 0),
            Settings.Number<Dry>("base", s => s.Base, "grows the penalty by token", least: 1, byDefault: 1.75),
            Settings.Integer<Dry>("allowed-length", s => s.AllowedLength, "shorter repetitions are free", least: 1, byDefault: 2),
            Settings.Integer<Dry>("last-n", s => s.LastN, "how many tokens back; -1 for all", least: -1, byDefault: -1),
            Settings.Sequences<Dry>("breakers", s => s.Breakers, "sequences no repetition reaches across", ""),
            Settings.Integer<Dry>("max-match", s => s.MaxMatch, "counts at most this many; 0 for no limit", least: 0, byDefault: 0),
            Settings.Flag<Dry>("penalize-breakers", s => s.PenalizeBreakers, "penalise single-token breakers too"),
        ],
        s => new(s.Number("multiplier"), s.Number("base"), s.Integer("allowed-length"), s.Integer("last-n"), s.Sequences("breakers"), s.Integer("max-match"), s.Flag("penalize-breakers")));

    /// <summary>The multiplier.</summary>
    public double Multiplier { get; } = StableMath.AsWritten(Throw.IfNegative(Multiplier, "dry"));

    /// <summary>The base.</summary>
    public double Base { get; } = Base >= 1 ? StableMath.AsWritten(Throw.IfNotFinite(Base, "base")) : throw new ArgumentOutOfRangeException("base", Base, $"base is {Base}; it is at least 1 (at 1 every repetition costs the same). Leave dry out to turn it off.");

    /// <summary>The length from which repetitions cost.</summary>
    public int AllowedLength { get; } = Throw.IfLess(AllowedLength, 1, "allowed-length");

    /// <summary>The window.</summary>
    public int LastN { get; } = Throw.IfLess(LastN, -1, "last-n");

    /// <summary>The longest match that counts; 0 for no limit.</summary>
    public int MaxMatch { get; } = Throw.IfLess(MaxMatch, 0, "max-match");

    /// <inheritdoc/>
    public void Apply(ref Candidates candidates, in History history)
    {
        var window = history.Last(LastN);
        int n = window.Length;
        if (Multiplier == 0 || n <= AllowedLength) return;
        int limit = MaxMatch > 0 ? Math.Min(MaxMatch, n) : n;
        limit = Math.Min(limit, SinceBreaker(window));
        if (limit < AllowedLength) return;

        // z[i]: how many tokens, going back, the window's end shares with the place i tokens earlier. What followed there is window[^i].
        var z = Workspace.Room(ref candidates.Work.Matches, n);
        for (int i = 1, left = 0, right = 0; i < n; i++)
        {
            int length = i < right ? Math.Min(right - i, z[i - left]) : 0;
            while (i + length < n && window[^(length + 1)] == window[^(i + length + 1)]) length++;
            z[i] = length;
            if (i + length > right) (left, right) = (i, i + length);
        }

        var longest = candidates.Occurrences(default);
        for (int i = 1; i < n; i++)
        {
            int token = window[^i], match = Math.Min(z[i], limit);
            if ((uint)token >= (uint)candidates.Vocabulary)
            {
                longest.Clear();
                Throw.TokenOutside(token, candidates.Vocabulary, "the history");
            }
            if (match >= AllowedLength) longest[token] = Math.Max(longest[token], match);
        }
        int largest = Base > 1.000001 ? (int)(StableMath.Log(float.MaxValue) / StableMath.Log(Base)) : int.MaxValue;
        for (int i = 1; i < n; i++)
        {
            int token = window[^i], match = longest[token];
            if (match == 0) continue;
            longest[token] = 0;
            if (PenalizeBreakers || !IsBreaker(token)) candidates.Add(token, -Multiplier * Power(Base, Math.Min(match - AllowedLength, largest)));
        }
    }

    bool IsBreaker(int token)
    {
        foreach (var breaker in Breakers.Span)
            if (breaker.Count == 1 && breaker.Span[0] == token) return true;
        return false;
    }

    /// <summary>How many tokens follow the newest breaker; all when there is none.</summary>
    int SinceBreaker(ReadOnlySpan<int> window)
    {
        for (int end = window.Length; end > 0; end--)
        {
            foreach (var breaker in Breakers.Span)
                if (window[..end].EndsWith(breaker.Span)) return window.Length - end;
        }
        return window.Length;
    }

    internal static double Power(double x, int n)
    {
        double power = 1;
        for (; n > 0; n >>= 1, x *= x)
            if ((n & 1) != 0) power *= x;
        return power;
    }
}
