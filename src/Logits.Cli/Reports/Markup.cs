using System.Globalization;
using System.Net;
using System.Text;

namespace Logits.Cli.Reports;

/// <summary>Writes XML elements: the page and the drawings in it.</summary>
sealed class Markup
{
    readonly StringBuilder text = new();
    readonly Stack<string> open = new();

    /// <summary>Opens an element; the pairs are attribute names and values, a null value leaves the attribute out.</summary>
    public Markup Open(string name, params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        Tag(name, attributes, ">");
        open.Push(name);
        return this;
    }

    /// <summary>Closes the element opened last.</summary>
    public Markup Close()
    {
        text.Append("</").Append(open.Pop()).Append(">\n");
        return this;
    }

    /// <summary>An element without content.</summary>
    public Markup Empty(string name, params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        Tag(name, attributes, "/>\n");
        return this;
    }

    /// <summary>An element that holds text.</summary>
    public Markup Element(string name, string content, params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        Tag(name, attributes, ">");
        text.Append(WebUtility.HtmlEncode(content)).Append("</").Append(name).Append(">\n");
        return this;
    }

    /// <summary>Text that is escaped.</summary>
    public Markup Text(string content)
    {
        text.Append(WebUtility.HtmlEncode(content));
        return this;
    }

    /// <summary>Markup that is already markup.</summary>
    public Markup Raw(string markup)
    {
        text.Append(markup);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    void Tag(string name, ReadOnlySpan<(string Name, object? Value)> attributes, string end)
    {
        text.Append('<').Append(name);
        foreach (var (attribute, value) in attributes)
        {
            if (value is null)
                continue;
            string written = value is double number ? Coordinate(number) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
            text.Append(' ').Append(attribute).Append("=\"").Append(WebUtility.HtmlEncode(written)).Append('"');
        }
        text.Append(end);
    }

    /// <summary>A position on the drawing: hundredths of a pixel are enough.</summary>
    public static string Coordinate(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);
}
