using System.Numerics;
using Logits.Losses;

namespace Logits.Tests.Conformance.Numerics;

/// <summary>The losses: values within 4 ulp; gradients within 8 ulp in double and 4 in float.</summary>
sealed class LossOperators : INumericsOperators
{
    public IEnumerable<(string Function, Func<NumericsCase, string?> Check)> Checks =>
    [
        ("cross_entropy", c => c.InBoth(() => CrossEntropy<double>(c, c.Compare, 8), () => CrossEntropy<float>(c, c.Compare, 4))),
        ("bce_with_logits", c => c.InBoth(() => BinaryCrossEntropy<double>(c, c.Compare, 8), () => BinaryCrossEntropy<float>(c, c.Compare, 4))),
        ("focal_sigmoid", c => c.InBoth(() => SigmoidFocal<double>(c, c.Compare, 8), () => SigmoidFocal<float>(c, c.Compare, 4))),
        ("focal_softmax", c => c.InBoth(() => SoftmaxFocal<double>(c, c.Compare, 8), () => SoftmaxFocal<float>(c, c.Compare, 4))),
        ("kl_from_logits", c => c.InBoth(() => Kl<double>(c, c.Compare, 8), () => Kl<float>(c, c.Compare, 4))),
        ("distillation", c => c.InBoth(() => Distillation<double>(c, c.Compare, 8), () => Distillation<float>(c, c.Compare, 4))),
    ];

    const int ValueUlps = 4;

    delegate string? Comparison<T>(string output, ReadOnlySpan<T> actual, int ulps, double[]? largestTerms = null);

    static string? CrossEntropy<T>(NumericsCase c, Comparison<T> compare, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] scores = As<T>(c.Input("logits")), gradient = new T[scores.Length];
        int rows = c.Rows("logits");
        var loss = new CrossEntropy
        {
            ClassWeights = c.HasInput("weight") ? [.. c.Input("weight")] : [],
            LabelSmoothing = c.Parameter("label_smoothing"),
            IgnoreIndex = c.HasParameter("ignore_index") ? (int)c.Parameter("ignore_index") : null,
        };
        var logits = scores.AsLogits(scores.Length / rows);
        var each = new double[rows];
        double value;
        bool mean = c.Text("reduction") == "mean";
        if (c.Text("target_kind") == "index")
        {
            int[] labels = c.Integers("target");
            value = mean ? loss.MeanAndGradient(logits, labels, gradient) : loss.SumAndGradient(logits, labels, gradient);
            loss.PerRow(logits, labels, each);
        }
        else
        {
            var targets = new Probabilities<T>(As<T>(c.Input("target_probs")), logits.Classes);
            value = mean ? loss.MeanAndGradient(logits, targets, gradient) : loss.SumAndGradient(logits, targets, gradient);
            loss.PerRow(logits, targets, each);
        }
        return compare("loss", As<T>(c.Text("reduction") == "none" ? each : [value]), ValueUlps) ?? compare("grad_logits", gradient, gradientUlps);
    }

    static string? BinaryCrossEntropy<T>(NumericsCase c, Comparison<T> compare, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Binary(c, compare, gradientUlps, new BinaryCrossEntropy
        {
            Weights = c.HasInput("weight") ? [.. c.Input("weight")] : [],
            PositiveWeights = c.HasInput("pos_weight") ? [.. c.Input("pos_weight")] : [],
        });

    static string? SigmoidFocal<T>(NumericsCase c, Comparison<T> compare, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Binary(c, compare, gradientUlps, new SigmoidFocal(c.Parameter("gamma"), c.Parameter("alpha") is >= 0 and var alpha ? alpha : null));

    static string? Binary<T>(NumericsCase c, Comparison<T> compare, int gradientUlps, BinaryLoss loss) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] scores = As<T>(c.Input("logits")), targets = As<T>(c.Input("target")), gradient = new T[scores.Length];
        var logits = scores.AsBinaryLogits(scores.Length);
        var each = new double[scores.Length];
        loss.PerElement(logits, targets, each);
        double value = c.Text("reduction") == "mean" ? loss.MeanAndGradient(logits, targets, gradient) : loss.SumAndGradient(logits, targets, gradient);
        return compare("loss", As<T>(c.Text("reduction") == "none" ? each : [value]), ValueUlps) ?? compare("grad_logits", gradient, gradientUlps);
    }

    static string? SoftmaxFocal<T>(NumericsCase c, Comparison<T> compare, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] scores = As<T>(c.Input("logits")), gradient = new T[scores.Length];
        double value = new SoftmaxFocal(c.Parameter("gamma")).SumAndGradient(scores.AsLogits(scores.Length), c.Integers("target"), gradient);
        return compare("loss", As<T>([value]), ValueUlps) ?? compare("grad_logits", gradient, gradientUlps);
    }

    static string? Kl<T>(NumericsCase c, Comparison<T> compare, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] p = As<T>(c.Input("p_logits")), q = As<T>(c.Input("q_logits")), ofQ = new T[p.Length], ofP = new T[p.Length];
        double forward = new KlDivergence().SumAndGradient(q.AsLogits(q.Length), p.AsLogits(p.Length), ofQ);
        double reverse = new ReverseKlDivergence().SumAndGradient(p.AsLogits(p.Length), q.AsLogits(q.Length), ofP);
        return compare("kl", As<T>([forward]), ValueUlps) ?? compare("kl", As<T>([reverse]), ValueUlps)
            ?? compare("grad_q", ofQ, gradientUlps) ?? compare("grad_p", ofP, gradientUlps);
    }

    static string? Distillation<T>(NumericsCase c, Comparison<T> compare, int gradientUlps) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = c.Rows("student_logits");
        T[] student = As<T>(c.Input("student_logits")), teacher = As<T>(c.Input("teacher_logits")), gradient = new T[student.Length];
        int[] labels = c.Integers("target");
        int classes = student.Length / rows;
        double temperature = c.Parameter("temperature");
        double value = new Distillation(temperature, c.Parameter("alpha")).MeanAndGradient(student.AsLogits(classes), teacher.AsLogits(classes), labels, gradient);
        double hard = global::Logits.Losses.CrossEntropy.Mean(student.AsLogits(classes), labels);
        double soft = new KlDivergence(temperature).Mean(student.AsLogits(classes), teacher.AsLogits(classes));
        return compare("loss", As<T>([value]), ValueUlps) ?? compare("ce", As<T>([hard]), ValueUlps) ?? compare("kl", As<T>([soft]), ValueUlps)
            ?? compare("grad_student", gradient, gradientUlps);
    }

    static T[] As<T>(double[] x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. x.Select(T.CreateTruncating)];
}
