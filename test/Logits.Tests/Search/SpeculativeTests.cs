using Logits.Randomness;
using Logits.Search;

namespace Logits.Tests.Search;

public class SpeculativeTests
{
    static int Draw(ReadOnlySpan<double> p, double u)
    {
        double running = 0;
        int last = 0;
        for (int i = 0; i < p.Length; i++)
        {
            if (p[i] <= 0) continue;
            last = i;
            if ((running += p[i]) > u) return i;
        }
        return last;
    }

    [Fact]
    public void AChainEmitsExactlyWhatTheTargetWouldDraw()
    {
        // Two tokens are emitted from a target that depends on the first; the draft is quite another model.
        const int k = 4;
        ToyModel target = new(k, 1), draft = new(k, 2);
        var counts = new int[k * k];
        for (ulong trial = 0; trial < 20_000; trial++)
        {
            ulong n = 0;
            double U() => Philox.Uniform(99, trial, n++);
            var text = new List<int> { 0 };
            while (text.Count < 3)
            {
                int[] drafted = new int[2];
                double[] q = new double[2 * k], p = new double[3 * k], next = new double[k];
                var path = new List<int>(text);
                for (int i = 0; i < 2; i++)
                {
                    draft.Probabilities(path.ToArray()).CopyTo(q, i * k);
                    target.Probabilities(path.ToArray()).CopyTo(p, i * k);
                    path.Add(drafted[i] = Draw(q.AsSpan(i * k, k), U()));
                }
                target.Probabilities(path.ToArray()).CopyTo(p, 2 * k);
                int accepted = SpeculativeSampling.Verify(drafted, new Probabilities<double>(q, k), new Probabilities<double>(p, k), [U(), U()], next);
                text.AddRange(drafted[..accepted]);
                text.Add(Draw(next, U()));
            }
            counts[text[1] * k + text[2]]++;
        }
        double[] first = target.Probabilities([0]);
        ChiSquare.Agrees([.. Enumerable.Range(0, k * k).Select(i => first[i / k] * target.Probabilities([0, i / k])[i % k])], counts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ATreeEmitsExactlyWhatTheTargetWouldDraw(bool withDraftProbabilities)
    {
        // Two children of the root drawn without replacement, one grandchild under the first.
        const int k = 5;
        ToyModel target = new(k, 3), draft = new(k, 4);
        double[] p0 = target.Probabilities([0]), q0 = draft.Probabilities([0]);
        var counts = new int[k];
        for (ulong trial = 0; trial < 40_000; trial++)
        {
            ulong n = 0;
            double U() => Philox.Uniform(7, trial, n++);
            int a = Draw(q0, U());
            double[] rest = [.. q0];
            rest[a] = 0;
            double total = rest.Sum();
            for (int i = 0; i < k; i++) rest[i] /= total;
            int b = Draw(rest, U()), c = Draw(draft.Probabilities([0, a]), U());
            var tree = new SpeculativeTree([-1, a, b, c], [-1, 0, 0, 1]);
            double[] p = [.. p0, .. target.Probabilities([0, a]), .. target.Probabilities([0, b]), .. target.Probabilities([0, a, c])];
            double[] q = [.. q0, .. draft.Probabilities([0, a]), .. draft.Probabilities([0, b]), .. draft.Probabilities([0, a, c])];
            double[] next = new double[k], u = [U(), U(), U(), U()];
            var accepted = withDraftProbabilities
                ? tree.Verify(new Probabilities<double>(p, k), new Probabilities<double>(q, k), u, next)
                : tree.VerifyByTarget(new Probabilities<double>(p, k), u, next);
            counts[accepted.IsEmpty ? Draw(next, U()) : accepted[0]]++;
        }
        ChiSquare.Agrees(p0, counts);
    }

    [Fact]
    public void NamesWhatDoesNotFit()
    {
        var three = new double[] { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
        Assert.Contains("targetProbabilities has 3 rows; 1 drafted tokens need 2",
            Assert.Throws<ArgumentException>(() => { SpeculativeSampling.Verify([1], new Probabilities<double>(three.AsSpan(0, 3), 3), new Probabilities<double>(three, 3), [0.5], new double[3]); }).Message);
        Assert.Contains("draft[0] is 5; the vocabulary has tokens 0 to 2",
            Assert.Throws<ArgumentException>(() => { SpeculativeSampling.Verify([5], new Probabilities<double>(three.AsSpan(0, 3), 3), new Probabilities<double>(three.AsSpan(0, 6), 3), [0.5], new double[3]); }).Message);
        Assert.Contains("parents[1] is 1; a parent stands before its children", Assert.Throws<ArgumentException>(() => new SpeculativeTree([0, 1], [-1, 1])).Message);
    }
}
