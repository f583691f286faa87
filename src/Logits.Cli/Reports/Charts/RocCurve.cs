using Logits.Metrics;

namespace Logits.Cli.Reports.Charts;

/// <summary>For every threshold: how many of the yes are found, against how many of the no are called yes.</summary>
static class RocCurve
{
    public static (string Svg, double Area) Draw(Forecasts forecasts)
    {
        var points = new List<(double X, double Y)> { (0, 0) };
        var p = forecasts.Probabilities;
        var y = forecasts.Happened;
        double positives = forecasts.Happenings, negatives = forecasts.Count - forecasts.Happenings, yes = 0, no = 0, area = 0;
        for (int i = forecasts.Count - 1; i >= 0; i--)
        {
            if (y[i])
                yes++;
            else
                no++;
            // Equal probabilities cross a threshold together.
            if (i > 0 && p[i - 1] == p[i])
                continue;
            var point = (X: no / negatives, Y: yes / positives);
            area += (point.X - points[^1].X) * (point.Y + points[^1].Y) / 2;
            points.Add(point);
        }
        var drawing = new Drawing("ROC curve", $"Area {Show.Plain(area)}.", Axis.Percent(), "false positives", Axis.Percent(), "true positives");
        drawing.Line([(0, 0), (1, 1)], "reference");
        drawing.Line(points, "after");
        return (drawing.Finish(), area);
    }
}
