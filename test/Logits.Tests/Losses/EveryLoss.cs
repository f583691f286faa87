using System.Numerics;
using Logits.Losses;

namespace Logits.Tests.Losses;

/// <summary>What is true of every loss. A new loss is found by reflection and judged before its author writes a test.</summary>
public class EveryLoss
{
    /// <summary>Each loss with its defaults, and the options that change the formula.</summary>
    internal static readonly Loss[] All =
    [
        .. typeof(Loss).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(Loss)))
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => (Loss)Activator.CreateInstance(type)!),
        new CrossEntropy { LabelSmoothing = 0.1, ClassWeights = [1, 0.5, 2, 0, 3], IgnoreIndex = 4 },
        new NegativeLogLikelihood { ClassWeights = [1, 0.5, 2, 0, 3], IgnoreIndex = 4 },
        new BinaryCrossEntropy { Weights = [1, 2, 0.5, 3, 0], PositiveWeights = [2] },
        new SigmoidFocal(0, null), new SigmoidFocal(0.5, 0.75), new SoftmaxFocal(0.5), new SoftmaxFocal(0), new PolyLoss(-1),
        new MultiMargin(2, 2), new BinaryHinge(0.5, 2), new KlDivergence(3), new Distillation(2, 0.5), new Distillation(1, 0), new Distillation(1, 1), new InfoNce(1), new ZLoss(0.5),
    ];

    public static TheoryData<int, string> Losses()
    {
        var data = new TheoryData<int, string>();
        for (int i = 0; i < All.Length; i++) data.Add(i, All[i].ToString());
        return data;
    }

    const int Rows = 6, Width = 5;

    /// <summary>Scores, labels and targets that suit a loss. Scores are multiples of 2⁻²⁰, so that small shifts of them are exact.</summary>
    internal sealed class Data
    {
        public required double[] Scores { get; init; }

        public required int[] Labels { get; init; }

        public required double[] Targets { get; init; }

        public static Data For(Loss loss, int rows = Rows, int seed = 7)
        {
            var random = new Random(seed);
            double[] scores = [.. Enumerable.Range(0, rows * Width).Select(_ => Math.Round(random.NextDouble() * 6 - 3, 3))];
            for (int i = 0; i < scores.Length; i++) scores[i] = Math.Round(scores[i] * 1048576) / 1048576;
            if (loss is OrdinalLoss)
                for (int row = 0; row < rows; row++) scores.AsSpan(row * Width, Width).Sort((a, b) => b.CompareTo(a));
            int levels = loss is OrdinalLoss ? Width + 1 : Width;
            return new()
            {
                Scores = scores,
                Labels = loss is LabelLoss or OrdinalLoss or NegativeLogLikelihood or Distillation ? [.. Enumerable.Range(0, rows).Select(i => i % levels)] : [],
                Targets = loss switch
                {
                    DivergenceLoss or Distillation => [.. Enumerable.Range(0, rows * Width).Select(_ => Math.Round((random.NextDouble() * 4 - 2) * 1024) / 1024)],
                    BinaryLoss or MultiLabelLoss => [.. Enumerable.Range(0, rows * Width).Select(i => i % 4 == 3 && loss is BinaryLoss ? 0.25 : i * 7 % 3 == 0 ? 1.0 : 0)],
                    _ => [],
                },
            };
        }

        public Batch<T> Batch<T>(T[]? scores = null) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            new(scores ?? As<T>(Scores), Scores.Length / Width, Width, Labels, As<T>(Targets));
    }

    static T[] As<T>(double[] x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. x.Select(T.CreateTruncating)];

    [Theory, MemberData(nameof(Losses))]
    public void HasTheGradientOfFiniteDifferences(int index, string name)
    {
        var data = Data.For(All[index]);
        var gradient = new double[data.Scores.Length];
        All[index].Evaluate(data.Batch<double>(), mean: false, gradient: gradient);
        for (int i = 0; i < gradient.Length; i++)
        {
            const double Step = 1.0 / (1 << 17);
            double slope = (Sum(i, Step) - Sum(i, -Step)) / (2 * Step);
            Assert.True(Math.Abs(slope - gradient[i]) <= 1e-8 * (1 + Math.Abs(slope)), $"{name}: slope {i} is {gradient[i]:R}, differences give {slope:R}");
        }

        double Sum(int i, double step)
        {
            double[] moved = [.. data.Scores];
            moved[i] += step;
            return All[index].Evaluate(data.Batch(moved), mean: false);
        }
    }

    [Theory, MemberData(nameof(Losses))]
    public void HasTheCurvatureOfFiniteDifferences(int index, string name)
    {
        var data = Data.For(All[index]);
        var random = new Random(3);
        double[] direction = [.. data.Scores.Select(_ => Math.Round((random.NextDouble() * 2 - 1) * 1024) / 1024)], product = new double[direction.Length];
        All[index].HessianProduct(data.Batch<double>(), direction, product);
        const double Step = 1.0 / (1 << 17);
        double[] after = Gradient(Step), before = Gradient(-Step);
        for (int i = 0; i < product.Length; i++)
        {
            double change = (after[i] - before[i]) / (2 * Step);
            Assert.True(Math.Abs(change - product[i]) <= 1e-8 * (1 + Math.Abs(change)), $"{name}: component {i} is {product[i]:R}, differences give {change:R}");
        }

        double[] Gradient(double step)
        {
            var gradient = new double[data.Scores.Length];
            All[index].Evaluate(data.Batch(data.Scores.Zip(direction, (z, d) => z + step * d).ToArray()), mean: true, gradient: gradient);
            return gradient;
        }
    }

    [Theory, MemberData(nameof(Losses))]
    public void IgnoresAConstantShiftWhereItIsASoftmax(int index, string name)
    {
        if (All[index] is ZLoss || All[index] is not (LabelLoss or DivergenceLoss or Distillation)) return;
        // A temperature divides the shifted scores with another rounding; only at 1 do the same bits remain.
        bool exact = All[index] is not (InfoNce or KlDivergence { Temperature: not 1 } or Distillation);
        var data = Data.For(All[index]);
        double[] shifted = [.. data.Scores.Select(z => z + 4096)], gradient = new double[shifted.Length], shiftedGradient = new double[shifted.Length];
        double value = All[index].Evaluate(data.Batch<double>(), mean: true, gradient: gradient);
        double shiftedValue = All[index].Evaluate(data.Batch(shifted), mean: true, gradient: shiftedGradient);
        Assert.True(Ulps.Between(value, shiftedValue) <= (exact ? 0 : 4), name);
        for (int i = 0; i < gradient.Length; i++) Assert.True(Ulps.Between(gradient[i], shiftedGradient[i]) <= (exact ? 0 : 64), name);
    }

    [Theory, MemberData(nameof(Losses))]
    public void GivesTheSameBitsInOnePassAndInTwo(int index, string name)
    {
        Judge<float>();
        Judge<double>();

        void Judge<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var data = Data.For(All[index]);
            T[] gradient = new T[data.Scores.Length], inPlace = As<T>(data.Scores);
            double together = All[index].Evaluate(data.Batch<T>(), mean: true, gradient: gradient);
            Assert.True(together.Equals(All[index].Evaluate(data.Batch<T>(), mean: true)), name);
            Assert.True(together.Equals(All[index].Evaluate(data.Batch(inPlace), mean: true, gradient: inPlace)), name);
            Assert.Equal(gradient, inPlace);
        }
    }

    [Theory, MemberData(nameof(Losses))]
    public void IsTheSumOfItsRows(int index, string name)
    {
        var data = Data.For(All[index]);
        double[] each = new double[Rows], gradient = new double[data.Scores.Length];
        double sum = All[index].Evaluate(data.Batch<double>(), mean: false, perRow: each, gradient: gradient);
        Assert.True(Math.Abs(sum - each.Sum()) <= 1e-14 * sum, name);
        for (int row = 0; row < Rows; row++)
        {
            double[] alone = new double[Width], target = data.Targets.Length == 0 ? [] : data.Targets[(row * Width)..((row + 1) * Width)];
            int[] label = data.Labels.Length == 0 ? [] : [data.Labels[row]];
            Assert.Equal(each[row], All[index].Evaluate(new Batch<double>(data.Scores.AsSpan(row * Width, Width), 1, Width, label, target), mean: false, gradient: alone));
            Assert.Equal(gradient.AsSpan(row * Width, Width).ToArray(), alone);
        }
    }

    [Theory, MemberData(nameof(Losses))]
    public void AgreesBetweenFloatAndDouble(int index, string name)
    {
        var data = Data.For(All[index]);
        double[] wide = new double[data.Scores.Length];
        float[] narrow = new float[wide.Length];
        double inDouble = All[index].Evaluate(data.Batch<double>(), mean: true, gradient: wide), inFloat = All[index].Evaluate(data.Batch<float>(), mean: true, gradient: narrow);
        Assert.True(Math.Abs(inFloat - inDouble) <= 1e-6 * Math.Abs(inDouble), name);
        for (int i = 0; i < wide.Length; i++) Assert.True(Math.Abs(narrow[i] - wide[i]) <= 1e-6 * (Math.Abs(wide[i]) + 1e-3), $"{name}: {narrow[i]} and {wide[i]}");
    }

    [Theory, MemberData(nameof(Losses))]
    public void IsZeroInSumAndUndefinedInMeanWithoutRows(int index, string name)
    {
        var nothing = new Batch<double>([], 0, Width);
        Assert.True(All[index].Evaluate(nothing, mean: false) == 0, name);
        Assert.True(double.IsNaN(All[index].Evaluate(nothing, mean: true)), name);
    }

    [Theory, MemberData(nameof(Losses))]
    public void StaysFiniteAtScoresOfAMillion(int index, string name)
    {
        var data = Data.For(All[index]);
        double[] huge = [.. data.Scores.Select(z => z * 1e6)], gradient = new double[huge.Length];
        double value = All[index].Evaluate(data.Batch(huge), mean: true, gradient: gradient);
        Assert.True(double.IsFinite(value) && gradient.All(double.IsFinite), name);
    }

    [Theory, MemberData(nameof(Losses))]
    public void SaysSoWhenARowHoldsNaN(int index, string name)
    {
        if (All[index] is NegativeLogLikelihood or MultiLabelMargin or MultiMargin) return;    // they look at some of the scores only
        var data = Data.For(All[index], rows: 1);
        for (int i = 0; i < Width; i++) data.Scores[i] = double.NaN;
        double value = All[index].Evaluate(data.Batch<double>(), mean: true);
        Assert.True(double.IsNaN(value), $"{name}: {value}");
    }

    [Theory, MemberData(nameof(Losses))]
    public void EqualsItsTwin(int index, string name)
    {
        if (index >= All.Select(loss => loss.GetType()).Distinct().Count()) return;
        Assert.Equal(All[index], Activator.CreateInstance(All[index].GetType()));
        Assert.StartsWith(All[index].GetType().Name, name, StringComparison.Ordinal);
    }
}
