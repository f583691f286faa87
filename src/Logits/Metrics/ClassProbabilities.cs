using System.Numerics;

namespace Logits.Metrics;

/// <summary>The softmax of every row, kept class by class: what the conventions that look at all classes are computed from.</summary>
sealed class ClassProbabilities
{
    readonly double[] _columns;   // [class × rows + row]
    readonly int[] _labels, _predicted;
    readonly double[] _confidences;
    readonly ClasswiseBins _classwise;

    ClassProbabilities(int rows, int classes, int[] labels)
    {
        (Rows, Classes, _labels) = (rows, classes, labels);
        _columns = new double[checked(rows * classes)];
        (_predicted, _confidences) = (new int[rows], new double[rows]);
        _classwise = new(classes, bins: 15);
    }

    public int Rows { get; }

    public int Classes { get; }

    public static ClassProbabilities Of<T>(Logits<T> logits, ReadOnlySpan<int> labels) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Throw.IfNoRows(logits.Rows, nameof(logits));
        Throw.IfNotLabels(labels, logits.Rows, logits.Classes);
        Throw.IfNoSoftmax(logits);
        var all = new ClassProbabilities(logits.Rows, logits.Classes, labels.ToArray());
        var row = new RowScores(logits.Classes);
        for (int i = 0; i < logits.Rows; i++)
        {
            row.Read(logits[i], labels[i]);
            ReadOnlySpan<double> p = row.Probabilities;
            for (int k = 0; k < p.Length; k++) all._columns[k * all.Rows + i] = p[k];
            (all._predicted[i], all._confidences[i]) = (row.Predicted, row.Confidence);
            all._classwise.Add(p, labels[i]);
        }
        return all;
    }

    /// <summary>The top-label view.</summary>
    public Forecasts Top() => Forecasts.Of(_confidences, _predicted, _labels);

    public double Classwise() => _classwise.Error();

    /// <summary>The root mean square over classes of <see cref="VerifiedError"/>'s L2 error with 15 bins.</summary>
    public double Marginal(bool debiased)
    {
        var mean = new Sum();
        var sorted = new double[Rows];
        var order = new int[Rows];
        for (int k = 0; k < Classes; k++)
        {
            ReadOnlySpan<double> p = _columns.AsSpan(k * Rows, Rows);
            ConfidenceSort.Sort(p, sorted, order);
            double[] edges = VerifiedError.MidpointEdges(Rows, 15, rank => sorted[rank]);
            int start = 0;
            var square = new Sum();
            for (int bin = 0; bin <= edges.Length; bin++)
            {
                int end = start, happened = 0;
                var forecast = new Sum();
                for (; end < Rows && (bin == edges.Length || sorted[end] <= edges[bin]); end++)
                {
                    forecast.Add(sorted[end]);
                    if (_labels[order[end]] == k) happened++;
                }
                square.Add(VerifiedError.SquareTimesCount(end - start, forecast.Value, happened, debiased));
                start = end;
            }
            mean.Add(debiased ? Math.Max(0, square.Value / Rows) : square.Value / Rows);
        }
        return Math.Sqrt(mean.Value / Classes);
    }

    /// <summary>Σ n_b/n ½‖mean p − mean onehot‖₁ over the cells of a grid on the simplex.</summary>
    /// <remarks>
    /// A row's cell is the bin of each of its probabilities. Cells are told apart by 128 bits mixed from them: two of a million cells collide with a probability below 1e-26.
    /// </remarks>
    public double CanonicalTotalVariation(int bins)
    {
        var scheme = new EqualWidth(bins);
        var cells = new Dictionary<UInt128, int>();
        var residuals = new List<double[]>();
        for (int i = 0; i < Rows; i++)
        {
            ulong a = 0x9E37_79B9_7F4A_7C15, b = 0xC2B2_AE3D_27D4_EB4F;
            for (int k = 0; k < Classes; k++)
            {
                ulong bin = (ulong)scheme.Of(_columns[k * Rows + i]);
                a = (a ^ bin) * 0xFF51_AFD7_ED55_8CCD;
                a ^= a >> 32;
                b = BitOperations.RotateLeft(b + bin, 29) * 0xC4CE_B9FE_1A85_EC53;
            }
            var key = new UInt128(a, b);
            if (!cells.TryGetValue(key, out int cell))
            {
                cells.Add(key, cell = residuals.Count);
                residuals.Add(new double[Classes]);
            }
            double[] to = residuals[cell];
            for (int k = 0; k < Classes; k++) to[k] += _columns[k * Rows + i];
            to[_labels[i]]--;
        }
        var sum = new Sum();
        foreach (double[] residual in residuals)
            foreach (double r in residual) sum.Add(Math.Abs(r));
        return sum.Value / 2 / Rows;
    }
}
