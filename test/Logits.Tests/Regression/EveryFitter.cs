using System.Reflection;
using System.Text;
using Logits.Formats;
using Logits.Regression;
using Logits.Students;

namespace Logits.Tests.Regression;

/// <summary>What is true of the fitters that are no <see cref="RegressionModel"/>: sparse and streamed rows, paths, students. New ones are missed by reflection.</summary>
public class EveryFitter
{
    /// <summary>Rows with three predictors, yes/no, and one of three classes.</summary>
    sealed record Problem(double[] X, int[] Yes, int[] Class)
    {
        public int Rows => Yes.Length;
        public int Columns => X.Length / Rows;

        public static Problem Of(int[] rows, double[]? units = null, Func<int, int, double>? cell = null)
        {
            double At(int i, int j) => cell?.Invoke(i, j) ?? (j == 2 ? (EveryModel.Draw(i, j) > 0.5 ? 1 : 0) : Math.Round(4 * EveryModel.Draw(i, j) - 2, 2));
            double Score(int i) => EveryModel.Draw(i, 0) - EveryModel.Draw(i, 1) + 1.2 * (EveryModel.Draw(i, 9) - 0.5);
            return new([.. rows.SelectMany(i => Enumerable.Range(0, 3).Select(j => At(i, j) * (units?[j] ?? 1)))], [.. rows.Select(i => Score(i) > 0 ? 1 : 0)], [.. rows.Select(i => Score(i) < -0.3 ? 0 : Score(i) < 0.3 ? 1 : 2)]);
        }

        public SparseMatrix Sparse()
        {
            var starts = new List<long> { 0 };
            var (indices, values) = (new List<int>(), new List<double>());
            for (int i = 0; i < Rows; i++)
            {
                for (int j = 0; j < Columns; j++)
                    if (X[i * Columns + j] != 0)
                    {
                        indices.Add(j);
                        values.Add(X[i * Columns + j]);
                    }
                starts.Add(indices.Count);
            }
            return SparseMatrix.FromRows(Columns, [.. starts], [.. indices], [.. values]);
        }

        public T Streamed<T>(Func<CsvRowSource, T> fit)
        {
            string path = Path.GetTempFileName();
            try
            {
                var text = new StringBuilder("y,a,b,c\n");
                for (int i = 0; i < Rows; i++)
                    text.Append(Yes[i]).Append(',').AppendJoin(',', X[(i * 3)..(i * 3 + 3)].Select(v => v.ToString("R"))).Append('\n');
                File.WriteAllText(path, text.ToString());
                using var source = new CsvRowSource(path, "y");
                return fit(source);
            }
            finally { File.Delete(path); }
        }

        public TransferSet Transfer() =>
            new(X, Columns, ((ReadOnlySpan<double>)[.. Enumerable.Range(0, Rows).SelectMany(i => Enumerable.Range(0, 3).Select(k => 2 * Math.Cos(k + X[i * 3]) + (k == Class[i] ? 1 : 0)))]).AsLogits(3), Class);

        public ModelFrame Frame() => new(DesignMatrix.From(X, Columns, ["a", "b", "c"]), Response.Binary([.. Yes.Select(y => (double)y)]));
    }

    sealed record Fitter(string Name, Type Type, Func<Problem, double[]> Fit)
    {
        /// <summary>Whether the order of rows may change the last bits, or more.</summary>
        public bool IsOrdered { get; init; }
    }

    static readonly Fitter[] All =
    [
        .. ((Penalty[])[new Ridge(0.05), new Lasso(0.02), new ElasticNet(0.03, 0.5)]).SelectMany(penalty => (Fitter[])
        [
            new($"sparse yes/no {penalty.GetType().Name}", typeof(SparseFit), p => SparseFit.Binary(p.Sparse(), [.. p.Yes.Select(y => (double)y)], penalty).Coefficients.Values.ToArray()),
            new($"sparse softmax {penalty.GetType().Name}", typeof(SparseFit), p => SparseFit.Multinomial(p.Sparse(), p.Class, 3, penalty).Coefficients.Values.ToArray()),
        ]),
        new("streamed", typeof(StreamedLogit), p => [.. p.Streamed(source => StreamedLogit.Fit(source)).Estimates]) { IsOrdered = true },
        new("streamed ridge", typeof(StreamedLogit), p => [.. p.Streamed(source => StreamedLogit.Fit(source, 0.1)).Estimates]) { IsOrdered = true },
        new("student of labels", typeof(LinearStudent), p => LinearStudent.Fit(p.Transfer(), 1, 0, 1) is var s ? [.. s.Weights, .. s.Intercepts] : []),
        new("student of a teacher", typeof(LinearStudent), p => LinearStudent.Fit(p.Transfer(), 3, 0.7, 1) is var s ? [.. s.Weights, .. s.Intercepts] : []),
        new("small network", typeof(MlpStudent), p => MlpStudent.Fit(p.Transfer(), 3, 0.7, new() { Hidden = 3, Epochs = 3 }).Logits(new double[3])) { IsOrdered = true },
        new("path", typeof(RegularizationPath), p => [.. RegularizationPath.Fit(p.Frame(), new() { Count = 6 }).Points.SelectMany(point => point.Coefficients)]),
        new("cross-validated path", typeof(CrossValidatedPath), p => [.. CrossValidatedPath.Fit(p.Frame(), [.. p.X.Where((_, j) => j % 3 == 0).Select(a => (int)(Math.Abs(a) * 1000) % 3)], new() { Count = 6 }).Path.Points.SelectMany(point => point.Coefficients)]),
    ];

    public static TheoryData<string> Names => [.. All.Select(fitter => fitter.Name)];

    static Fitter Named(string name) => All.First(fitter => fitter.Name == name);

    static readonly int[] Sixty = [.. Enumerable.Range(0, 60)];

    [Fact]
    public void IsHere()
    {
        var fitters = typeof(RegressionModel).Assembly.GetExportedTypes().Where(type => type.Namespace is "Logits.Regression" or "Logits.Students"
            && type.GetMethods(BindingFlags.Public | BindingFlags.Static).Any(method => method.ReturnType == type && method.Name is "Fit" or "Binary" or "Multinomial"));
        Assert.Equal(fitters.Where(type => type != typeof(Response)).Select(type => type.Name).Order(), All.Select(fitter => fitter.Type.Name).Distinct().Order());
    }

    [Theory, MemberData(nameof(Names))]
    public void GivesTheSameBitsOnEveryRunAndForAnyOrderOfRows(string name)
    {
        var fitter = Named(name);
        int[] order = [.. Sixty.OrderBy(i => EveryModel.Draw(i, 20))];
        double[] first = fitter.Fit(Problem.Of(Sixty));
        Assert.All(first, b => Assert.True(double.IsFinite(b)));
        Assert.Equal(first, fitter.Fit(Problem.Of(Sixty)));
        if (!fitter.IsOrdered)
            Assert.Equal(first, fitter.Fit(Problem.Of(order)));
        else if (fitter.Type != typeof(MlpStudent))
            Assert.All(first.Zip(fitter.Fit(Problem.Of(order))), pair => Assert.Equal(pair.First, pair.Second, 1e-12 * Math.Max(1, Math.Abs(pair.First))));
    }

    [Theory, MemberData(nameof(Names))]
    public void TakesRowsTwiceForTheSameRows(string name)
    {
        var fitter = Named(name);
        if (fitter.Type == typeof(MlpStudent))
            return;
        // The student's C is a strength a row: twice the rows count twice. Its objective is tested with half of it elsewhere.
        if (fitter.Type == typeof(LinearStudent))
            return;
        double[] once = fitter.Fit(Problem.Of(Sixty)), twice = fitter.Fit(Problem.Of([.. Sixty, .. Sixty]));
        Assert.All(once.Zip(twice), pair => Assert.Equal(pair.First, pair.Second, 1e-9 * Math.Max(1, Math.Abs(pair.First))));
    }

    static readonly (string Name, Func<Problem> Make, string Says)[] Troubles =
    [
        ("one row", () => Problem.Of([7]), "every response is [01];.* add rows|every row is of class 1, .* Add rows|every row of labels is 1;.* Add rows|fold 0 has every row"),
        ("one class", () => Problem.Of(Sixty) with { Yes = new int[60], Class = new int[60] }, "every response is 0;.* add rows|every row of labels is 0;.* Add rows|every row is of class 0, for the labels;.* Add rows"),
        ("a constant column", () => Problem.Of(Sixty, cell: (i, j) => j == 0 ? 5 : EveryModel.Draw(i, j)), "column a is 5 in every row.* Leave it out|fold [012] has"),
        ("a combination", () => Problem.Of(Sixty, cell: (i, j) => j == 2 ? 2 * Math.Round(EveryModel.Draw(i, 0), 2) + 1 : Math.Round(EveryModel.Draw(i, j), 2)), "column c is a linear combination.* Leave it out"),
        ("huge values", () => Problem.Of(Sixty, [1e200, 1, 1]), "(column a|column 0|feature 0) reaches 1.96E\\+200.* Multiply it by a power of ten"),
        ("tiny values", () => Problem.Of(Sixty, [1, 1e-200, 1]), "column b reaches 2E-200.* Multiply it by a power of ten"),
        ("two rows", () => Problem.Of([0, 3]), "every response is 1;.* add rows|every row of labels is 2;.* Add rows|every row is of class 2, .* Add rows|fold [01] has"),
    ];

    public static TheoryData<string, string> NamesAndTroubles => [.. All.SelectMany(fitter => Troubles.Select(trouble => (fitter.Name, trouble.Name)))];

    [Theory, MemberData(nameof(NamesAndTroubles))]
    public void AnswersOrNamesTheCauseAndTheWayOut(string name, string trouble)
    {
        var (_, make, says) = Troubles.First(t => t.Name == trouble);
        // A stream knows the mean of a column, not its largest value.
        if (trouble is "huge values" or "tiny values" && Named(name).Type == typeof(StreamedLogit))
            says = "column [ab] reaches .*E[+-](198|200|201).* Multiply it by a power of ten";
        try
        {
            Assert.All(Named(name).Fit(make()), b => Assert.True(double.IsFinite(b) || (b == double.NegativeInfinity && name.StartsWith("student", StringComparison.Ordinal)), $"{b}"));
            TestContext.Current.SendDiagnosticMessage("{0}", $"{name}, {trouble}: answered");
        }
        catch (ArgumentException error)
        {
            TestContext.Current.SendDiagnosticMessage("{0}", $"{name}, {trouble}: {error.Message}");
            Assert.Matches(says, error.Message);
        }
    }
}
