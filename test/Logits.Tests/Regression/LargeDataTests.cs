using System.Text;
using Logits.Formats;
using Logits.Randomness;
using Logits.Regression;

namespace Logits.Tests.Regression;

public class LargeDataTests
{
    static (double[] X, double[] Y) Data(int n, int p)
    {
        double[] x = new double[n * p], y = new double[n];
        for (int i = 0; i < n; i++)
        {
            double score = -0.3;
            for (int j = 0; j < p; j++)
            {
                x[i * p + j] = Philox.Uniform(3, (ulong)i, (ulong)j) < 0.3 ? Math.Round(4 * Philox.Uniform(4, (ulong)i, (ulong)j) - 2, 3) : 0;
                score += (j % 3 - 1) * x[i * p + j];
            }
            y[i] = Philox.Uniform(5, (ulong)i) < LogMath.Sigmoid(score) ? 1 : 0;
        }
        return (x, y);
    }

    static (long[] Starts, int[] Indices, double[] Values) Compressed(double[] x, int outer, int inner, Func<int, int, double> at)
    {
        var starts = new List<long> { 0 };
        var indices = new List<int>();
        var values = new List<double>();
        for (int i = 0; i < outer; i++)
        {
            for (int j = 0; j < inner; j++)
                if (at(i, j) != 0)
                {
                    indices.Add(j);
                    values.Add(at(i, j));
                }
            starts.Add(indices.Count);
        }
        return ([.. starts], [.. indices], [.. values]);
    }

    [Fact]
    public void SparseRowsAndColumnsAgreeWithDenseOnes()
    {
        const int n = 500, p = 12;
        var (x, y) = Data(n, p);
        var dense = LogisticRegression.Fit(DesignMatrix.From(x, p), y, new Ridge(0.01));
        var byRow = Compressed(x, n, p, (i, j) => x[i * p + j]);
        var byColumn = Compressed(x, p, n, (j, i) => x[i * p + j]);
        var rows = SparseFit.Binary(SparseMatrix.FromRows(p, byRow.Starts, byRow.Indices, byRow.Values), y, new Ridge(0.01));
        var columns = SparseFit.Binary(SparseMatrix.FromColumns(n, byColumn.Starts, byColumn.Indices, byColumn.Values), y, new Ridge(0.01));
        Assert.Equal(rows.Coefficients.Values.ToArray(), columns.Coefficients.Values.ToArray());
        for (int j = 0; j <= p; j++)
            Assert.Equal(dense.Estimates[j], rows.Coefficients[0, j], 1e-9);
        Assert.InRange(rows.GapBound, 0, 1e-12);
    }

    [Fact]
    public void SparseSoftmaxAgreesWithTheDenseOne()
    {
        const int n = 300, p = 6;
        var (x, _) = Data(n, p);
        int[] labels = [.. Enumerable.Range(0, n).Select(i => x[i * p] + Philox.Uniform(6, (ulong)i) < 0.3 ? 0 : Philox.Uniform(7, (ulong)i) < 0.5 ? 1 : 2)];
        var dense = LogisticRegression.Fit(DesignMatrix.From(x, p), labels, new Ridge(0.02));
        var byRow = Compressed(x, n, p, (i, j) => x[i * p + j]);
        var sparse = SparseFit.Multinomial(SparseMatrix.FromRows(p, byRow.Starts, byRow.Indices, byRow.Values), labels, 3, new Ridge(0.02));
        for (int j = 0; j < dense.Estimates.Count; j++)
            Assert.Equal(dense.Estimates[j], sparse.Coefficients.Values[j], 1e-9);
    }

    static int[] Labels(double[] x, int n, int p) =>
        [.. Enumerable.Range(0, n).Select(i => x[i * p] + Philox.Uniform(6, (ulong)i) < 0.3 ? 0 : x[i * p + 1] + Philox.Uniform(7, (ulong)i) < 0.5 ? 1 : x[i * p + 2] > 0.5 ? 2 : 3)];

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.05, 1)]
    [InlineData(0.03, 0.5)]
    [InlineData(0.2, 1)]
    public void SparseSoftmaxWithAbsoluteValuesAgreesWithTheDenseOneAndWithBruteForce(double lambda, double alpha)
    {
        const int n = 400, p = 10, classes = 4;
        var (x, _) = Data(n, p);
        int[] labels = Labels(x, n, p);
        var penalty = new ElasticNet(lambda, alpha);
        var dense = LogisticRegression.Fit(DesignMatrix.From(x, p), labels, penalty);
        var byRow = Compressed(x, n, p, (i, j) => x[i * p + j]);
        var sparse = SparseFit.Multinomial(SparseMatrix.FromRows(p, byRow.Starts, byRow.Indices, byRow.Values), labels, classes, penalty);
        Assert.True(dense.Converged && sparse.Converged);
        Assert.Equal(Proof.Global, dense.Certificate.Proof);
        Assert.InRange(dense.Certificate.GapBound, 0, 1e-13);
        Assert.InRange(sparse.GapBound, 0, 1e-13);
        Assert.Equal(dense.NonZero, sparse.NonZero);
        // Intercepts are free but for a common number, which the dense fit takes out.
        double shift = Enumerable.Range(0, classes).Average(k => sparse.Coefficients[k, 0]);
        for (int k = 0; k < classes; k++)
            for (int j = 0; j <= p; j++)
                Assert.Equal(dense.Coefficients[k, j], sparse.Coefficients[k, j] - (j == 0 ? shift : 0), 1e-8);

        // Brute force: proximal gradient steps (FISTA with restarts) on the same objective, written out plainly.
        double[] b = Slow(x, n, p, labels, classes, penalty);
        double ours = Objective(x, n, p, labels, classes, [.. dense.Estimates], penalty, null), slow = Objective(x, n, p, labels, classes, b, penalty, null);
        Assert.Equal(dense.ObjectiveValue, ours, 12);
        Assert.InRange(slow - ours, -dense.Certificate.GapBound - 1e-14, 1e-9);   // both sums round
        for (int k = 0; k < classes; k++)
            for (int j = 1; j <= p; j++)
                Assert.Equal(b[k * (p + 1) + j], dense.Coefficients[k, j], 1e-4);
    }

    [Fact]
    public void TheGapOfASoftmaxWithAbsoluteValuesIsAtLeastTheTrueOne()
    {
        const int n = 300, p = 8, classes = 4;
        var (x, _) = Data(n, p);
        int[] labels = Labels(x, n, p);
        var byRow = Compressed(x, n, p, (i, j) => x[i * p + j]);
        var matrix = SparseMatrix.FromRows(p, byRow.Starts, byRow.Indices, byRow.Values);
        foreach (var penalty in (Penalty[])[new Lasso(0.02), new ElasticNet(0.02, 0.3), new Lasso(0.1)])
        {
            double least = SparseFit.Multinomial(matrix, labels, classes, penalty).ObjectiveValue;
            foreach (double tolerance in (double[])[0.5, 0.1, 1e-2, 1e-3, 1e-5, 1e-8])
            {
                var fit = SparseFit.Multinomial(matrix, labels, classes, penalty, tolerance);
                Assert.InRange(fit.ObjectiveValue - least, -1e-15, fit.GapBound);
                Assert.InRange(fit.GapBound, 0, tolerance * fit.ObjectiveValue + 1e-14);
                var dense = new PenalizedMultinomial(penalty) { GapTolerance = tolerance }.Fit(new(DesignMatrix.From(x, p), Response.Classes(labels)));
                Assert.InRange(dense.ObjectiveValue - least, -1e-15, dense.Certificate.GapBound);
            }
        }
    }

    /// <summary>Columns without a penalty beside others: the bound must not take their optimum for granted.</summary>
    [Fact]
    public void TheGapWithFreeColumnsIsAtLeastTheTrueOne()
    {
        const int n = 300, p = 6;
        var (x, y) = Data(n, p);
        int[] labels = Labels(x, n, p);
        Penalty penalty = new Lasso(0.03) { Factors = [0, 1, 1, 0, 1, 2] };
        ModelFrame classes = new(DesignMatrix.From(x, p), Response.Classes(labels)), yes = new(DesignMatrix.From(x, p), Response.Binary(y));
        foreach (double tolerance in (double[])[0, 1e-1, 1e-3, 1e-6])
        {
            var soft = new PenalizedMultinomial(penalty) { GapTolerance = tolerance }.Fit(classes);
            var binary = new PenalizedLogit(penalty) { GapTolerance = tolerance }.Fit(yes);
            Assert.True(soft.Certificate.IsProven && binary.Certificate.IsProven);
            Assert.InRange(soft.ObjectiveValue - new PenalizedMultinomial(penalty).Fit(classes).ObjectiveValue, -1e-15, soft.Certificate.GapBound);
            Assert.InRange(binary.ObjectiveValue - new PenalizedLogit(penalty).Fit(yes).ObjectiveValue, -1e-15, binary.Certificate.GapBound);
            if (tolerance == 0)
                Assert.InRange(Math.Max(soft.Certificate.GapBound, binary.Certificate.GapBound), 0, 1e-12);
        }
    }

    static double Objective(double[] x, int n, int p, int[] labels, int classes, double[] b, Penalty penalty, double[]? gradient)
    {
        double loss = 0;
        gradient?.AsSpan().Clear();
        for (int i = 0; i < n; i++)
        {
            var z = new double[classes];
            for (int k = 0; k < classes; k++)
            {
                z[k] = b[k * (p + 1)];
                for (int j = 0; j < p; j++)
                    z[k] += x[i * p + j] * b[k * (p + 1) + 1 + j];
            }
            double log = Math.Log(z.Sum(Math.Exp));
            loss += (log - z[labels[i]]) / n;
            for (int k = 0; k < classes && gradient is not null; k++)
            {
                double r = (Math.Exp(z[k] - log) - (k == labels[i] ? 1 : 0)) / n;
                gradient[k * (p + 1)] += r;
                for (int j = 0; j < p; j++)
                    gradient[k * (p + 1) + 1 + j] += r * x[i * p + j];
            }
        }
        for (int k = 0; k < classes; k++)
            for (int j = 1; j <= p; j++)
                loss += penalty.L1 * Math.Abs(b[k * (p + 1) + j]) + penalty.L2 / 2 * b[k * (p + 1) + j] * b[k * (p + 1) + j];
        return loss;
    }

    static double[] Slow(double[] x, int n, int p, int[] labels, int classes, Penalty penalty)
    {
        int size = classes * (p + 1);
        double[] b = new double[size], y = new double[size], gradient = new double[size];
        double largest = 0, t = 1, before = double.PositiveInfinity;
        for (int i = 0; i < n; i++)
            largest = Math.Max(largest, 1 + Enumerable.Range(0, p).Sum(j => x[i * p + j] * x[i * p + j]));
        double step = 1 / (0.5 * largest + penalty.L2);
        for (int iteration = 0; iteration < 20_000; iteration++)
        {
            Objective(x, n, p, labels, classes, y, penalty, gradient);
            var next = new double[size];
            for (int j = 0; j < size; j++)
            {
                bool free = j % (p + 1) == 0;
                double moved = y[j] - step * (gradient[j] + (free ? 0 : penalty.L2 * y[j])), threshold = free ? 0 : step * penalty.L1;
                next[j] = Math.Sign(moved) * Math.Max(0, Math.Abs(moved) - threshold);
            }
            double value = Objective(x, n, p, labels, classes, next, penalty, null), faster = (1 + Math.Sqrt(1 + 4 * t * t)) / 2, pull = value > before ? 0 : (t - 1) / faster;
            t = value > before ? 1 : faster;
            for (int j = 0; j < size; j++)
                y[j] = next[j] + pull * (next[j] - b[j]);
            if (before - value is >= 0 and < 1e-15 && iteration > 500)
                return next;
            (b, before) = (next, value);
        }
        return b;
    }

    [Fact]
    public void SparseFitsPredictTheSameBitsAfterSavingAndLoading()
    {
        const int n = 200, p = 5;
        var (x, y) = Data(n, p);
        var byRow = Compressed(x, n, p, (i, j) => x[i * p + j]);
        var matrix = SparseMatrix.FromRows(p, byRow.Starts, byRow.Indices, byRow.Values);
        double[] row = [1, .. x[..p]];
        foreach (var fit in (SparseFit[])[SparseFit.Binary(matrix, y, new Lasso(0.02)), SparseFit.Multinomial(matrix, Labels(x, n, p), 4, new Ridge(0.1))])
        {
            var after = Logits.Formats.ModelFile.FromUtf8(Logits.Formats.ModelFile.ToUtf8(fit.ToModel()), "model.json");
            Assert.Equal(fit.ToModel().Probabilities(row), after.Probabilities(row));
            Assert.Equal(fit.ToModel().Scores(row)[0], Enumerable.Range(0, p + 1).Sum(j => fit.Coefficients[0, j] * row[j]), 12);
        }
    }

    [Fact]
    public void SparseFitRefusesWhatItWouldIgnore() => Assert.Contains("sparse predictors take new Ridge",
        Assert.Throws<ArgumentException>(() => SparseFit.Binary(SparseMatrix.FromRows(1, [0, 1, 2], [0, 0], [1, 2]), [0, 1], new Lasso(0.1) { Standardize = true })).Message);

    [Theory]
    [InlineData(0.02, 1)]
    [InlineData(0.1, 1)]
    [InlineData(0.05, 0.5)]
    public void SparseLassoAgreesWithTheDenseOne(double lambda, double alpha)
    {
        const int n = 500, p = 12;
        var (x, y) = Data(n, p);
        var penalty = new ElasticNet(lambda, alpha);
        var dense = LogisticRegression.Fit(DesignMatrix.From(x, p), y, penalty);
        var byRow = Compressed(x, n, p, (i, j) => x[i * p + j]);
        var sparse = SparseFit.Binary(SparseMatrix.FromRows(p, byRow.Starts, byRow.Indices, byRow.Values), y, penalty);
        Assert.Equal(dense.NonZero, sparse.NonZero);
        for (int j = 0; j <= p; j++)
            Assert.Equal(dense.Estimates[j], sparse.Coefficients[0, j], 1e-9);
        Assert.InRange(sparse.GapBound, 0, 1e-12);
        Assert.True(sparse.Converged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.7)]
    [InlineData(0)]
    public void TheGapOfAPathIsAtLeastTheTrueOne(double alpha)
    {
        const int n = 400, p = 12;
        var (x, y) = Data(n, p);
        ModelFrame frame = new(DesignMatrix.From(x, p), Response.Binary(y));
        var exact = RegularizationPath.Fit(frame, new() { Count = 12, Alpha = alpha });
        foreach (double tolerance in (double[])[1e-2, 1e-4, 1e-6, 1e-9])
        {
            var path = RegularizationPath.Fit(frame, new() { Count = 12, Alpha = alpha, GapTolerance = tolerance });
            for (int k = 0; k < path.Points.Count; k++)
            {
                double gap = path.Points[k].Objective - exact.Points[k].Objective;
                Assert.InRange(gap, -1e-15, path.Points[k].GapBound);
                Assert.InRange(path.Points[k].GapBound, 0, tolerance * path.Points[k].Objective + 1e-14);
            }
        }
    }

    [Theory]
    [InlineData(60, 150, 1)]
    [InlineData(60, 150, 0.5)]
    [InlineData(2000, 30, 1)]
    public void TheGapIsAtLeastTheTrueOneForSharesWithWeightsAndOffset(int n, int p, double alpha)
    {
        var (x, y) = Data(n, p);
        double[] shares = [.. y.Select((v, i) => i % 4 == 0 ? 0.1 + 0.8 * Philox.Uniform(41, (ulong)i) : v)];
        ModelFrame frame = new(DesignMatrix.From(x, p), Response.Binary(shares))
        {
            Weights = [.. Enumerable.Range(0, n).Select(i => 0.5 + i % 3)],
            Offset = [.. Enumerable.Range(0, n).Select(i => Philox.Uniform(42, (ulong)i) - 0.5)],
        };
        PathOptions options = new() { Count = 30, MinimumRatio = 0.02, Alpha = alpha };
        var exact = RegularizationPath.Fit(frame, options);
        Assert.All(exact.Points, point => Assert.InRange(point.GapBound, 0, 1e-13));
        foreach (double tolerance in (double[])[1e-2, 1e-5, 1e-8])
        {
            var path = RegularizationPath.Fit(frame, options with { GapTolerance = tolerance });
            for (int k = 0; k < path.Points.Count; k++)
            {
                Assert.InRange(path.Points[k].Objective - exact.Points[k].Objective, -1e-14, path.Points[k].GapBound);
                Assert.InRange(path.Points[k].GapBound, 0, tolerance * path.Points[k].Objective + 1e-14);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-9)]
    public void AnyRowOfPenaltiesGivesTheFitsOfEachByItself(double tolerance)
    {
        const int n = 1500, p = 20;
        var (x, y) = Data(n, p);
        ModelFrame frame = new(DesignMatrix.From(x, p), Response.Binary(y));
        double[] lambdas = [0.1, 0.1, 0.05, 0.002, 0.05, 0.0499, 0.0005, 0.0005];
        var path = RegularizationPath.Fit(frame, new() { Lambdas = lambdas, GapTolerance = tolerance });
        for (int k = 0; k < lambdas.Length; k++)
        {
            var alone = RegularizationPath.Fit(frame, new() { Lambdas = [lambdas[k]] }).Points[0];
            Assert.Equal(alone.Objective, path.Points[k].Objective, tolerance + 1e-14);
            Assert.InRange(path.Points[k].Objective - alone.Objective, -1e-14, path.Points[k].GapBound);
        }
    }

    [Fact]
    public void FoldsOfAPathThatSaturatesReachItsEnd()
    {
        const int n = 120;
        var (x, y) = Data(n, 3);
        var cross = CrossValidatedPath.Fit(new(DesignMatrix.From(x, 3), Response.Binary(y)), [.. Enumerable.Range(0, n).Select(i => i % 4)], new() { StopAtSaturation = true });
        Assert.Equal(cross.Path.Points.Count, cross.MeanDeviance.Count);
        Assert.All(cross.MeanDeviance, value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void TheGapOfASparseRidgeIsAtLeastTheTrueOneInAnyUnits()
    {
        const int n = 400, p = 8;
        var (x, y) = Data(n, p);
        double[] large = [.. x.Select(v => 50 * v)];
        var byRow = Compressed(large, n, p, (i, j) => large[i * p + j]);
        var matrix = SparseMatrix.FromRows(p, byRow.Starts, byRow.Indices, byRow.Values);
        double least = SparseFit.Binary(matrix, y, new Ridge(0.5)).ObjectiveValue;
        foreach (double tolerance in (double[])[0.5, 0.1, 1e-2, 1e-4])
        {
            var fit = SparseFit.Binary(matrix, y, new Ridge(0.5), tolerance);
            Assert.InRange(fit.ObjectiveValue - least, -1e-14, fit.GapBound);
        }
    }

    [Fact]
    public void StreamedRowsGiveTheFitOfRowsInMemory()
    {
        const int n = 3000, p = 4;
        var (x, y) = Data(n, p);
        string path = Path.GetTempFileName();
        try
        {
            var text = new StringBuilder("y,a,b,c,d\n");
            for (int i = 0; i < n; i++)
                text.Append($"{y[i]},{x[i * p]},{x[i * p + 1]},{x[i * p + 2]},{x[i * p + 3]}\n");
            text.Append("1,,0,0,0\n");
            File.WriteAllText(path, text.ToString());
            using var source = new CsvRowSource(path, "y");
            var streamed = StreamedLogit.Fit(source);
            var inMemory = LogisticRegression.Fit(DesignMatrix.From(x, p, ["a", "b", "c", "d"]), y);
            Assert.Equal(1, source.RowsDropped);
            Assert.True(streamed.Converged);
            for (int j = 0; j <= p; j++)
            {
                Assert.Equal(inMemory.Estimates[j], streamed.Estimates[j], 1e-10);
                Assert.Equal(inMemory.StandardError(j), Math.Sqrt(streamed.Covariance[j, j]), 1e-10);
            }
            Assert.Equal(inMemory.LogLikelihood, streamed.LogLikelihood, 1e-8);
            // The mean loss is within the bound of the smallest, which the fit in memory has to within its own.
            Assert.InRange(streamed.ObjectiveValue + inMemory.LogLikelihood / n, -1e-14 - inMemory.Certificate.GapBound / n, streamed.GapBound + inMemory.Certificate.GapBound / n);
            Assert.InRange(streamed.GapBound, 1e-16, 1e-12);
            var ridge = LogisticRegression.Fit(DesignMatrix.From(x, p), y, new Ridge(0.1));
            var streamedRidge = StreamedLogit.Fit(source, 0.1);
            for (int j = 0; j <= p; j++)
                Assert.Equal(ridge.Estimates[j], streamedRidge.Estimates[j], 1e-10);
        }
        finally { File.Delete(path); }
    }

    sealed class Endless(int rows) : IRowSource
    {
        int _at;
        public int Columns => 10;
        public IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(1, 10).Select(j => $"x{j}")];
        public void Rewind() => _at = 0;
        public int Read(Span<double> predictors, Span<double> responses, Span<double> weights)
        {
            int count = Math.Min(responses.Length, rows - _at);
            for (int i = 0; i < count; i++, _at++)
            {
                ulong h = (ulong)_at * 0x9E3779B97F4A7C15;
                double sum = 0;
                for (int j = 0; j < 10; j++)
                {
                    h = (h ^ h >> 29) * 0xBF58476D1CE4E5B9;
                    sum += predictors[i * 10 + j] = (h >> 11) * (1.0 / (1UL << 53));
                }
                h = (h ^ h >> 29) * 0xBF58476D1CE4E5B9;
                responses[i] = (h >> 11) * (1.0 / (1UL << 53)) < LogMath.Sigmoid(sum - 5) ? 1 : 0;
                weights[i] = 1;
            }
            return count;
        }
    }

    [Fact]
    public void MemoryDoesNotGrowWithTheRowsStreamed()
    {
        StreamedLogit.Fit(new Endless(2000));
        long live = GC.GetTotalMemory(forceFullCollection: true);
        StreamedLogit.Fit(new Endless(200_000));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - live, long.MinValue, 10_000_000); // the rows would be 16 MB
    }

    sealed class Sorted(double[] x, double[] y, int p) : IRowSource
    {
        readonly int[] _order = [.. Enumerable.Range(0, y.Length).OrderBy(i => y[i])];
        int _at;
        public int Columns => p;
        public IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(1, p).Select(j => $"x{j}")];
        public void Rewind() => _at = 0;
        public int Read(Span<double> predictors, Span<double> responses, Span<double> weights)
        {
            int count = 0;
            for (; count < Math.Min(responses.Length, 700) && _at < y.Length; count++, _at++)
            {
                x.AsSpan(_order[_at] * p, p).CopyTo(predictors[(count * p)..]);
                (responses[count], weights[count]) = (y[_order[_at]], 1 + _order[_at] % 3);
            }
            return count;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void RowsInAnyOrderAreFittedInFivePasses(double lambda)
    {
        // More rows than the sample that the fit starts from holds, and the outcomes one after the other.
        const int n = 90_000, p = 4;
        var (x, y) = Data(n, p);
        var streamed = StreamedLogit.Fit(new Sorted(x, y, p), lambda);
        Assert.True(streamed.Converged);
        Assert.InRange(streamed.Passes, 3, 5);
        ModelFrame frame = new(DesignMatrix.From(x, p), Response.Binary(y)) { Weights = [.. Enumerable.Range(0, n).Select(i => 1.0 + i % 3)] };
        RegressionFit inMemory = lambda == 0 ? new Binomial().Fit(frame) : new PenalizedLogit(new Ridge(lambda)).Fit(frame);
        for (int j = 0; j <= p; j++)
            Assert.Equal(inMemory.Estimates[j], streamed.Estimates[j], 1e-11);
    }

    sealed class Listed(double[] x, double[] y, double[] w) : IRowSource
    {
        bool _read;
        public int Columns => 1;
        public IReadOnlyList<string> Names { get; } = ["x1"];
        public void Rewind() => _read = false;
        public int Read(Span<double> predictors, Span<double> responses, Span<double> weights)
        {
            if (_read)
                return 0;
            x.CopyTo(predictors);
            y.CopyTo(responses);
            w.CopyTo(weights);
            _read = true;
            return y.Length;
        }
    }

    [Theory]
    [InlineData(double.NaN, 1, 1, "column x1 holds a value that is not finite")]
    [InlineData(double.PositiveInfinity, 1, 1, "column x1 holds a value that is not finite")]
    [InlineData(1, 1.5, 1, "the response of row 3 is 1.5; it is 0 to 1")]
    [InlineData(1, double.NaN, 1, "the response of row 3 is NaN; it is 0 to 1")]
    [InlineData(1, 1, -1, "the weight of row 3 is -1; it is at least 0 and finite")]
    public void AStreamedRowThatDoesNotFitIsNamed(double x, double y, double w, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => StreamedLogit.Fit(new Listed([0, 1, 2, x], [0, 1, 0, y], [1, 1, 1, w]))).Message);

    [Fact]
    public void ASampleOfAStreamHoldsEveryRowAsLikely()
    {
        const int n = 300_000, p = 1;
        var sample = new RowSample(new Sorted([], [], p));
        for (int i = 0; i < n; i++)
            sample.Add([i], i % 2, 1);
        Assert.True(sample.IsPart);
        int m = sample.Rows;
        double[] x = new double[m], y = new double[m], w = new double[m];
        Assert.Equal(m, sample.Read(x, y, w));
        Assert.Equal(m, x.Distinct().Count());
        Assert.All(Enumerable.Range(0, m), i => Assert.Equal(x[i] % 2, y[i]));
        var tenths = x.GroupBy(v => (int)(10 * v / n)).Select(g => g.Count() / (double)m);
        Assert.All(tenths, share => Assert.InRange(share, 0.09, 0.11));
    }

    [Fact]
    public void LargeDenseFitsReachTheProvenGap()
    {
        const int n = 40_000, p = 8;
        var (x, y) = Data(n, p);
        var fit = new PenalizedLogit(new Ridge(1e-4)) { GapTolerance = 1e-10 }.Fit(new(DesignMatrix.From(x, p), Response.Binary(y)));
        var exact = new PenalizedLogit(new Ridge(1e-4)).Fit(new(DesignMatrix.From(x, p), Response.Binary(y)));
        Assert.True(fit.Certificate.IsProven);
        Assert.InRange(fit.Certificate.GapBound, 0, 1e-10);
        Assert.InRange(fit.ObjectiveValue - exact.ObjectiveValue, -1e-15, fit.Certificate.GapBound + 1e-15);
        var likelihood = new Binomial().Fit(new(DesignMatrix.From(x, p), Response.Binary(y)));
        Assert.True(likelihood.Certificate.IsProven);
        Assert.InRange(likelihood.Certificate.GapBound, 0, 1e-9);
    }

    [Fact]
    public void TheLikelihoodOfALargeProblemHasTheMaximumThatPlainNewtonStepsFind()
    {
        const int n = 60_000, p = 34;
        var (x, y) = Data(n, p);
        ModelFrame frame = new(DesignMatrix.From(x, p), Response.Binary(y));
        var data = BinomialData.Of(frame);
        Assert.True(data.IsLarge(p + 1, Link.Logit));
        var fit = new Binomial().Fit(frame);
        var columns = new Standardization(frame.Design, data.Rows, data.Weights, centre: true);
        var plain = new FittedLikelihood(data.Likelihood(columns, Link.Logit), Maximizer.Maximize(data.Likelihood(columns, Link.Logit), data.Start(columns, Link.Logit)), columns.Map());
        Assert.True(fit.Certificate.IsProven);
        Assert.InRange(fit.Certificate.GapBound, 0, -1e-12 * fit.LogLikelihood);
        for (int j = 0; j <= p; j++)
        {
            Assert.Equal(plain.Estimates[j], fit.Estimates[j], 1e-12);
            Assert.Equal(1, fit.StandardError(j) / Math.Sqrt(plain.Covariance[j, j]), 1e-11);
        }
    }

    [Fact]
    public void RowsThatWereGivenBackComeAgainWithTheSameBits()
    {
        const int n = 300, p = 11;
        var (x, y) = Data(n, p);
        ModelFrame frame = new(DesignMatrix.From(x, p), Response.Binary(y));
        var data = BinomialData.Of(frame);
        var columns = new Standardization(frame.Design, data.Rows, data.Weights, centre: true, padded: true);
        double[] before = columns.X[..(columns.N * columns.Stride)];
        columns.Release();
        columns.Release();
        Assert.Equal(before, columns.X);
    }

    [Fact]
    public void AFitAnswersSeveralThreadsAtOnceAsOne()
    {
        const int n = 400, p = 5;
        var (x, y) = Data(n, p);
        BinomialFit Fit() => new Binomial().Fit(new(DesignMatrix.From(x, p), Response.Binary(y)));
        Interval[] one = [.. Enumerable.Range(0, p + 1).Select(j => Fit().ProfileInterval(j))], several = new Interval[p + 1];
        var shared = Fit();
        Parallel.For(0, 8 * (p + 1), task =>
        {
            var interval = shared.ProfileInterval(task % (p + 1));
            lock (several)
                Assert.True(several[task % (p + 1)] == default || several[task % (p + 1)] == interval);
            several[task % (p + 1)] = interval;
        });
        Assert.Equal(one, several);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(24)]
    public void TheWeightedGramMatrixIsTheSumOfOuterProducts(int p)
    {
        foreach (int n in (int[])[1, 63, 64, 65, 200])
        {
            int stride = p + 3;
            double[] x = [.. Enumerable.Range(0, n * stride).Select(e => Philox.Uniform(21, (ulong)e) - 0.5)], weights = [.. Enumerable.Range(0, n).Select(i => Philox.Uniform(22, (ulong)i) - 0.3)];
            double[] gram = [.. Enumerable.Range(0, p * p).Select(e => (double)(e / p + e % p))], expected = (double[])gram.Clone();
            for (int i = 0; i < n; i++)
                for (int a = 0; a < p; a++)
                    for (int b = 0; b < p; b++)
                        expected[a * p + b] += weights[i] * x[i * stride + a] * x[i * stride + b];
            WeightedGram.Add(x.AsSpan(0, (n - 1) * stride + p), n, p, stride, weights, gram);
            for (int e = 0; e < gram.Length; e++)
                Assert.Equal(expected[e], gram[e], 1e-13);
        }
    }

    [Fact]
    public void RowsOfTheGramMatrixAreThoseOfTheColumnsChosen()
    {
        const int n = 200, p = 24;
        double[] x = [.. Enumerable.Range(0, n * p).Select(e => Philox.Uniform(23, (ulong)e) - 0.5)], weights = [.. Enumerable.Range(0, n).Select(i => Philox.Uniform(24, (ulong)i))];
        var all = new double[p * p];
        WeightedGram.Add(x, n, p, weights, all);
        int[] chosen = [23, 0, 7, 8, 15, 16, 4, 5, 6, 11];
        var rows = WeightedGram.Rows(x, n, p, chosen, weights);
        for (int a = 0; a < chosen.Length; a++)
            for (int b = 0; b < p; b++)
                Assert.Equal(all[chosen[a] * p + b], rows[a][b], 1e-14);
    }

    [Fact]
    public void RowsOfTheSameContentAreJoinedHoweverManyThereAre()
    {
        // Three contents, the second with a zero of either sign, and one more row.
        const int n = 5000;
        double[] table = new double[2 * n], weights = new double[n];
        double[] sums = new double[4];
        for (int i = 0; i < n; i++)
        {
            int kind = i == 1234 ? 3 : (int)(3 * Philox.Uniform(31, (ulong)i));
            (table[2 * i], table[2 * i + 1]) = kind switch { 0 => (1, 2), 1 => (i % 2 == 0 ? 0.0 : -0.0, 3), 2 => (2, 1), _ => (7, 7) };
            weights[i] = i % 5;
            sums[kind] += weights[i];
        }
        var (rows, totals) = CanonicalRows.Of(n, [(table, 2)], weights);
        Assert.Equal(4, rows.Length);
        for (int r = 0; r < 4; r++)
            Assert.Equal(sums[table[2 * rows[r]] switch { 1 => 0, 0 => 1, 2 => 2, _ => 3 }], totals[r]);
    }

    [Fact]
    public void SoftmaxFitsReachTheProvenGapAsWell()
    {
        const int n = 6000, p = 6;
        var (x, _) = Data(n, p);
        int[] labels = [.. Enumerable.Range(0, n).Select(i => Philox.Uniform(8, (ulong)i) < 0.02 ? 3 : x[i * p] + Philox.Uniform(6, (ulong)i) < 0.3 ? 0 : x[i * p + 1] < 0.2 ? 1 : 2)];
        var fit = new PenalizedMultinomial(new Ridge(1.0 / n)) { GapTolerance = 1e-9 }.Fit(new(DesignMatrix.From(x, p), Response.Classes(labels)));
        Assert.True(fit.Certificate.IsProven);
        Assert.InRange(fit.Certificate.GapBound, 0, 1.1e-9 * fit.ObjectiveValue);
    }
}
