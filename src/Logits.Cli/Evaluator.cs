using Logits.Calibration;
using Logits.Cli.Inputs;
using Logits.Metrics;

namespace Logits.Cli;

/// <summary>Streams an input through a calibrator into its metrics.</summary>
static class Evaluator
{
    /// <summary>Evaluates scores in one read, keeping a few numbers for each row.</summary>
    public static Evaluation Run(Terminal terminal, ScoreInput input, EvaluationOptions options, ClassReliability? classes = null) =>
        WithProgress(terminal, input, options, watched =>
        {
            var accumulator = new EvaluationAccumulator(input.Classes, watched);
            foreach (var block in Labelled(terminal, input))
            {
                accumulator.Add(block.Logits, block.Labels.Span);
                classes?.Add(block.Logits, block.Labels.Span);
            }
            return accumulator.Finish();
        });

    /// <summary>Evaluates scores as they are and as <paramref name="calibrator"/> makes them, in one read.</summary>
    public static BeforeAndAfter Run(Terminal terminal, ScoreInput input, ICalibrator calibrator, EvaluationOptions options, ClassReliability? classesBefore = null, ClassReliability? classesAfter = null) =>
        WithProgress(terminal, input, options, watched =>
        {
            var (before, after) = (new EvaluationAccumulator(input.Classes, watched), new EvaluationAccumulator(input.Classes, watched));
            foreach (var block in Labelled(terminal, input))
            {
                before.Add(block.Logits, block.Labels.Span);
                classesBefore?.Add(block.Logits, block.Labels.Span);
                var calibrated = calibrator.Apply(block.Logits, block.Values.Span);
                after.Add(calibrated, block.Labels.Span);
                classesAfter?.Add(calibrated, block.Labels.Span);
            }
            return new BeforeAndAfter(before.Finish(), after.Finish());
        });

    static IEnumerable<ScoreBlock> Labelled(Terminal terminal, ScoreInput input)
    {
        foreach (var block in input.Blocks())
        {
            terminal.Interrupted.ThrowIfCancellationRequested();
            input.RequireLabels();
            yield return block;
        }
    }

    static T WithProgress<T>(Terminal terminal, ScoreInput input, EvaluationOptions options, Func<EvaluationOptions, T> work) =>
        options.Resamples == 0 ? work(options) : ProgressBar.Show(terminal, $"intervals of {input.Name}", progress => work(options with { Progress = progress }));
}
