namespace Logits.Conformal;

/// <summary>How strange a class would be as the answer to a row: prediction sets hold the classes that are not too strange.</summary>
/// <remarks>Implementations are immutable and may be shared between threads. The catalogue is <see cref="SetScores.All"/>.</remarks>
public interface ISetScore
{
    /// <summary>The short name, as in files and on the command line.</summary>
    string Name { get; }

    /// <summary>Whether the scores depend on the random number of their row.</summary>
    bool IsRandomized { get; }

    /// <summary>The score of every class of one row.</summary>
    /// <param name="row">The row's k classes, the likeliest first.</param>
    /// <param name="uniform">The row's random number in (0, 1); scores that are not randomized ignore it.</param>
    /// <param name="scores">k scores, in the order of the ranking.</param>
    void Score(in Ranking row, double uniform, Span<double> scores);
}
