using Logits.Optimization;

namespace Logits.Regression;

/// <summary>Rows that are read from somewhere, block after block, as often as asked: a file larger than memory.</summary>
public interface IRowSource
{
    /// <summary>The number of predictors p in a row; there is no column of ones among them.</summary>
    int Columns { get; }

    /// <summary>The names of the predictors.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Starts again at the first row.</summary>
    void Rewind();

    /// <summary>Reads the next rows: predictors row after row, responses 0 to 1, weights.</summary>
    /// <returns>How many rows were read; 0 at the end.</returns>
    int Read(Span<double> predictors, Span<double> responses, Span<double> weights);
}

/// <summary>Rows of a comma-separated file with a header; every named column is a number.</summary>
/// <remarks>Memory is one line and one block, however large the file. A row with an empty or NA cell in a column that is read is left out and counted.</remarks>
public sealed class CsvRowSource : IRowSource, IDisposable
{
    readonly string _path;
    readonly int[] _at;
    readonly int _response, _weight;
    StreamReader _reader;
    long _row;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="response">The column of 0 and 1.</param>
    /// <param name="predictors">The columns of numbers; all others when null.</param>
    /// <param name="weights">The column of weights, or null.</param>
    /// <exception cref="ArgumentException">The header has no such column.</exception>
    public CsvRowSource(string path, string response, IReadOnlyList<string>? predictors = null, string? weights = null)
    {
        _path = path;
        _reader = new(path);
        string[] header = (_reader.ReadLine() ?? throw new FormatException($"{path}: the file is empty; the first row holds the names of the columns.")).Split(',');
        int Find(string name) => Array.IndexOf(header, name) is var at and >= 0 ? at : throw new ArgumentException($"{path}: there is no column {name}; the file has {string.Join(", ", header.Take(30))}.");
        _response = Find(response);
        _weight = weights is null ? -1 : Find(weights);
        Names = predictors ?? [.. header.Where((name, j) => j != _response && j != _weight)];
        _at = [.. Names.Select(Find)];
    }

    /// <inheritdoc/>
    public int Columns => _at.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Rows left out in the latest pass because a cell is missing.</summary>
    public long RowsDropped { get; private set; }

    /// <inheritdoc/>
    public void Rewind()
    {
        _reader.Dispose();
        _reader = new(_path);
        _reader.ReadLine();
        (_row, RowsDropped) = (0, 0);
    }

    /// <inheritdoc/>
    public int Read(Span<double> predictors, Span<double> responses, Span<double> weights)
    {
        int count = 0;
        var bounds = new List<(int Start, int End)>();
        while (count < responses.Length && _reader.ReadLine() is { } line)
        {
            _row++;
            if (line.Length == 0)
                continue;
            bounds.Clear();
            for (int start = 0; start <= line.Length;)
            {
                int end = line.IndexOf(',', start);
                if (end < 0)
                    end = line.Length;
                bounds.Add((start, end));
                start = end + 1;
            }
            bool missing = false;
            double Cell(int column)
            {
                if (column >= bounds.Count)
                    throw new FormatException($"{_path}: row {_row}: there are {bounds.Count} cells; column {column + 1} is needed.");
                var text = line.AsSpan(bounds[column].Start, bounds[column].End - bounds[column].Start).Trim();
                if (text.IsEmpty || text is "NA")
                {
                    missing = true;
                    return 0;
                }
                return double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
                    : throw new FormatException($"{_path}: row {_row}: {text} in column {column + 1} is not a finite number.");
            }
            for (int j = 0; j < _at.Length; j++)
                predictors[count * _at.Length + j] = Cell(_at[j]);
            responses[count] = Cell(_response);
            weights[count] = _weight < 0 ? 1 : Cell(_weight);
            if (missing)
                RowsDropped++;
            else if (responses[count] is < 0 or > 1)
                throw new FormatException($"{_path}: row {_row}: the response is {responses[count]}; it is 0 to 1.");
            else
                count++;
        }
        return count;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _reader.Dispose();
}

/// <summary>Yes/no models of data that do not fit into memory: a pass over the rows a Newton step, p² numbers kept.</summary>
/// <remarks>
/// One pass finds means and scales; every further pass adds up likelihood, gradient and information in blocks, so memory does not grow with the rows.
/// The order of the rows decides the last bits here, since rows cannot be sorted. A handful of passes reaches the optimum to rounding.
/// </remarks>
public sealed class StreamedLogit
{
    const int Block = 1024;

    StreamedLogit(IReadOnlyList<string> names, double[] estimates, Matrix covariance, double logLikelihood, double objective, double gap, long rows, int passes, bool converged) =>
        (Names, Estimates, Covariance, LogLikelihood, ObjectiveValue, GapBound, Rows, Passes, Converged) = (names, estimates, covariance, logLikelihood, objective, gap, rows, passes, converged);

    /// <summary>The parameters, the constant first.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The parameters, in the units of the columns as given.</summary>
    public IReadOnlyList<double> Estimates { get; }

    /// <summary>The inverse information; without a penalty it is the covariance of the estimates.</summary>
    public Matrix Covariance { get; }

    /// <summary>Σ w log P(y).</summary>
    public double LogLikelihood { get; }

    /// <summary>Mean loss plus penalty.</summary>
    public double ObjectiveValue { get; }

    /// <summary>Half the Newton decrement: the objective is within about this of its minimum.</summary>
    public double GapBound { get; }

    /// <summary>The rows read in a pass.</summary>
    public long Rows { get; }

    /// <summary>How often the rows were read.</summary>
    public int Passes { get; }

    /// <summary>Whether the decrement reached the rounding of the objective.</summary>
    public bool Converged { get; }

    /// <summary>Fits mean loss + λ/2·|β|², the constant free; λ = 0 is maximum likelihood.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="lambda">λ, at least 0.</param>
    /// <exception cref="RankDeficientException">A column is constant, or a combination of others, and λ is 0.</exception>
    public static StreamedLogit Fit(IRowSource rows, double lambda = 0)
    {
        Throw.IfNegative(lambda);
        int p = rows.Columns + 1, passes = 1;
        string[] names = [DesignMatrix.InterceptName, .. rows.Names];
        double[] x = new double[Block * (p - 1)], y = new double[Block], w = new double[Block], wide = new double[Block * p], curve = new double[Block];
        double[] mean = new double[p], square = new double[p];
        double total = 0, yes = 0;
        long count = 0;
        rows.Rewind();
        for (int n; (n = rows.Read(x, y, w)) > 0; count += n)
            for (int i = 0; i < n; i++)
            {
                total += w[i];
                yes += w[i] * y[i];
                // Welford's update: exact however far the values lie from 0.
                for (int j = 1; j < p && w[i] > 0; j++)
                {
                    double value = x[i * (p - 1) + j - 1], step = value - mean[j];
                    mean[j] += step * w[i] / total;
                    square[j] += w[i] * step * (value - mean[j]);
                }
            }
        if (count == 0)
            throw new ArgumentException("the source has no complete rows.", nameof(rows));
        if (yes == 0 || yes == total)
            Throw.OnlyOneOutcome(yes == 0 ? "0" : "1");
        var scale = new double[p];
        for (int j = 1; j < p; j++)
        {
            scale[j] = Math.Sqrt(square[j] / total);
            if (!(scale[j] > 1e-13 * Math.Abs(mean[j])))
                throw new RankDeficientException(names[j], $"column {names[j]} is {mean[j]:R} in every row: its effect cannot be told from the constant. Leave it out.");
        }
        scale[0] = 1;

        double[] point = new double[p], gradient = new double[p], information = new double[p * p], trial = new double[p];
        point[0] = Math.Log(yes / (total - yes));
        double value0 = Pass(point);
        double bestDecrement = double.PositiveInfinity;
        while (true)
        {
            var factor = Cholesky.Factor(information, p, 1e-13, out int failed) ?? throw new RankDeficientException(names[failed],
                $"column {names[failed]} is a linear combination of the columns before it, or separates the outcomes. Leave it out, or fit with a penalty.");
            var step = (double[])gradient.Clone();
            factor.Solve(step);
            double decrement = LinearAlgebra.Dot(step, gradient);
            bool flat = decrement < 1e-22 * (1 + value0);
            if (flat || passes > 60 || (decrement < 1e-9 && decrement > 0.25 * bestDecrement))
            {
                // The step is known already; taking it costs no pass and gains the last digits.
                double penalty = 0;
                for (int j = 0; j < p; j++)
                    point[j] -= step[j];
                for (int j = 1; j < p; j++)
                    penalty += 0.5 * lambda / (scale[j] * scale[j]) * point[j] * point[j];
                return Done(flat || decrement < 1e-9, decrement, penalty, factor);
            }
            bestDecrement = Math.Min(bestDecrement, decrement);
            double length = 1, reached;
            var from = (double[])point.Clone();
            while (true)
            {
                for (int j = 0; j < p; j++)
                    trial[j] = from[j] - length * step[j];
                reached = Pass(trial);
                if (reached <= value0 - 1e-4 * length * decrement || length < 1e-6 || decrement < 1e-9)
                    break;
                length /= 2;
            }
            trial.CopyTo(point, 0);
            value0 = reached;
        }

        double Pass(double[] at)
        {
            passes++;
            var sum = new ExactSum();
            Array.Clear(gradient);
            Array.Clear(information);
            rows.Rewind();
            for (int n; (n = rows.Read(x, y, w)) > 0;)
            {
                for (int i = 0; i < n; i++)
                {
                    var row = wide.AsSpan(i * p, p);
                    row[0] = 1;
                    for (int j = 1; j < p; j++)
                        row[j] = (x[i * (p - 1) + j - 1] - mean[j]) / scale[j];
                    double z = LinearAlgebra.Dot(row, at), share = LogMath.Sigmoid(z), weight = w[i] / total;
                    sum.Add(weight * (y[i] * LogMath.Softplus(-z) + (1 - y[i]) * LogMath.Softplus(z)));
                    LinearAlgebra.AddScaled(weight * (share - y[i]), row, gradient);
                    curve[i] = weight * share * LogMath.Sigmoid(-z);
                }
                WeightedGram.Add(wide, n, p, curve, information);
            }
            double loss = sum.Value;
            for (int j = 1; j < p; j++)
            {
                double l2 = lambda / (scale[j] * scale[j]);
                loss += 0.5 * l2 * at[j] * at[j];
                gradient[j] += l2 * at[j];
                information[j * p + j] += l2;
            }
            return loss;
        }

        StreamedLogit Done(bool converged, double decrement, double penalty, Cholesky factor)
        {
            var map = new Matrix(p, p);
            map[0, 0] = 1;
            for (int j = 1; j < p; j++)
            {
                map[j, j] = 1 / scale[j];
                map[0, j] = -mean[j] / scale[j];
            }
            var covariance = Matrix.Sandwich(map, factor.Inverse());
            for (int i = 0; i < covariance.Data.Length; i++)
                covariance.Data[i] /= total;
            return new(names, map.Times(point), covariance, -(value0 - penalty) * total, value0, 0.5 * decrement, count, passes, converged);
        }
    }
}
