using System.Diagnostics.CodeAnalysis;

namespace Logits;

static partial class Throw
{
    [DoesNotReturn]
    public static void CellNotFinite(string column, int row, double value) =>
        throw new ArgumentException($"column {column} is {value} in row {row}; predictors are finite numbers. Drop the row or transform the column.", "design");

    public static void IfNotRows(int length, int rows, string name)
    {
        if (length != rows)
            throw new ArgumentException($"{name} holds {length} entries; the design has {rows} rows, one each.", name);
    }

    public static void IfNotWeights(ReadOnlySpan<double> weights, string name)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0) || !double.IsFinite(weights[i]))
                throw new ArgumentException($"{name}[{i}] is {weights[i]}; a weight is at least 0 and finite.", name);
            sum += weights[i];
        }
        if (sum == 0)
            throw new ArgumentException($"{name} are all 0; at least one row counts.", name);
    }

    public static void IfNotFinite(ReadOnlySpan<double> values, string name)
    {
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
                throw new ArgumentException($"{name}[{i}] is {values[i]}; it is finite.", name);
    }

    [DoesNotReturn]
    public static void OnlyOneOutcome(string outcome) =>
        throw new ArgumentException($"every response is {outcome}; a fit needs two different outcomes. The likelihood has no maximum: add rows of the other outcome, or use new Firth().", "response");

    [DoesNotReturn]
    public static void OnlyOneClass(string name, string level) =>
        throw new ArgumentException($"every row of {name} is {level}; a model of classes needs two that occur. Add rows of another class.", "response");

    /// <summary>The error for a class without rows, or for rows of one class alone.</summary>
    public static void IfClassMissing(ReadOnlySpan<double> counts, IReadOnlyList<string> levels, string name, string consequence)
    {
        int present = 0, one = 0;
        for (int k = 0; k < counts.Length; k++)
            if (counts[k] > 0)
                (present, one) = (present + 1, k);
        if (present < 2)
            OnlyOneClass(name, counts.Length == 0 ? "missing" : levels[one]);
        for (int k = 0; k < counts.Length; k++)
            if (!(counts[k] > 0))
                throw new ArgumentException($"level {levels[k]} of {name} never occurs; {consequence}. Leave the level out.", "response");
    }

    [DoesNotReturn]
    public static void ColumnOutOfRange(string column, double largest) =>
        throw new ArgumentException($"column {column} reaches {largest:G4}: the squares of its values leave the range of double precision. Multiply it by a power of ten, so that they lie between 1e-148 and 1e150.", "design");
}
