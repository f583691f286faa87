using System.Diagnostics;

namespace Logits.Sampling;

/// <summary>What is left of the vocabulary for the next token, with scores. A view on a decoder's memory; it lives for a call.</summary>
/// <remarks>
/// It starts as the model's own row of scores and is listed token by token only once a stage needs that; a stage need not know which.
/// A token that is ruled out (−∞) is no candidate. Scores are edited in single precision while they are the model's row, in
/// double once they are listed.
/// </remarks>
public ref partial struct Candidates
{
    readonly Workspace _work;
    readonly Noise _noise;
    ReadOnlySpan<float> _row;      // the vocabulary's scores, while not listed
    double _scale;                 // what the row's scores are still to be multiplied by
    bool _listed, _edited, _ranked, _placed, _filtered;
    int _count;                    // of the list; of the row once counted, else −1
    float _rowTop;                 // the largest of the row; NaN when it is to be found again
    float _floor;                  // of the row, scores below it are dropped, and of those equal to it the tokens after _floorLast
    int _floorLast;
    internal int Stage;

    /// <summary>The candidates of a row of scores.</summary>
    internal Candidates(Workspace work, ReadOnlySpan<float> row, Noise noise, bool repair = false)
    {
        if (row.IsEmpty) Throw.EmptyVocabulary();
        (_work, _noise, _scale, _count, Vocabulary) = (work, noise, 1, -1, row.Length);
        _row = row;
        (_floor, _floorLast) = (float.NegativeInfinity, int.MaxValue);
        if (!Scan() && !repair) NameNonFinite(row);
    }

    /// <summary>The candidates of a row of double scores, listed at once.</summary>
    internal Candidates(Workspace work, ReadOnlySpan<double> row, Noise noise, bool repair = false)
    {
        if (row.IsEmpty) Throw.EmptyVocabulary();
        (_work, _noise, _scale, Vocabulary, _listed) = (work, noise, 1, row.Length, true);
        work.GrowList(row.Length, 0);
        for (int i = 0; i < row.Length; i++)
        {
            double score = row[i];
            if (!(score < double.PositiveInfinity) && !repair) Throw.NonFiniteScore(i, score);
            if (score != double.NegativeInfinity || repair) work.List[_count++] = new(i, score);
        }
    }

    /// <summary>The number of tokens the model scores.</summary>
    public int Vocabulary { get; }

    /// <summary>Whether the candidates are held token by token; before that, entries that are ruled out still take part in the row.</summary>
    internal readonly bool IsListed => _listed;

    /// <summary>Whether a filter has dropped tokens for good, rather than ruled some out.</summary>
    internal readonly bool IsFiltered => _filtered;

    /// <summary>The noise of this step.</summary>
    internal readonly Noise Noise => _noise;

    /// <summary>The number of candidates.</summary>
    public int Count
    {
        get
        {
            if (_count < 0) _count = CountRow();
            return _count;
        }
    }

    /// <summary>Whether every token is ruled out.</summary>
    public bool IsEmpty => _listed ? _count == 0 : double.IsNegativeInfinity(TopScore);

    /// <summary>The largest score; −∞ when no token is left.</summary>
    public double TopScore
    {
        get
        {
            if (!_listed) return RowTop() * _scale;
            double top = double.NegativeInfinity;
            if (_ranked) return _count > 0 ? _work.List[0].Score : top;
            foreach (ref readonly var c in List) top = Math.Max(top, c.Score);
            return top;
        }
    }

    /// <summary>The token with the largest score; of several, the lowest id.</summary>
    /// <exception cref="DecodingException">No token is left.</exception>
    public int TopToken
    {
        get
        {
            if (!_listed) return FirstOf(RowTop());
            if (_count == 0) Throw.NoCandidates("the chain");
            var best = _work.List[0];
            if (_ranked) return best.Token;
            foreach (ref readonly var c in List)
                if (c.Before(best)) best = c;
            return best.Token;
        }
    }

    /// <summary>The score of a token; −∞ when it is ruled out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such token.</exception>
    public double this[int token]
    {
        get
        {
            if ((uint)token >= (uint)Vocabulary) Throw.TokenOutside(token, Vocabulary, "the request");
            if (!_listed) return InRow(token) ? _row[token] * _scale : double.NegativeInfinity;
            int place = PlaceOf(token);
            return place < 0 ? double.NegativeInfinity : _work.List[place].Score;
        }
    }

    /// <summary>The candidates one by one, in no particular order unless <see cref="Rank"/> was called.</summary>
    public ReadOnlySpan<Candidate> Items
    {
        get
        {
            ListAll();
            return List;
        }
    }

    /// <summary>Softmax probabilities, in the order of <see cref="Items"/>; valid until the next call.</summary>
    public ReadOnlySpan<double> Probabilities()
    {
        return Softmax();
    }

    /// <summary>log Σ exp(score) over the candidates; −∞ when there is none.</summary>
    public double LogSum() => IsEmpty ? double.NegativeInfinity : TopScore + LogMass();

    /// <summary>log Σ exp(power · (score − top)): what the normaliser is above the top score, free of the scores' own size.</summary>
    internal double LogMass(double power = 1)
    {
        if (!_listed && _floor == float.NegativeInfinity && !IsEmpty) return StableMath.Log(RowSums.Exact(_row, RowTop(), power * _scale).Mass);
        ListAll();
        double top = TopScore, sum = 0, lost = 0;
        foreach (ref readonly var c in List)
        {
            double term = StableMath.Exp(power * (c.Score - top)) - lost, next = sum + term;
            lost = next - sum - term;
            sum = next;
        }
        return StableMath.Log(sum);
    }

    /// <summary>The entropy −Σ p ln p of the candidates, in nats.</summary>
    public double Entropy()
    {
        if (!_listed && _floor == float.NegativeInfinity && !IsEmpty)
        {
            var (mass, moment) = RowSums.Exact(_row, RowTop(), _scale);
            return Math.Max(StableMath.Log(mass) - moment / mass, 0);
        }
        ListAll();
        double log = LogMass(), top = TopScore, entropy = 0;
        foreach (ref readonly var c in List)
        {
            double information = log - (c.Score - top);
            entropy += StableMath.Exp(-information) * information;
        }
        return Math.Max(entropy, 0);
    }

    /// <summary>A uniform number in (0, 1) that belongs to this seed, step and stage.</summary>
    public readonly double Uniform() => _noise.Uniform(Noise.Purpose.Stage, Stage);

    /// <summary>Multiplies every score.</summary>
    public void Scale(double factor) => Divide(1 / Throw.IfNotPositive(factor));

    /// <summary>Divides every score by a temperature; what would leave the range of double stays at its end.</summary>
    public void Divide(double temperature)
    {
        Throw.IfNotPositive(temperature);
        if (!_listed && double.IsFinite(_scale / temperature * float.MaxValue)) { _scale /= temperature; return; }
        ListAll();
        foreach (ref var c in List) c = c with { Score = Math.Clamp(c.Score / temperature, -double.MaxValue, double.MaxValue) };
    }

    /// <summary>Adds to a token's score; a token that is ruled out stays so, and what would leave the range of double stays at its end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such token.</exception>
    public void Add(int token, double amount)
    {
        double score = this[token];
        if (score != double.NegativeInfinity) Replace(token, Math.Clamp(score + amount, -double.MaxValue, double.MaxValue));
    }

    /// <summary>Gives a token another score, also one that was ruled out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such token.</exception>
    public void Set(int token, double score)
    {
        if (double.IsNaN(score) || double.IsPositiveInfinity(score)) Throw.NonFiniteScore(token, score);
        if (score == double.NegativeInfinity) { Ban(token); return; }
        if (this[token] != double.NegativeInfinity || !_listed) { Replace(token, score); return; }
        _work.GrowList(_count + 1, _count);
        _work.Places[token] = _count;
        _work.List[_count++] = new(token, score);
        _ranked = false;
    }

    /// <summary>Rules a token out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such token.</exception>
    public void Ban(int token)
    {
        if (this[token] == double.NegativeInfinity) return;
        if (!_listed) { Edit(token, float.NegativeInfinity); return; }
        // Moved from behind, the list stays whole; a ranked list stays ranked by closing the gap.
        int place = PlaceOf(token);
        if (_ranked) List[(place + 1)..].CopyTo(List[place..]);
        else
        {
            _work.List[place] = _work.List[_count - 1];
            _work.Places[_work.List[place].Token] = place;
        }
        _placed = !_ranked;
        _count--;
    }

    /// <summary>Rules out all but <paramref name="tokens"/>.</summary>
    public void KeepOnly(scoped ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
            if ((uint)token >= (uint)Vocabulary) Throw.TokenOutside(token, Vocabulary, "the list of tokens to keep");
        var kept = Workspace.Room(ref _work.Weights, tokens.Length);
        for (int i = 0; i < tokens.Length; i++) kept[i] = this[tokens[i]];
        ListOnly(tokens, kept);
    }

    /// <summary>Rules out all but <paramref name="tokens"/>, which get the score 0 even if they were ruled out.</summary>
    public void Force(scoped ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
            if ((uint)token >= (uint)Vocabulary) Throw.TokenOutside(token, Vocabulary, "the list of tokens to force");
        var zeros = Workspace.Room(ref _work.Weights, tokens.Length);
        zeros.Clear();
        ListOnly(tokens, zeros);
    }

    /// <summary>Lists the given tokens with the given scores, each once and none at −∞.</summary>
    void ListOnly(scoped ReadOnlySpan<int> tokens, scoped ReadOnlySpan<double> scores)
    {
        _work.GrowList(tokens.Length, 0);
        var seen = Workspace.Room(ref _work.Counts, Vocabulary);
        int count = 0;
        for (int i = 0; i < tokens.Length; i++)
            if (scores[i] != double.NegativeInfinity && seen[tokens[i]]++ == 0) _work.List[count++] = new(tokens[i], scores[i]);
        foreach (int token in tokens) seen[token] = 0;
        Listed(count);
    }

    /// <summary>Keeps the candidates for which <paramref name="keep"/> is true.</summary>
    public void KeepWhere<TState>(TState state, Func<TState, Candidate, bool> keep)
    {
        ListAll();
        int count = 0;
        var list = List;
        for (int i = 0; i < list.Length; i++)
            if (keep(state, list[i])) list[count++] = list[i];
        _count = count;
        _placed = false;
    }

    /// <summary>Gives every candidate the score that <paramref name="score"/> returns; −∞ rules it out.</summary>
    public void Rescore<TState>(TState state, Func<TState, Candidate, double> score)
    {
        ListAll();
        int count = 0;
        var list = List;
        for (int i = 0; i < list.Length; i++)
        {
            double changed = score(state, list[i]);
            if (double.IsNaN(changed) || double.IsPositiveInfinity(changed)) Throw.NonFiniteScore(list[i].Token, changed);
            if (changed != double.NegativeInfinity) list[count++] = new(list[i].Token, changed);
        }
        _count = count;
        _ranked = _placed = false;
    }

    /// <summary>Keeps the <paramref name="count"/> best; with <paramref name="ties"/>, also all that score as the last of them does.</summary>
    public void KeepTop(int count, bool ties = false)
    {
        Throw.IfLess(count, 1);
        _filtered = true;
        if (!_listed)
        {
            if (count == 1 && !ties) { ListOne(TopToken); return; }
            if (!ListTop(count, ties)) ListAll();
        }
        if (_count <= count) return;
        if (_ranked)
        {
            int end = count;
            if (ties) while (end < _count && _work.List[end].Score == _work.List[count - 1].Score) end++;
            KeepFirst(end);
            return;
        }
        Selection.MoveBestToFront(List, count);
        int kept = count;
        if (ties)
        {
            double least = double.PositiveInfinity;
            foreach (ref readonly var c in List[..count]) least = Math.Min(least, c.Score);
            var list = List;
            for (int i = count; i < list.Length; i++)
                if (list[i].Score == least) (list[kept], list[i]) = (list[i], list[kept++]);
        }
        _count = kept;
        _placed = false;
    }

    /// <summary>Keeps scores of at least <paramref name="score"/>, and in any case the <paramref name="atLeast"/> best.</summary>
    /// <remarks>A score within 2⁻⁴⁰ of the bound counts as reaching it.</remarks>
    public void KeepAtLeast(double score, int atLeast = 1) => KeepFromTop(score - TopScore, atLeast);

    /// <summary>Keeps scores of at least the top score plus <paramref name="offset"/>, and in any case the <paramref name="atLeast"/> best.</summary>
    internal void KeepFromTop(double offset, int atLeast = 1)
    {
        _filtered = true;
        offset -= StableMath.Tie;
        if (!(offset <= 0)) { KeepTop(atLeast); return; }
        if (!_listed)
        {
            if (atLeast == 1) { ListFrom(TopScore + offset); return; }
            ListAll();
        }
        if (_count <= atLeast) return;
        double top = TopScore;
        var list = List;
        int reach = 0;
        foreach (ref readonly var c in list)
            if (c.Score - top >= offset) reach++;
        if (reach < atLeast) { KeepTop(atLeast); return; }
        int count = 0;
        for (int i = 0; i < list.Length; i++)
            if (list[i].Score - top >= offset) list[count++] = list[i];
        _count = count;
        _placed = false;
    }

    /// <summary>Keeps the smallest set of best candidates whose probability is at least <paramref name="mass"/>, and in any case the <paramref name="atLeast"/> best.</summary>
    /// <remarks>A mass within 2⁻⁴⁰ of the bound counts as reaching it.</remarks>
    public void KeepMass(double mass, int atLeast = 1)
    {
        Throw.IfNotFraction(mass);
        _filtered = true;
        if (mass == 0) { KeepTop(Math.Max(atLeast, 1)); return; }
        if (mass >= 1) return;
        if (!_listed && atLeast == 1 && KeepMassOfRow(mass)) return;
        ListAll();
        if (_count <= atLeast) return;
        if (_count > 64 && !_ranked)
        {
            KeepTop(Math.Max(atLeast, Selection.MoveMassToFront(List, mass, _work)));
            return;
        }
        Rank();
        var p = Softmax();
        double bound = mass * (1 - StableMath.Tie), sum = 0;
        int kept = 0;
        while (kept < _count && (kept == 0 || sum < bound)) sum += p[kept++];
        KeepFirst(Math.Max(atLeast, kept));
    }

    /// <summary>Orders <see cref="Items"/>: higher scores first, equal scores by lower id.</summary>
    public void Rank()
    {
        ListAll();
        if (_ranked) return;
        Selection.Sort(List);
        _ranked = true;
        _placed = false;
    }

    /// <summary>Keeps the first <paramref name="count"/> of <see cref="Items"/>.</summary>
    public void KeepFirst(int count)
    {
        ListAll();
        _filtered = true;
        _count = Math.Min(_count, Math.Max(count, 0));
        _placed = false;
    }

    /// <summary>Leaves out the first <paramref name="count"/> of <see cref="Items"/>.</summary>
    public void SkipFirst(int count)
    {
        ListAll();
        count = Math.Clamp(count, 0, _count);
        _filtered |= count > 0;
        List[count..].CopyTo(_work.List);
        _count -= count;
        _placed = false;
    }

    /// <summary>Writes every token's score by id, −∞ for those ruled out.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than the vocabulary.</exception>
    public void CopyTo(Span<double> destination)
    {
        Throw.IfTooShort(destination.Length, 1, Vocabulary);
        if (!_listed)
        {
            for (int i = 0; i < _row.Length; i++) destination[i] = InRow(i) ? _row[i] * _scale : double.NegativeInfinity;
            return;
        }
        destination[..Vocabulary].Fill(double.NegativeInfinity);
        foreach (ref readonly var c in List) destination[c.Token] = c.Score;
    }

    /// <summary>The listed candidates, open to edits that keep their order honest.</summary>
    internal readonly Span<Candidate> List => _work.List.AsSpan(0, _count);

    /// <summary>Scratch memory of the decoder.</summary>
    internal readonly Workspace Work => _work;

    internal void Unrank() => _ranked = _placed = false;

    /// <summary>Goes from the row to a list of the tokens that are not ruled out.</summary>
    internal void ListAll()
    {
        if (_listed) return;
        if (_floor != float.NegativeInfinity)
        {
            ListFrom(double.NegativeInfinity);
            return;
        }
        _work.GrowList(_row.Length, 0);
        var list = _work.List;
        int count = 0;
        for (int i = 0; i < _row.Length; i++)
        {
            list[count] = new(i, _row[i] * _scale);
            if (_row[i] != float.NegativeInfinity) count++;
        }
        Listed(count);
    }

    void Listed(int count)
    {
        (_listed, _ranked, _placed, _count) = (true, false, false, count);
        Debug.Assert(count >= 0 && count <= Vocabulary);
    }

    /// <summary>Gives each listed candidate the logarithm of a new probability; 0 rules it out.</summary>
    internal void RescoreByProbability(scoped ReadOnlySpan<double> probabilities)
    {
        int count = 0;
        var list = List;
        for (int i = 0; i < list.Length; i++)
            if (probabilities[i] > 0) list[count++] = new(list[i].Token, StableMath.Log(probabilities[i]));
        _count = count;
        _ranked = _placed = false;
    }

    /// <summary>Probabilities of the candidates, listed, in their order, in scratch memory.</summary>
    internal Span<double> Softmax()
    {
        ListAll();
        var p = Workspace.Room(ref _work.Weights, _count);
        if (_count == 0) return p;
        double top = TopScore, sum = 0, lost = 0;
        var list = List;
        for (int i = 0; i < list.Length; i++)
        {
            // Kahan's sum: its error does not grow with the number of candidates.
            double e = StableMath.Exp(list[i].Score - top);
            p[i] = e;
            double term = e - lost, next = sum + term;
            lost = next - sum - term;
            sum = next;
        }
        for (int i = 0; i < p.Length; i++) p[i] /= sum;
        return p;
    }

    void Replace(int token, double score)
    {
        if (double.IsNaN(score) || double.IsPositiveInfinity(score)) Throw.NonFiniteScore(token, score);
        if (_listed)
        {
            _work.List[PlaceOf(token)] = new(token, score);
            _ranked = false;
            return;
        }
        // Beyond the range of single precision a score is as good as the largest one there is.
        Edit(token, (float)Math.Clamp(score, -float.MaxValue, float.MaxValue));
    }

    int PlaceOf(int token)
    {
        var places = Workspace.Room(ref _work.Places, Vocabulary);
        if (!_placed)
        {
            for (int i = 0; i < _count; i++) places[_work.List[i].Token] = i;
            _placed = true;
        }
        int place = places[token];
        return (uint)place < (uint)_count && _work.List[place].Token == token ? place : -1;
    }

    static void NameNonFinite(ReadOnlySpan<float> row)
    {
        for (int i = 0; i < row.Length; i++)
            if (!(row[i] < float.PositiveInfinity)) Throw.NonFiniteScore(i, row[i]);
    }
}
