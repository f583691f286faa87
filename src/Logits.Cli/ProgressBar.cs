using Spectre.Console;

namespace Logits.Cli;

/// <summary>A bar on stderr while work runs, where somebody is watching; nothing otherwise.</summary>
static class ProgressBar
{
    /// <summary>Runs <paramref name="work"/>, which reports shares from 0 to 1 from any thread.</summary>
    public static T Show<T>(Terminal terminal, string what, Func<IProgress<double>?, T> work)
    {
        if (!terminal.ShowsProgress)
            return work(null);
        return terminal.Progress.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask(Markup.Escape(what), maxValue: 1))));
    }

    sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }
}
