using System.Globalization;

namespace Logits.Cli.Inputs;

/// <summary>
/// The built-in sample: logits of a small network, trained on 120 of the UCI handwritten digits until long after it knew them by heart
/// (<c>tools/train-digits</c>), for digits it never saw.
/// </summary>
static class Sample
{
    /// <summary>500 rows to fit on.</summary>
    public const string Validation = "digits-validation.csv";

    /// <summary>1177 other rows to look at the result on.</summary>
    public const string Test = "digits-test.csv";

    /// <summary>Where the numbers are from, for people.</summary>
    public const string Origin =
        "the built-in sample: a small network that learned 120 of the UCI handwritten digits by heart (tools/train-digits), asked about digits it never saw";

    /// <summary>A file of ours that holds numbers alone, row by row.</summary>
    public static double[][] Table(string file, bool header)
    {
        using var reader = new StreamReader(typeof(Sample).Assembly.GetManifestResourceStream(file)!);
        if (header)
            reader.ReadLine();
        var rows = new List<double[]>();
        while (reader.ReadLine() is { } line)
            rows.Add(Array.ConvertAll(line.Split(','), cell => double.Parse(cell, CultureInfo.InvariantCulture)));
        return [.. rows];
    }

    /// <summary>One of the two files. They are ours: a header of class names and <c>label</c>, then rows without surprises.</summary>
    public static ScoreInput Open(string file)
    {
        using var reader = new StreamReader(typeof(Sample).Assembly.GetManifestResourceStream(file)!);
        string[] names = reader.ReadLine()!.Split(',')[..^1];
        var values = new List<double>();
        var labels = new List<int>();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',');
            values.AddRange(cells[..^1].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)));
            labels.Add(int.Parse(cells[^1], CultureInfo.InvariantCulture));
        }
        return new MemoryInput([.. values], [.. labels], names.Length, isSingle: true) { Name = file, Kind = ScoreKind.Logits, ClassNames = names };
    }
}
