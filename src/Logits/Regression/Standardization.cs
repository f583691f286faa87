using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Logits.Optimization;

namespace Logits.Regression;

/// <summary>
/// The design with every column shifted to mean 0 (where a constant term can take the shift) and scaled to standard deviation 1: what the
/// solvers see, so that units do not matter. Knows the way back.
/// </summary>
sealed class Standardization
{
    readonly DesignMatrix _design;
    readonly int[] _rows;
    double[]? _x;
    bool _rented;

    public readonly int N, P, Stride, Intercept;
    public readonly double[] Means, Scales;

    /// <param name="design">The predictors.</param>
    /// <param name="rows">Which rows, in canonical order.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="centre">Whether a shift of a column can be taken up: by the constant, by thresholds, or by conditioning.</param>
    /// <param name="padded">Whether rows are filled up with zeros to whole registers.</param>
    /// <exception cref="ArgumentException">A column is constant.</exception>
    public Standardization(DesignMatrix design, int[] rows, double[] weights, bool centre, bool padded = false)
    {
        N = rows.Length;
        P = design.Columns;
        Intercept = design.Intercept;
        Means = new double[P];
        Scales = new double[P];
        Stride = padded ? (P + 7) & ~7 : P;
        (_design, _rows, _rented) = (design, rows, padded);
        _x = padded ? ArrayPool<double>.Shared.Rent(checked(N * Stride)) : new double[(long)N * P];
        ClearPadding(_x);
        var variances = Gather(design, rows, weights, _x, Stride, Means);
        for (int j = 0; j < P; j++)
        {
            double variance = variances[j];
            if (j == Intercept)
            {
                (Means[j], Scales[j]) = (0, 1);
                continue;
            }
            if (!(Math.Sqrt(variance) > 1e-14 * Math.Abs(Means[j])) && centre)
                throw new RankDeficientException(design.Names[j], $"column {design.Names[j]} is {Means[j]:R} {(N == 1 ? "in the only row that counts" : "in every row")}: its effect cannot be told from the constant. Leave it out, or fit with a penalty (new Ridge(…)).");
            if (!centre)
            {
                variance += Means[j] * Means[j];
                Means[j] = 0;
                if (variance == 0 && rows.Any(i => design[i][j] != 0))
                    Throw.ColumnOutOfRange(design.Names[j], rows.Max(i => Math.Abs(design[i][j])));
                if (variance == 0)
                    throw new RankDeficientException(design.Names[j], $"column {design.Names[j]} is 0 in every row: it has no effect to estimate. Leave it out.");
            }
            Scales[j] = Math.Sqrt(variance);
        }
        Scale(_x, N, Stride, Means, Inverses);
    }

    double[] Inverses => [.. Scales.Select(scale => 1 / scale)];

    /// <summary>n rows of p columns, <see cref="Stride"/> apart; after <see cref="Release"/> made again from the design, to the same bits.</summary>
    public double[] X
    {
        get
        {
            if (_x is { } there)
                return there;
            var x = new double[(long)N * Stride];
            for (int i = 0; i < N; i++)
                _design[_rows[i]].CopyTo(x.AsSpan(i * Stride));
            Scale(x, N, Stride, Means, Inverses);
            return _x = x;
        }
    }

    /// <summary>Gives the rows back where there are many: a fit that is at hand needs them for profiles and tests alone.</summary>
    public void Release()
    {
        if (!_rented)
            return;
        ArrayPool<double>.Shared.Return(_x!);
        (_x, _rented) = (null, false);
    }

    void ClearPadding(double[] x)
    {
        for (int i = 0; i < N && Stride > P; i++)
            x.AsSpan(i * Stride + P, Stride - P).Clear();
    }

    /// <summary>
    /// Copies rows in their order into <paramref name="x"/>, <paramref name="stride"/> apart, and returns the weighted variances of the columns beside their means.
    /// Blocks of rows are read once, and counted while they are near.
    /// </summary>
    public static double[] Gather(DesignMatrix design, int[] rows, double[] weights, double[] x, int stride, double[] means)
    {
        int p = design.Columns, block = Math.Clamp(Near / p, 8, 128), ahead = Math.Clamp(Near / 8 / p, 1, 12);
        var moments = new Moments(p);
        for (int start = 0; start < rows.Length; start += block)
        {
            int count = Math.Min(block, rows.Length - start);
            for (int i = start; i < start + count; i++)
            {
                if (i + ahead < rows.Length)
                    Ask(design[rows[i + ahead]]);
                design[rows[i]].CopyTo(x.AsSpan(i * stride, p));
            }
            moments.Add(x.AsSpan(start * stride), count, stride, weights.AsSpan(start, count));
        }
        moments.Means.CopyTo(means, 0);
        var variances = moments.Variances();
        for (int j = 0; j < p; j++)
            if (!(Math.Abs(means[j]) < LargestMean) || !double.IsFinite(variances[j]) || variances[j] < SmallestVariance)
                RequireRange(design, rows, j);
        return variances;
    }

    const double LargestMean = 1e153, SmallestVariance = 1e-303;

    /// <summary>Throws when a column's squares over- or underflow, so that its spread cannot be told; a column that is always the same passes.</summary>
    static void RequireRange(DesignMatrix design, int[] rows, int column)
    {
        double largest = 0, first = design[rows[0]][column];
        bool varies = false;
        foreach (int i in rows)
        {
            largest = Math.Max(largest, Math.Abs(design[i][column]));
            varies |= design[i][column] != first;
        }
        if (largest >= LargestMean || (varies && largest < 1e-148))
            Throw.ColumnOutOfRange(design.Names[column], largest);
    }

    /// <summary>How many numbers stay in the nearest cache.</summary>
    const int Near = 4096;

    /// <summary>Rows in canonical order are scattered over memory: those ahead are asked for while one is copied.</summary>
    static unsafe void Ask(ReadOnlySpan<double> row)
    {
        if (!Sse.IsSupported)
            return;
        fixed (double* at = row)
            for (int j = 0; j < row.Length + 7; j += 8)
                Sse.Prefetch0(at + j);
    }

    /// <summary>x ← (x − mean)·inverse, row by row.</summary>
    public static void Scale(double[] x, int rows, int stride, ReadOnlySpan<double> means, ReadOnlySpan<double> inverses)
    {
        int p = means.Length, width = Vector<double>.Count;
        for (int i = 0; i < rows; i++)
        {
            var row = x.AsSpan(i * stride, p);
            int j = 0;
            for (; j <= p - width; j += width)
                ((new Vector<double>(row[j..]) - new Vector<double>(means[j..])) * new Vector<double>(inverses[j..])).CopyTo(row[j..]);
            for (; j < p; j++)
                row[j] = (row[j] - means[j]) * inverses[j];
        }
    }

    public ReadOnlySpan<double> Row(int i) => X.AsSpan(i * Stride, P);

    /// <summary>The p × p matrix that turns coefficients of standardized columns into those of the columns as given.</summary>
    public Matrix Map()
    {
        var map = new Matrix(P, P);
        for (int j = 0; j < P; j++)
        {
            map[j, j] = 1 / Scales[j];
            if (Intercept >= 0 && j != Intercept)
                map[Intercept, j] = -Means[j] / Scales[j];
        }
        return map;
    }

    /// <summary>Throws when a column is a linear combination of those before it, naming both.</summary>
    public void RequireFullRank(DesignMatrix design, double[] weights)
    {
        var gram = new double[P * P];
        // Rows in canonical order are a random sample: where a part of them already tells all columns apart, all of them do.
        int part = Math.Max(1024, 3 * P);
        if (part < N)
        {
            WeightedGram.Add(X, part, P, Stride, weights, gram);
            if (Cholesky.Factor(gram, P, 1e-8) is not null)
                return;
            Array.Clear(gram);
        }
        WeightedGram.Add(X, N, P, Stride, weights, gram);
        if (Cholesky.Factor(gram, P, 1e-9, out int suspect) is not null)
            return;
        // A small pivot of the Gram matrix has lost half the digits; the residual of the regression on the columns before decides.
        for (int j = suspect; j < P; j++)
        {
            var front = new double[j * j];
            for (int a = 0; a < j; a++)
                gram.AsSpan(a * P, j).CopyTo(front.AsSpan(a * j));
            var factor = Cholesky.Factor(front, j, 1e-16);
            var residual = new double[N];
            for (int i = 0; i < N; i++)
                residual[i] = X[i * Stride + j];
            double norm = Math.Sqrt(Norm(residual));
            var total = new double[j];
            for (int pass = 0; pass < 3 && factor is not null; pass++)
            {
                var coefficients = new double[j];
                for (int i = 0; i < N; i++)
                    LinearAlgebra.AddScaled(weights[i] * residual[i], X.AsSpan(i * Stride, j), coefficients);
                factor.Solve(coefficients);
                for (int i = 0; i < N; i++)
                    residual[i] -= LinearAlgebra.Dot(X.AsSpan(i * Stride, j), coefficients);
                for (int a = 0; a < j; a++)
                    total[a] += coefficients[a];
            }
            if (factor is null || Math.Sqrt(Norm(residual)) < 1e-10 * norm)
            {
                string[] partners = [.. Enumerable.Range(0, j).Where(a => Math.Abs(total[a]) > 1e-6 && a != Intercept).Select(a => design.Names[a])];
                string of = partners.Length == 0 ? "the constant" : string.Join(", ", partners.Take(6)) + (partners.Length > 6 ? ", …" : "");
                throw new RankDeficientException(design.Names[j], N < P
                    ? $"column {design.Names[j]} is a linear combination of {of}: {N} distinct rows cannot tell {P} coefficients apart. Leave columns out, or fit with a penalty (new Ridge(…))."
                    : $"column {design.Names[j]} is a linear combination of {of}: its effect cannot be told from theirs. Leave it out, or fit with a penalty (new Ridge(…)).");
            }
        }

        double Norm(double[] x)
        {
            double sum = 0;
            for (int i = 0; i < N; i++)
                sum += weights[i] * x[i] * x[i];
            return sum;
        }
    }
}

/// <summary>Weighted means and variances of the columns of rows that come in blocks: a block's own mean and squares, joined by Chan's formula, lose nothing to a large mean.</summary>
sealed class Moments(int columns)
{
    readonly double[] _squares = new double[columns], _mean = new double[columns], _square = new double[columns];

    public double[] Means { get; } = new double[columns];

    /// <summary>Σ of the weights.</summary>
    public double Weight { get; private set; }

    public double[] Variances() => [.. _squares.Select(square => square / Weight)];

    /// <summary>Adds rows that stand <paramref name="stride"/> apart.</summary>
    public void Add(ReadOnlySpan<double> x, int rows, int stride, ReadOnlySpan<double> weights)
    {
        double weight = 0;
        Array.Clear(_mean);
        Array.Clear(_square);
        for (int i = 0; i < rows; i++)
        {
            LinearAlgebra.AddScaled(weights[i], x.Slice(i * stride, columns), _mean);
            weight += weights[i];
        }
        if (weight == 0)
            return;
        for (int j = 0; j < columns; j++)
            _mean[j] /= weight;
        for (int i = 0; i < rows; i++)
            AddSquares(weights[i], x.Slice(i * stride, columns), _mean, _square);
        double share = weight / (Weight + weight);
        for (int j = 0; j < columns; j++)
        {
            double step = _mean[j] - Means[j];
            _squares[j] += _square[j] + step * step * Weight * share;
            Means[j] += step * share;
        }
        Weight += weight;
    }

    /// <summary>square += weight·(x − mean)²</summary>
    static void AddSquares(double weight, ReadOnlySpan<double> x, ReadOnlySpan<double> mean, Span<double> square)
    {
        int width = Vector<double>.Count, j = 0;
        for (; j <= x.Length - width; j += width)
        {
            var shifted = new Vector<double>(x[j..]) - new Vector<double>(mean[j..]);
            (new Vector<double>(square[j..]) + shifted * shifted * weight).CopyTo(square[j..]);
        }
        for (; j < x.Length; j++)
            square[j] += weight * (x[j] - mean[j]) * (x[j] - mean[j]);
    }
}

/// <summary>Coefficients cannot be told apart: a column of the design is a linear combination of others.</summary>
public sealed class RankDeficientException : ArgumentException
{
    internal RankDeficientException(string column, string message) : base(message) => Column = column;

    /// <summary>The column that adds nothing to those before it.</summary>
    public string Column { get; }
}
