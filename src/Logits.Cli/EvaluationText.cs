using System.Text.Json;
using Logits.Metrics;
using Spectre.Console;

namespace Logits.Cli;

/// <summary>An <see cref="Evaluation"/> as a table for people and as JSON for programs.</summary>
static class EvaluationText
{
    const int WidthForMeanings = 96;

    /// <summary>The keys of <c>logits evaluate --json</c> into the object that is open.</summary>
    public static void WriteKeys(Utf8JsonWriter json, Evaluation evaluation)
    {
        json.WriteNumber("rows", evaluation.Rows);
        json.WriteNumber("classes", evaluation.Classes);
        foreach (var (key, value) in evaluation.Values)
            json.Number(key, value);

        json.WriteStartObject("brier_decomposition");
        json.Number("miscalibration", evaluation.BrierDecomposition.Miscalibration);
        json.Number("discrimination", evaluation.BrierDecomposition.Discrimination);
        json.Number("uncertainty", evaluation.BrierDecomposition.Uncertainty);
        json.WriteEndObject();

        json.WriteNumber("bins", evaluation.Bins);
        json.WriteStartArray("reliability");
        foreach (var bin in evaluation.Reliability)
        {
            json.WriteStartObject();
            json.Number("low", bin.Low);
            json.Number("high", bin.High);
            json.WriteNumber("count", bin.Count);
            json.Number("confidence", bin.Confidence);
            json.Number("accuracy", bin.Accuracy);
            json.WriteEndObject();
        }
        json.WriteEndArray();

        json.WriteStartObject("intervals");
        foreach (var (key, interval) in evaluation.Intervals)
        {
            json.WriteStartArray(key);
            json.Number(interval.Low);
            json.Number(interval.High);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>The same as an object of its own.</summary>
    public static void WriteObject(Utf8JsonWriter json, string name, Evaluation evaluation)
    {
        json.WriteStartObject(name);
        WriteKeys(json, evaluation);
        json.WriteEndObject();
    }

    /// <summary>One evaluation: value, interval, meaning.</summary>
    public static void WriteTable(Terminal terminal, Evaluation evaluation)
    {
        bool intervals = evaluation.Intervals.Count > 0;
        // On a narrow terminal the numbers stay on one line each and the explanations give way.
        bool meanings = !intervals || terminal.Tables.Profile.Width >= WidthForMeanings;
        var table = Plain();
        table.AddColumn(new TableColumn("metric"));
        table.AddColumn(new TableColumn("value").RightAligned());
        if (intervals)
            table.AddColumn(new TableColumn("95 % interval").RightAligned());
        if (meanings)
            table.AddColumn(new TableColumn("what it says"));
        foreach (var (metric, value) in Metric.Of(evaluation))
        {
            var cells = new List<Text> { new(metric.Title), new(metric.Show(value)) };
            if (intervals)
                cells.Add(new(metric.Interval(evaluation)));
            if (meanings)
                cells.Add(new(metric.Meaning, new Style(decoration: Decoration.Dim)));
            table.AddRow(cells);
        }
        terminal.Tables.Write(table);
    }

    /// <summary>Evaluations side by side, one column each.</summary>
    public static void WriteTable(Terminal terminal, IReadOnlyList<(string Heading, Evaluation Evaluation)> columns)
    {
        var table = Plain();
        table.AddColumn(new TableColumn(""));
        foreach (var (heading, _) in columns)
            table.AddColumn(new TableColumn(new Text(heading)).RightAligned());
        foreach (var (metric, _) in Metric.Of(columns[0].Evaluation))
            table.AddRow([new Text(metric.Title), .. columns.Select(column => new Text(metric.Show(column.Evaluation.Values.First(pair => pair.Key == metric.Key).Value)))]);
        terminal.Tables.Write(table);
    }

    static Table Plain() => new Table().Border(TableBorder.Simple);
}
