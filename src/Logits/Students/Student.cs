using Logits.Regression;

namespace Logits.Students;

/// <summary>A small model that learned from a teacher's logits. Immutable and shareable.</summary>
public abstract class Student
{
    private protected Student(int features, int classes, double temperature, double alpha, int rows, double nll) =>
        (Features, Classes, Temperature, Alpha, Rows, NegativeLogLikelihood) = (features, classes, temperature, alpha, rows, nll);

    /// <summary>The number of features d.</summary>
    public int Features { get; }

    /// <summary>The number of classes K.</summary>
    public int Classes { get; }

    /// <summary>T of the distillation loss it was trained with.</summary>
    public double Temperature { get; }

    /// <summary>α of the distillation loss: 0 is hard labels, 1 the teacher alone.</summary>
    public double Alpha { get; }

    /// <summary>Rows it was trained on.</summary>
    public int Rows { get; }

    /// <summary>The mean log loss against the labels it was trained on.</summary>
    public double NegativeLogLikelihood { get; private protected set; }

    /// <summary>How files call the kind of student.</summary>
    public abstract string Method { get; }

    internal abstract IReadOnlyList<(string Name, double[] Values)> Parameters { get; }

    /// <summary>The scores of n × d features, n × K; −∞ for a class it never had reason to predict.</summary>
    public abstract double[] Logits(ReadOnlySpan<double> features);

    /// <summary>The accuracy and mean log loss against labels.</summary>
    /// <param name="set">The rows to judge by.</param>
    /// <param name="shift">K numbers added to the scores of the classes, or none: the correction for a class left out of the transfer set.</param>
    /// <exception cref="ArgumentException">The set has other features or classes than the student, or no rows; the shift is not one number a class.</exception>
    public (double Accuracy, double LogLoss) Evaluate(TransferSet set, ReadOnlySpan<double> shift = default)
    {
        Throw.IfNoRows(set.Rows, nameof(set));
        if (set.Width != Features || set.Classes != Classes)
            throw new ArgumentException($"the set has {set.Width} features and {set.Classes} classes; the student learned {Features} and {Classes}.", nameof(set));
        if (!shift.IsEmpty && shift.Length != Classes)
            throw new ArgumentException($"shift holds {shift.Length} numbers; the student has {Classes} classes, one each.", nameof(shift));
        var z = Logits(set.Features);
        int right = 0;
        var loss = new ExactSum();
        for (int i = 0; i < set.Rows; i++)
        {
            var row = z.AsSpan(i * Classes, Classes);
            for (int k = 0; k < shift.Length; k++)
                row[k] += shift[k];
            int best = 0;
            for (int k = 1; k < Classes; k++)
                if (row[k] > row[best])
                    best = k;
            if (best == set.Y[i])
                right++;
            loss.Add(Vectors.LogSumExp(row) - row[set.Y[i]]);
        }
        return ((double)right / set.Rows, loss.Value / set.Rows);
    }

    internal static Student Restore(string method, int classes, int features, double temperature, double alpha, int rows, double nll, Func<string, double[]> numbers) => method switch
    {
        "linear-student" => new LinearStudent(features, classes, temperature, alpha, rows, nll, numbers("weights"), numbers("intercepts")),
        "mlp-student" => new MlpStudent(features, classes, temperature, alpha, rows, nll, numbers("hidden_weights"), numbers("hidden_intercepts"), numbers("weights"), numbers("intercepts")),
        _ => throw new FormatException($"\"method\" is \"{method}\"; a student is linear-student or mlp-student."),
    };
}
