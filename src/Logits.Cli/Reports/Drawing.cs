using System.Text;

namespace Logits.Cli.Reports;

/// <summary>One chart as SVG: a plot area with two axes, marks placed by value, and words for those who cannot see it.</summary>
/// <remarks>Colours and type are classes of <c>report.css</c>, so that the same drawing serves a light page, a dark one and paper.</remarks>
sealed class Drawing
{
    const double Right = 26, Top = 12, Bottom = 48;

    readonly Markup svg = new();
    readonly double x0, y0, plotWidth, plotHeight;

    /// <param name="title">What a screen reader says first.</param>
    /// <param name="description">What the picture shows, in a sentence with numbers.</param>
    /// <param name="x">The axis below.</param>
    /// <param name="xName">What runs along it.</param>
    /// <param name="y">The axis at the left.</param>
    /// <param name="yName">What runs up it.</param>
    /// <param name="width">Pixels of the whole drawing.</param>
    /// <param name="height">Pixels of the whole drawing.</param>
    /// <param name="left">Pixels for the words at the left axis.</param>
    public Drawing(string title, string description, Axis x, string xName, Axis y, string yName, double width = 480, double height = 360, double left = 66)
    {
        (X, Y) = (x, y);
        (x0, y0) = (left, Top);
        (plotWidth, plotHeight) = (width - left - Right, height - Top - Bottom);
        svg.Open("svg", ("xmlns", "http://www.w3.org/2000/svg"), ("class", "chart"), ("viewBox", $"0 0 {width} {height}"), ("width", width), ("height", height), ("role", "img"), ("aria-label", $"{title}. {description}"));
        svg.Element("title", title);

        foreach (double tick in x.Ticks)
        {
            svg.Empty("line", ("class", "grid"), ("x1", AtX(tick)), ("x2", AtX(tick)), ("y1", y0), ("y2", y0 + plotHeight));
            svg.Element("text", x.Label(tick), ("class", "tick"), ("x", AtX(tick)), ("y", y0 + plotHeight + 18), ("text-anchor", "middle"));
        }
        foreach (double tick in y.Ticks)
        {
            svg.Empty("line", ("class", "grid"), ("x1", x0), ("x2", x0 + plotWidth), ("y1", AtY(tick)), ("y2", AtY(tick)));
            svg.Element("text", y.Label(tick), ("class", "tick"), ("x", x0 - 8), ("y", AtY(tick) + 4), ("text-anchor", "end"));
        }
        svg.Element("text", xName, ("class", "axis"), ("x", x0 + plotWidth / 2), ("y", height - 10), ("text-anchor", "middle"));
        svg.Element("text", yName, ("class", "axis"), ("transform", $"translate(15 {Markup.Coordinate(y0 + plotHeight / 2)}) rotate(-90)"), ("text-anchor", "middle"));
    }

    /// <summary>The axis below.</summary>
    public Axis X { get; }

    /// <summary>The axis at the left.</summary>
    public Axis Y { get; }

    /// <summary>Pixels per unit of share along x: how wide things are.</summary>
    public double PixelsAcross(double from, double to) => AtX(to) - AtX(from);

    /// <summary>A box between two values on each axis; hovering shows <paramref name="hint"/>.</summary>
    public Drawing Box(double left, double right, double low, double high, string style, string? hint = null, double inset = 0)
    {
        double x = AtX(left) + inset, width = Math.Max(0.5, AtX(right) - AtX(left) - 2 * inset), top = AtY(Math.Max(low, high)), height = AtY(Math.Min(low, high)) - top;
        if (hint is null)
            svg.Empty("rect", ("class", style), ("x", x), ("y", top), ("width", width), ("height", height));
        else
            svg.Open("rect", ("class", style), ("x", x), ("y", top), ("width", width), ("height", height)).Element("title", hint).Close();
        return this;
    }

    /// <summary>A vertical range with short ends.</summary>
    public Drawing Whisker(double x, double low, double high, string style)
    {
        double at = AtX(x), top = AtY(high), bottom = AtY(low);
        string path = $"M{Markup.Coordinate(at - 3)} {Markup.Coordinate(top)}h6m-3 0V{Markup.Coordinate(bottom)}m-3 0h6";
        svg.Empty("path", ("class", $"{style} halo"), ("d", path)).Empty("path", ("class", style), ("d", path));
        return this;
    }

    /// <summary>A line through points.</summary>
    public Drawing Line(IEnumerable<(double X, double Y)> points, string style)
    {
        svg.Empty("path", ("class", $"line {style}"), ("d", PathOf(points)));
        return this;
    }

    /// <summary>The surface between two lines over the same places.</summary>
    public Drawing Band(IReadOnlyList<(double X, double Low, double High)> points, string style)
    {
        if (points.Count > 0)
            svg.Empty("path", ("class", style), ("d", PathOf([.. points.Select(p => (p.X, p.High)), .. points.Reverse().Select(p => (p.X, p.Low))]) + "Z"));
        return this;
    }

    /// <summary>A disc of a given radius in pixels.</summary>
    public Drawing Dot(double x, double y, double radius, string style, string? hint = null)
    {
        svg.Open("circle", ("class", style), ("cx", AtX(x)), ("cy", AtY(y)), ("r", radius));
        if (hint is not null)
            svg.Element("title", hint);
        svg.Close();
        return this;
    }

    /// <summary>A vertical line over the whole height.</summary>
    public Drawing Rule(double x, string style)
    {
        svg.Empty("line", ("class", $"line {style}"), ("x1", AtX(x)), ("x2", AtX(x)), ("y1", y0), ("y2", y0 + plotHeight));
        return this;
    }

    /// <summary>Words at a place, moved by pixels.</summary>
    public Drawing Label(double x, double y, string text, string style = "note", string anchor = "start", double dx = 0, double dy = 0)
    {
        svg.Element("text", text, ("class", style), ("x", AtX(x) + dx), ("y", AtY(y) + dy), ("text-anchor", anchor));
        return this;
    }

    /// <summary>Words at a share of the plot area: (0, 0) is the upper left corner.</summary>
    public Drawing Note(double across, double down, string text, string style = "note", string anchor = "start")
    {
        svg.Element("text", text, ("class", style), ("x", x0 + across * plotWidth), ("y", y0 + down * plotHeight), ("text-anchor", anchor));
        return this;
    }

    /// <summary>The finished drawing.</summary>
    public string Finish()
    {
        svg.Empty("line", ("class", "frame"), ("x1", x0), ("x2", x0 + plotWidth), ("y1", y0 + plotHeight), ("y2", y0 + plotHeight));
        return svg.Close().ToString();
    }

    double AtX(double value) => x0 + plotWidth * Math.Clamp(X.Share(value), -0.001, 1.001);

    double AtY(double value) => y0 + plotHeight * (1 - Math.Clamp(Y.Share(value), -0.001, 1.001));

    string PathOf(IEnumerable<(double X, double Y)> points)
    {
        var path = new StringBuilder();
        foreach (var (x, y) in points)
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Markup.Coordinate(AtX(x))).Append(' ').Append(Markup.Coordinate(AtY(y)));
        return path.ToString();
    }
}
