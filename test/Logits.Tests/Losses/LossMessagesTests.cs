using Logits.Losses;

namespace Logits.Tests.Losses;

public class LossMessagesTests
{
    static readonly double[] Scores = [1, 2, 3, 4, 5, 6];

    [Fact]
    public void NamesTheLabelThatIsNoClass()
    {
        Says("labels[1] is 3; the logits have 3 classes, 0 to 2.", () => CrossEntropy.Mean(Scores.AsLogits(3), [0, 3]));
        Says("labels[0] is -1; the logits have 3 classes, 0 to 2.", () => SoftmaxFocal.Mean(Scores.AsLogits(3), [-1, 0]));
        Says("labels[0] is -7; the logits have 3 classes, 0 to 2, and IgnoreIndex is -100.", () => new CrossEntropy { IgnoreIndex = -100 }.Mean(Scores.AsLogits(3), [-7, -100]));
        Says("labels holds 1 entries; the logits have 2 rows", () => CrossEntropy.Mean(Scores.AsLogits(3), [0]));
    }

    [Fact]
    public void NamesTheTargetThatIsNoShare()
    {
        Says("targets[2] is 1.5; a target is between 0 and 1.", () => BinaryCrossEntropy.Mean(Scores.AsBinaryLogits(3), [0, 1, 1.5, 0, 0, 0]));
        Says("targets holds 2 elements; the logits are 2 rows of 3, 6 in all.", () => BinaryCrossEntropy.Mean(Scores.AsBinaryLogits(3), [0, 1]));
        Says("row 1 sums to 1.25; a row of probabilities sums to 1.", () => new CrossEntropy().Mean(Scores.AsLogits(3), new[] { 0, 1, 0, 0.25, 0.5, 0.5 }.AsProbabilities(3)));
        Says("row 0 holds 2; a probability is from 0 to 1. Raw model scores enter through AsLogits.", () => Scores.AsProbabilities(3).Rows);
    }

    [Fact]
    public void NamesTheOptionThatIsOutOfRange()
    {
        Says("LabelSmoothing is 1.5", () => new CrossEntropy { LabelSmoothing = 1.5 });
        Says("ClassWeights[1] is -1; a weight is at least 0 and finite.", () => new CrossEntropy { ClassWeights = [1, -1] });
        Says("ClassWeights holds 2 weights; the logits have 3 classes, one weight each.", () => new CrossEntropy { ClassWeights = [1, 1] }.Mean(Scores.AsLogits(3), [0, 1]));
        Says("Gamma is -1", () => new SoftmaxFocal(-1));
        Says("Temperature is 0", () => new Distillation(0, 0.5));
        Says("Power is 3; a hinge has power 1 or 2.", () => new MultiMargin(1, 3));
    }

    [Fact]
    public void NamesTheShapeThatDiffers() =>
        Says("target is 3 rows × 2 classes; the logits are 2 rows × 3 classes.", () => KlDivergence.Mean(Scores.AsLogits(3), Scores.AsLogits(2)));

    static void Says(string text, Func<object> act) => Assert.Contains(text, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
}
