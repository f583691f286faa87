using Logits.Regression;

namespace Logits.Students;

/// <summary>What a student learns from: features, a teacher's stored logits, and labels. Immutable to its readers.</summary>
public sealed class TransferSet
{
    internal readonly double[] X, Teacher;
    internal readonly int[] Y;

    /// <summary>A transfer set over copies of the arrays.</summary>
    /// <param name="features">n × d features.</param>
    /// <param name="width">d.</param>
    /// <param name="teacher">n × K logits of the teacher; −∞ rules a class out, but not all of a row.</param>
    /// <param name="labels">n class indices; a class may never occur among them.</param>
    /// <exception cref="ArgumentException">The numbers of rows disagree, a label is out of range, a feature is not finite, or a teacher's row is no distribution.</exception>
    public TransferSet(ReadOnlySpan<double> features, int width, Logits<double> teacher, ReadOnlySpan<int> labels)
        : this(features.ToArray(), width, teacher.Values.ToArray(), teacher.Classes, labels.ToArray()) { }

    TransferSet(double[] features, int width, double[] teacher, int classes, int[] labels)
    {
        (X, Width, Teacher, Classes, Y) = (features, width, teacher, classes, labels);
        Rows = Throw.IfNotWholeRows(features.Length, width, nameof(features), "features");
        Throw.IfNotRows(teacher.Length / classes, Rows, nameof(teacher));
        Throw.IfNotLabels(labels, Rows, classes);
        Throw.IfNotFinite(features, nameof(features));
        for (int i = 0; i < Rows; i++)
        {
            double largest = double.NegativeInfinity;
            foreach (double score in teacher.AsSpan(i * classes, classes))
                largest = double.IsNaN(score) ? double.NaN : Math.Max(largest, score);
            if (!double.IsFinite(largest))
                throw new ArgumentException($"teacher row {i} holds {(double.IsNegativeInfinity(largest) ? "−∞ for every class" : largest)}; logits are finite, or −∞ for some of the classes.", nameof(teacher));
        }
    }

    /// <summary>The number of rows n.</summary>
    public int Rows { get; }

    /// <summary>The number of features d.</summary>
    public int Width { get; }

    /// <summary>The number of classes K.</summary>
    public int Classes { get; }

    /// <summary>n × d features.</summary>
    public ReadOnlySpan<double> Features => X;

    /// <summary>n labels.</summary>
    public ReadOnlySpan<int> Labels => Y;

    /// <summary>n × K logits.</summary>
    public Logits<double> TeacherLogits => ((ReadOnlySpan<double>)Teacher).AsLogits(Classes);

    /// <summary>These rows, in this order.</summary>
    public TransferSet Select(ReadOnlySpan<int> rows)
    {
        double[] x = new double[rows.Length * Width], teacher = new double[rows.Length * Classes];
        var y = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            X.AsSpan(rows[i] * Width, Width).CopyTo(x.AsSpan(i * Width));
            Teacher.AsSpan(rows[i] * Classes, Classes).CopyTo(teacher.AsSpan(i * Classes));
            y[i] = Y[rows[i]];
        }
        return new(x, Width, teacher, Classes, y);
    }

    /// <summary>The rows of all classes but one: the student is to learn the missing class from the teacher's logits alone.</summary>
    public TransferSet Without(int label) => Select([.. Enumerable.Range(0, Rows).Where(i => Y[i] != label)]);
}
