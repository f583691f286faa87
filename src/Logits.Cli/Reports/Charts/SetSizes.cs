namespace Logits.Cli.Reports.Charts;

/// <summary>How many prediction sets hold 0, 1, 2, … classes.</summary>
static class SetSizes
{
    public static string Draw(IReadOnlyList<(int Size, int Count)> sizes, int rows)
    {
        int largest = sizes[^1].Size;
        double tallest = sizes.Max(size => size.Count) / (double)rows;
        var drawing = new Drawing("Set sizes", $"Sets hold 0 to {largest} classes; {Show.Percent(sizes.FirstOrDefault(size => size.Size == 1).Count / (double)rows)} hold exactly one.",
            Axis.Linear(-0.6, largest + 0.6, roundEnds: false, about: Math.Min(10, largest + 1), label: Show.Count), "classes in the set", Axis.Percent(0, Math.Min(1, tallest * 1.1)), "share of rows");
        foreach (var (size, count) in sizes)
            drawing.Box(size - 0.4, size + 0.4, 0, count / (double)rows, "bar after", $"{size} classes: {Show.Count(count)} rows");
        return drawing.Finish();
    }
}
