using System.Collections.Immutable;
using Logits.Kernels;
using Logits.Randomness;
using Logits.Sampling;

namespace Logits.Search;

/// <summary>Beam search over any model: the <paramref name="Beams"/> likeliest prefixes are extended side by side.</summary>
/// <remarks>
/// With <see cref="Seed"/> it is beam sampling (candidates drawn without replacement), with <see cref="Groups"/> above 1 diverse beam search
/// (Vijayakumar et al. 2016, arXiv 1610.02424), with <see cref="RequiredPhrases"/> constrained beam search with dynamic beam allocation (Post and Vilar 2018,
/// arXiv 1804.06609). Scores, stopping and the number of candidates follow transformers; ties go to the earlier beam, then the lower token id.
/// Immutable and shareable; all state lives in the call.
/// </remarks>
/// <param name="Beams">How many prefixes are kept, at least 1.</param>
/// <param name="MaxNewTokens">When a beam is cut off, at least 1.</param>
public sealed record BeamSearch(int Beams, int MaxNewTokens)
{
    /// <summary>How many prefixes are kept.</summary>
    public int Beams { get; init; } = Throw.IfLess(Beams, 1);

    /// <summary>How many tokens are generated at the most.</summary>
    public int MaxNewTokens { get; init; } = Throw.IfLess(MaxNewTokens, 1);

    /// <summary>Tokens that end a sequence.</summary>
    public ImmutableArray<int> EndTokens { get; init; } = [];

    /// <summary>How length enters the score; by default the mean log-probability.</summary>
    public LengthPenalty LengthPenalty { get; init; } = new(1);

    /// <summary>When to stop with enough finished sequences.</summary>
    public EarlyStopping EarlyStopping { get; init; } = EarlyStopping.Heuristic;

    /// <summary>How many sequences are returned at the most, 1 to <see cref="Beams"/>.</summary>
    public int Return { get; init; } = 1;

    /// <summary>Groups of beams that are kept apart; divides <see cref="Beams"/>.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>What each choice of a token by an earlier group costs a later one, in nats.</summary>
    public double DiversityPenalty { get; init; }

    /// <summary>Phrases that a returned sequence must hold, at most 64.</summary>
    public ImmutableArray<ImmutableArray<int>> RequiredPhrases { get; init; } = [];

    /// <summary>Edits log-probabilities before candidates are compared.</summary>
    public BeamProcessor? Processor { get; init; }

    /// <summary>Draw candidates instead of taking the likeliest: beam sampling.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The temperature of the scores, above 0.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>A step's candidate: the beam it extends, the token, the score it is ranked by and the log-probability it would have.</summary>
    internal readonly record struct Candidate(int Beam, int Token, double Key, double LogProbability) : IComparable<Candidate>
    {
        /// <summary>Better first: higher key, then earlier beam, then lower token.</summary>
        public int CompareTo(Candidate other)
        {
            int order = other.Key.CompareTo(Key);
            if (order == 0) order = Beam.CompareTo(other.Beam);
            return order == 0 ? Token.CompareTo(other.Token) : order;
        }
    }

    sealed class Group
    {
        public List<Hypothesis> Running = [Hypothesis.Root];
        public readonly List<(Hypothesis Beam, double Score, bool Ended)> Finished = [];
        public int[] Parents = [];
        public int Offset;   // where the group's beams stood in the last call
        public bool Done;
    }

    /// <summary>Runs the search.</summary>
    /// <param name="prompt">Tokens before the first new one, at least 1.</param>
    /// <param name="vocabulary">The number of tokens the model scores.</param>
    /// <param name="model">Called once a step with the live beams.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <returns>The best sequences, best first.</returns>
    /// <exception cref="ArgumentException">A setting contradicts another; the message names both.</exception>
    /// <exception cref="DecodingException">A score is NaN or +∞, or every continuation is ruled out.</exception>
    public ImmutableArray<BeamResult> Run(ReadOnlySpan<int> prompt, int vocabulary, NextLogits model, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        Check(prompt, vocabulary);
        int[][] phrases = [.. RequiredPhrases.Select(phrase => phrase.ToArray())];
        var groups = new Group[Groups];
        for (int g = 0; g < Groups; g++) groups[g] = new();
        int perGroup = Beams / Groups;

        for (int step = 0; step < MaxNewTokens && !Array.TrueForAll(groups, group => group.Done); step++)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] scores = Scores(prompt, vocabulary, model, groups, step);
            var chosen = new Dictionary<int, int>();   // token → how many beams of earlier groups took it in this step
            int row = 0;
            foreach (var group in groups)
            {
                if (group.Done) continue;
                int rows = group.Running.Count;
                Span<double> mine = scores.AsSpan(row * vocabulary, rows * vocabulary);
                row += rows;
                Penalise(mine, vocabulary, chosen);
                Advance(group, mine, vocabulary, perGroup, prompt.Length, step, phrases);
                foreach (var beam in group.Running)
                    chosen[beam.Token] = chosen.GetValueOrDefault(beam.Token) + 1;
            }
        }
        return Best(groups, prompt.Length, phrases);
    }

    /// <summary>Log-probabilities of every live beam's continuations, processed, plus what the beam has so far.</summary>
    double[] Scores(ReadOnlySpan<int> prompt, int vocabulary, NextLogits model, Group[] groups, int step)
    {
        var live = new List<Hypothesis>();
        var parents = new List<int>();
        foreach (var group in groups)
        {
            if (group.Done) continue;
            foreach (int parent in group.Parents) parents.Add(group.Offset + parent);
            group.Offset = live.Count;
            live.AddRange(group.Running);
        }
        var beams = live.ToArray();
        var logits = new float[beams.Length * vocabulary];
        model(new(prompt, beams, parents.ToArray(), step), logits);

        var scores = new double[logits.Length];
        for (int i = 0; i < beams.Length; i++)
        {
            ReadOnlySpan<float> from = logits.AsSpan(i * vocabulary, vocabulary);
            Span<double> to = scores.AsSpan(i * vocabulary, vocabulary);
            double total = Kernel<float>.LogSumExp(from, Temperature);
            if (double.IsNaN(total) || double.IsPositiveInfinity(total)) throw NonFinite(from, i, step);
            for (int token = 0; token < vocabulary; token++)
                to[token] = double.IsNegativeInfinity(from[token]) ? double.NegativeInfinity : from[token] / Temperature - total;
            Processor?.Invoke([.. prompt, .. beams[i].Tokens()], to);
            for (int token = 0; token < vocabulary; token++) to[token] += beams[i].LogProbability;
        }
        return scores;
    }

    static DecodingException NonFinite(ReadOnlySpan<float> row, int beam, int step)
    {
        int at = row.IndexOfAnyExceptInRange(float.NegativeInfinity, float.MaxValue);
        return new(DecodingError.NonFinite, $"the model's score of token {at} for beam {beam} in step {step} is {row[at]}; scores are finite, or −∞ for a token that is ruled out.");
    }

    void Penalise(Span<double> scores, int vocabulary, Dictionary<int, int> chosen)
    {
        if (DiversityPenalty == 0) return;
        for (int at = 0; at < scores.Length; at += vocabulary)
            Diversity.Penalise(scores.Slice(at, vocabulary), chosen, DiversityPenalty);
    }

    void Advance(Group group, ReadOnlySpan<double> scores, int vocabulary, int width, int promptLength, int step, int[][] phrases)
    {
        var candidates = Candidates(group, scores, vocabulary, Math.Max(2, 1 + EndTokens.Length) * width, step, phrases);
        if (candidates.Count == 0) { group.Done = true; return; }

        int length = step + 1;
        bool last = length == MaxNewTokens;
        bool full = group.Finished.Count >= width;
        var next = new List<Hypothesis>();
        var parents = new List<int>();
        var open = new List<(Candidate Candidate, Hypothesis Beam)>();
        for (int rank = 0; rank < candidates.Count; rank++)
        {
            var candidate = candidates[rank];
            Hypothesis from = group.Running[candidate.Beam];
            var progress = phrases.Length == 0 ? default : from.Progress.Advance(phrases, candidate.Token);
            var beam = new Hypothesis(from, candidate.Token, length, candidate.LogProbability, 0, progress);
            bool ended = EndTokens.Contains(candidate.Token);
            // Only candidates as good as the live beams may finish: an end token further down would lose to them. With required phrases
            // the live beams are dealt out by progress, and what holds every phrase may finish at any rank.
            bool mayFinish = phrases.Length == 0 ? rank < width : progress.Complete(phrases);
            if ((ended || last) && mayFinish && !(full && EarlyStopping == EarlyStopping.WhenFull))
                group.Finished.Add((beam, LengthPenalty.Score(beam.LogProbability, promptLength, length), ended));
            if (!ended) open.Add((candidate, beam));
        }
        foreach (var (candidate, beam) in Allocate(open, width, phrases))
        {
            next.Add(beam);
            parents.Add(candidate.Beam);
        }
        // OrderBy keeps the order of equals: the earlier one stays.
        var best = group.Finished.OrderByDescending(finished => finished.Score).Take(width).ToList();
        group.Finished.Clear();
        group.Finished.AddRange(best);
        group.Parents = [.. parents];
        group.Running = next;
        group.Done = next.Count == 0 || last || Stops(group, width, promptLength, length);
    }

    /// <summary>The best candidates of a step, best first; with phrases also the continuations that bring a phrase forward.</summary>
    List<Candidate> Candidates(Group group, ReadOnlySpan<double> scores, int vocabulary, int count, int step, int[][] phrases)
    {
        // The worst of the kept ones is on top of the heap.
        var heap = new PriorityQueue<Candidate, Candidate>(Comparer<Candidate>.Create((a, b) => b.CompareTo(a)));
        for (int beam = 0; beam < group.Running.Count; beam++)
        {
            ReadOnlySpan<double> row = scores.Slice(beam * vocabulary, vocabulary);
            for (int token = 0; token < vocabulary; token++)
            {
                if (double.IsNegativeInfinity(row[token])) continue;
                double key = Seed is { } seed ? row[token] + Gumbel(seed, step, group.Running[beam], token) : row[token];
                var candidate = new Candidate(beam, token, key, row[token]);
                if (heap.Count < count) heap.Enqueue(candidate, candidate);
                else if (candidate.CompareTo(heap.Peek()) < 0) heap.EnqueueDequeue(candidate, candidate);
            }
        }
        var best = new List<Candidate>(heap.Count);
        while (heap.TryDequeue(out var candidate, out _)) best.Add(candidate);
        if (phrases.Length > 0)
            for (int beam = 0; beam < group.Running.Count; beam++)
                foreach (int token in Openings(group.Running[beam], scores.Slice(beam * vocabulary, vocabulary), phrases))
                {
                    double score = scores[beam * vocabulary + token];
                    if (!double.IsNegativeInfinity(score) && !best.Exists(candidate => candidate.Beam == beam && candidate.Token == token))
                        best.Add(new(beam, token, score, score));
                }
        // Drawn candidates go on in the order of their scores, as all others.
        return [.. best.Select(candidate => candidate with { Key = candidate.LogProbability }).Order()];
    }

    /// <summary>What a beam with required phrases is always offered: the tokens that bring a phrase forward, its likeliest token, and the end once every phrase is there.</summary>
    IEnumerable<int> Openings(Hypothesis beam, ReadOnlySpan<double> scores, int[][] phrases)
    {
        int likeliest = 0;
        for (int token = 1; token < scores.Length; token++)
            if (scores[token] > scores[likeliest]) likeliest = token;
        return [likeliest, .. beam.Progress.Useful(phrases), .. beam.Progress.Complete(phrases) ? EndTokens : []];
    }

    /// <summary>Noise that belongs to the beam's text and the token, whatever else is alive.</summary>
    static double Gumbel(ulong seed, int step, Hypothesis beam, int token) =>
        StableMath.Gumbel(Philox.Uniform(seed ^ beam.TextHash(), (ulong)step, (uint)token));

    /// <summary>Keeps the best, or deals the places out in turn to beams with more and with less of the phrases.</summary>
    static IEnumerable<(Candidate, Hypothesis)> Allocate(List<(Candidate Candidate, Hypothesis Beam)> open, int width, int[][] phrases)
    {
        if (phrases.Length == 0) return open.Take(width);
        Queue<(Candidate, Hypothesis)>[] banks =
        [
            .. open.GroupBy(one => one.Beam.Progress.Tokens(phrases)).OrderByDescending(bank => bank.Key).Select(bank => new Queue<(Candidate, Hypothesis)>(bank)),
        ];
        var kept = new List<(Candidate Candidate, Hypothesis)>();
        while (kept.Count < width && Array.Exists(banks, bank => bank.Count > 0))
            foreach (var bank in banks)
                if (kept.Count < width && bank.TryDequeue(out var one)) kept.Add(one);
        return kept.OrderBy(one => one.Candidate);
    }

    bool Stops(Group group, int width, int promptLength, int length)
    {
        if (group.Finished.Count < width) return false;
        if (EarlyStopping == EarlyStopping.WhenFull) return true;
        double best = group.Running.Max(beam => beam.LogProbability), worst = group.Finished.Min(finished => finished.Score);
        int favourable = EarlyStopping == EarlyStopping.Never && LengthPenalty.Exponent > 0 ? MaxNewTokens : length;
        return LengthPenalty.Score(best, promptLength, favourable) <= worst;
    }

    ImmutableArray<BeamResult> Best(Group[] groups, int promptLength, int[][] phrases)
    {
        var results = groups.SelectMany(group => group.Finished)
            .OrderByDescending(finished => finished.Score)
            .Select(finished => new BeamResult([.. finished.Beam.Tokens()], finished.Score, finished.Beam.LogProbability, finished.Ended, MeetsConstraints: true))
            .Take(Return).ToList();
        if (results.Count < Return)   // nothing more was finished: the live beams, best first, say what they are
            results.AddRange(groups.SelectMany(group => group.Running)
                .Where(beam => beam.Length > 0 && !results.Exists(result => result.Tokens.AsSpan().SequenceEqual(beam.Tokens())))
                .Select(beam => new BeamResult([.. beam.Tokens()], LengthPenalty.Score(beam.LogProbability, promptLength, beam.Length), beam.LogProbability, Ended: false, phrases.Length == 0 || beam.Progress.Complete(phrases)))
                .OrderByDescending(result => result.MeetsConstraints).ThenByDescending(result => result.Score)
                .Take(Return - results.Count));
        if (results.Count == 0)
            throw new DecodingException(DecodingError.NoCandidates, "every continuation of the prompt is ruled out (all scores are −∞); relax the processor or the model's mask.");
        return [.. results];
    }

    /// <summary>What every search asks of its start.</summary>
    internal static void CheckStart(ReadOnlySpan<int> prompt, int vocabulary, ImmutableArray<int> endTokens)
    {
        Throw.IfLess(vocabulary, 1);
        if (prompt.IsEmpty) throw new ArgumentException("prompt is empty; a search continues at least one token, such as the beginning-of-sequence token.", nameof(prompt));
        foreach (int token in endTokens)
            if ((uint)token >= (uint)vocabulary) throw new ArgumentException($"EndTokens holds {token}; the vocabulary has tokens 0 to {vocabulary - 1}.");
    }

    void Check(ReadOnlySpan<int> prompt, int vocabulary)
    {
        CheckStart(prompt, vocabulary, EndTokens);
        Throw.IfLess(Beams, 1);
        Throw.IfLess(MaxNewTokens, 1);
        if (Return < 1 || Return > Beams) throw new ArgumentException($"Return is {Return}; a search with {Beams} beams returns 1 to {Beams} sequences.");
        if (Groups < 1 || Beams % Groups != 0) throw new ArgumentException($"Groups is {Groups}, which does not divide the {Beams} beams.");
        if (!(Temperature > 0) || !double.IsFinite(Temperature)) throw new ArgumentException($"Temperature is {Temperature}; it is above 0 and finite. A search without noise has no use for 0.");
        if (!(DiversityPenalty >= 0) || !double.IsFinite(DiversityPenalty)) throw new ArgumentException($"DiversityPenalty is {DiversityPenalty}; it is at least 0 and finite.");
        if (DiversityPenalty > 0 && Groups == 1) throw new ArgumentException($"DiversityPenalty is {DiversityPenalty} but Groups is 1; the penalty works between groups, so set Groups to 2 or more.");
        if (!double.IsFinite(LengthPenalty.Exponent)) throw new ArgumentException($"LengthPenalty.Exponent is {LengthPenalty.Exponent}; it is finite.");
        if (RequiredPhrases.Length > 64) throw new ArgumentException($"RequiredPhrases holds {RequiredPhrases.Length} phrases; at most 64 can be required.");
        for (int i = 0; i < RequiredPhrases.Length; i++)
        {
            if (RequiredPhrases[i].IsDefaultOrEmpty) throw new ArgumentException($"RequiredPhrases[{i}] is empty; a phrase has at least one token.");
            foreach (int token in RequiredPhrases[i])
                if ((uint)token >= (uint)vocabulary) throw new ArgumentException($"RequiredPhrases[{i}] holds {token}; the vocabulary has tokens 0 to {vocabulary - 1}.");
            foreach (int token in RequiredPhrases[i].AsSpan()[..^1])
                if (EndTokens.Contains(token)) throw new ArgumentException($"RequiredPhrases[{i}] holds {token} before its end, and EndTokens too; the text would end inside the phrase. Take {token} out of one of them.");
        }
        int phraseTokens = RequiredPhrases.Sum(phrase => phrase.Length);
        if (phraseTokens > MaxNewTokens) throw new ArgumentException($"RequiredPhrases hold {phraseTokens} tokens but MaxNewTokens is {MaxNewTokens}; they cannot fit.");
    }
}
