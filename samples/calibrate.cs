#:project ../src/Logits/Logits.csproj
#:property PublishAot=false

// dotnet run samples/calibrate.cs
//
// An overconfident classifier of three classes: its scores are right about which class is likely, but twice too large.
// Temperature scaling finds the factor on held-out rows; the test rows show what it is worth.

using Logits;
using Logits.Calibration;
using Logits.Losses;
using Logits.Metrics;
using Logits.Randomness;

var (heldOut, heldOutLabels) = Classifier(seed: 1, rows: 2000);
var (test, testLabels) = Classifier(seed: 2, rows: 5000);

var scaling = TemperatureScaling.Fit(heldOut.AsLogits(classes: 3), heldOutLabels);
var raw = test.AsLogits(classes: 3);
var calibrated = scaling.Apply(raw);

Console.WriteLine($"temperature  {scaling.Temperature:F3}");
Console.WriteLine($"log loss     {CrossEntropy.Mean(raw, testLabels):F4} → {CrossEntropy.Mean(calibrated, testLabels):F4}");
Console.WriteLine($"ECE          {Evaluation.Of(raw, testLabels).ExpectedCalibrationError:P2} → {Evaluation.Of(calibrated, testLabels).ExpectedCalibrationError:P2}");

// Draws honest scores, and a label from each row's own probabilities; then doubles the scores.
static (float[] Scores, int[] Labels) Classifier(ulong seed, int rows)
{
    var scores = new float[rows * 3];
    var labels = new int[rows];
    for (int i = 0; i < scores.Length; i++) scores[i] = (float)(4 * Philox.Uniform(seed, (ulong)i) - 2);
    var honest = scores.AsLogits(3).Softmax();
    for (int row = 0; row < rows; row++)
    {
        double u = Philox.Uniform(seed + 100, (ulong)row);
        while ((u -= honest[row][labels[row]]) > 0 && labels[row] < 2) labels[row]++;
    }
    for (int i = 0; i < scores.Length; i++) scores[i] *= 2;
    return (scores, labels);
}
