using Logits.Cli.Inputs;
using Logits.Formats;

namespace Logits.Cli;

/// <summary>The probabilities of every class, row after row, in the format that the file's ending names.</summary>
sealed class ProbabilityFile : IDisposable
{
    readonly string path;
    readonly PendingFile file;
    readonly ScoreWriter writer;
    readonly double[] values;
    readonly float[]? singles;

    /// <exception cref="RequestException">The place cannot be written to.</exception>
    /// <exception cref="DataFormatException">The ending names no format.</exception>
    public ProbabilityFile(string path, ScoreInput input)
    {
        this.path = path;
        var format = ScoreFile.FormatOf(path);
        file = new(path);
        writer = ScoreFile.Create(file.Stream, format, input.Classes, new() { ClassNames = input.ClassNames }, path);
        values = new double[input.Classes];
        singles = input.IsSingle ? new float[input.Classes] : null;
    }

    /// <summary>Adds a row; scores that came in single precision give probabilities in single precision.</summary>
    public void Write(ReadOnlySpan<double> logProbabilities, bool asLog)
    {
        for (int k = 0; k < values.Length; k++)
            values[k] = asLog ? logProbabilities[k] : Math.Exp(logProbabilities[k]);
        if (singles is null)
        {
            writer.Write(values);
            return;
        }
        for (int k = 0; k < values.Length; k++)
            singles[k] = (float)values[k];
        writer.Write(singles);
    }

    /// <summary>Puts the file in its place.</summary>
    public void Finish(Terminal terminal, bool asLog)
    {
        long rows = writer.Rows;
        writer.Complete();
        file.Commit();
        terminal.Note($"wrote {(asLog ? "log-probabilities" : "probabilities")} of {Show.Count(rows)} rows to {path}");
    }

    /// <summary>Throws away what was not finished.</summary>
    public void Dispose()
    {
        writer.Dispose();
        file.Dispose();
    }
}
