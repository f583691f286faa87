namespace Logits.Students;

/// <summary>One draw of few labels: how the student of labels and the student of the teacher did on the same test rows.</summary>
public sealed record GainDraw(double HardAccuracy, double SoftAccuracy, double HardLogLoss, double SoftLogLoss);

/// <summary>What distillation gains over hard labels when labels are few, with its standard error over repeated draws.</summary>
/// <remarks>
/// For every draw, m images of each class are taken from the pool; the hard student gets the one of several C that is best on the test rows over all
/// draws, which favours it; the soft student has T, α and C fixed beforehand. Gains are paired: both students of a draw saw the same rows.
/// </remarks>
public sealed record GainStudy(IReadOnlyList<GainDraw> Draws)
{
    /// <summary>Mean accuracy of hard labels.</summary>
    public double HardAccuracy => Draws.Average(draw => draw.HardAccuracy);

    /// <summary>Mean accuracy of distillation.</summary>
    public double SoftAccuracy => Draws.Average(draw => draw.SoftAccuracy);

    /// <summary>The mean paired gain in accuracy.</summary>
    public double Gain => Draws.Average(draw => draw.SoftAccuracy - draw.HardAccuracy);

    /// <summary>The standard error of <see cref="Gain"/> over the draws.</summary>
    public double StandardError =>
        Draws.Count < 2 ? double.NaN : Math.Sqrt(Draws.Sum(draw => Math.Pow(draw.SoftAccuracy - draw.HardAccuracy - Gain, 2)) / (Draws.Count - 1) / Draws.Count);

    /// <summary>In how many draws distillation was the more accurate.</summary>
    public int Wins => Draws.Count(draw => draw.SoftAccuracy > draw.HardAccuracy);

    /// <summary>Runs the study with linear students.</summary>
    /// <param name="pool">The labelled images that may be drawn.</param>
    /// <param name="test">The images that judge.</param>
    /// <param name="perClass">Images of each class a draw.</param>
    /// <param name="draws">How many draws; draw s uses the permutation of seed 1000 + s.</param>
    /// <param name="temperature">T of the soft student.</param>
    /// <param name="alpha">α of the soft student.</param>
    /// <param name="c">C of the soft student.</param>
    /// <param name="hardCs">C that the hard student may choose among.</param>
    public static GainStudy Run(TransferSet pool, TransferSet test, int perClass, int draws, double temperature, double alpha, double c, IReadOnlyList<double>? hardCs = null)
    {
        Throw.IfLess(perClass, 1);
        Throw.IfLess(draws, 1);
        var sets = Enumerable.Range(1, draws).Select(s => pool.Select(FewPerClass(pool, perClass, 1000 + (ulong)s))).ToArray();
        var hard = (hardCs ?? StudentChoice.Cs).Select(strength => sets.Select(set => LinearStudent.Fit(set, 1, 0, strength).Evaluate(test)).ToArray())
            .MaxBy(results => results.Average(result => result.Accuracy))!;
        var soft = sets.Select(set => LinearStudent.Fit(set, temperature, alpha, c).Evaluate(test));
        return new([.. hard.Zip(soft, (h, s) => new GainDraw(h.Accuracy, s.Accuracy, h.LogLoss, s.LogLoss))]);
    }

    /// <summary>Positions 0 to n − 1 in the order of Fisher and Yates' shuffle under splitmix64: for i from n − 1 to 1, swap i with next mod (i + 1).</summary>
    public static int[] Permutation(int n, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, n)];
        for (int i = n - 1; i > 0; i--)
        {
            seed += 0x9E3779B97F4A7C15;
            ulong z = seed;
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            int j = (int)((z ^ z >> 31) % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    /// <summary>The first m rows of every class, classes in order, of a shuffled pool.</summary>
    public static int[] FewPerClass(TransferSet pool, int perClass, ulong seed)
    {
        var order = Permutation(pool.Rows, seed);
        return [.. Enumerable.Range(0, pool.Classes).SelectMany(k => order.Where(i => pool.Y[i] == k).Take(perClass))];
    }
}
