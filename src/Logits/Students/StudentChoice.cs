using Logits.Randomness;

namespace Logits.Students;

/// <summary>Temperature, α and C chosen on rows held out of the transfer set.</summary>
/// <param name="Temperature">T.</param>
/// <param name="Alpha">α.</param>
/// <param name="C">The strength of the linear student's penalty.</param>
/// <param name="HeldOutLogLoss">The mean log loss on the held-out rows, over the folds.</param>
public sealed record StudentChoice(double Temperature, double Alpha, double C, double HeldOutLogLoss)
{
    /// <summary>The default grid of temperatures.</summary>
    public static IReadOnlyList<double> Temperatures { get; } = [1, 2, 4, 8];

    /// <summary>The default grid of α.</summary>
    public static IReadOnlyList<double> Alphas { get; } = [0, 0.5, 0.9, 1];

    /// <summary>The default grid of C.</summary>
    public static IReadOnlyList<double> Cs { get; } = [0.1, 1, 10, 100];

    /// <summary>Tries every combination on folds of the set and returns the one with the least held-out log loss against the labels; ties go to the first.</summary>
    /// <param name="set">The transfer set.</param>
    /// <param name="fit">Trains a student: (set, T, α, C).</param>
    /// <param name="temperatures">T to try.</param>
    /// <param name="alphas">α to try.</param>
    /// <param name="cs">C to try.</param>
    /// <param name="folds">How many folds; rows are dealt to them at random within their class.</param>
    /// <param name="seed">Of the deal.</param>
    /// <exception cref="ArgumentException">There are too few rows for folds, or nothing to try.</exception>
    public static StudentChoice Of(TransferSet set, Func<TransferSet, double, double, double, Student> fit, IReadOnlyList<double>? temperatures = null,
        IReadOnlyList<double>? alphas = null, IReadOnlyList<double>? cs = null, int folds = 5, ulong seed = 1)
    {
        Throw.IfLess(folds, 2);
        var fold = Deal(set, folds, seed);
        var parts = Enumerable.Range(0, folds).Select(f => (
            Train: set.Select([.. Enumerable.Range(0, set.Rows).Where(i => fold[i] != f)]),
            Held: set.Select([.. Enumerable.Range(0, set.Rows).Where(i => fold[i] == f)]))).Where(part => part.Held.Rows > 0 && part.Train.Rows > 0).ToArray();
        if (parts.Length == 0)
            throw new ArgumentException($"the set has {set.Rows} rows; with {folds} folds none of them is left to learn from, or to judge by. Give more rows of a class.", nameof(set));
        StudentChoice? best = null;
        foreach (double alpha in alphas ?? Alphas)
            foreach (double temperature in alpha == 0 ? [1] : temperatures ?? Temperatures)
                foreach (double c in cs ?? Cs)
                {
                    double loss = parts.Sum(part => fit(part.Train, temperature, alpha, c).Evaluate(part.Held).LogLoss * part.Held.Rows) / parts.Sum(part => part.Held.Rows);
                    if (best is null || loss < best.HeldOutLogLoss)
                        best = new(temperature, alpha, c, loss);
                }
        return best ?? throw new ArgumentException("the grid is empty; give at least one temperature, alpha and C.", nameof(alphas));
    }

    static int[] Deal(TransferSet set, int folds, ulong seed)
    {
        var fold = new int[set.Rows];
        for (int label = 0; label < set.Classes; label++)
        {
            int[] rows = [.. Enumerable.Range(0, set.Rows).Where(i => set.Y[i] == label).OrderBy(i => Philox.Uniform(seed, (ulong)i))];
            for (int i = 0; i < rows.Length; i++)
                fold[rows[i]] = i % folds;
        }
        return fold;
    }
}
