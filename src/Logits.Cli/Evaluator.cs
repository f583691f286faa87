using Logits.Calibration;
using Logits.Cli.Inputs;
using Logits.Metrics;

namespace Logits.Cli;

/// <summary>Streams an input through a calibrator into its metrics.</summary>
static class Evaluator
{
    /// <summary>Evaluates scores as they are, or as <paramref name="calibrator"/> makes them, in one read and constant memory for each row.</summary>
    public static Evaluation Run(ScoreInput input, ICalibrator? calibrator, EvaluationOptions options, CancellationToken interrupted)
    {
        var accumulator = new EvaluationAccumulator(input.Classes, options);
        foreach (var block in input.Blocks())
        {
            interrupted.ThrowIfCancellationRequested();
            if (!input.HasLabels)
                throw new RequestException($"{input.Name}: has no labels; name a file of labels after it, or add a column label");
            var logits = calibrator is null ? block.Logits : calibrator.Apply(block.Logits, block.Values.Span);
            accumulator.Add(logits, block.Labels.Span);
        }
        return accumulator.Finish();
    }
}
