using System.Reflection;
using System.Text;

namespace Logits.Cli.Reports;

/// <summary>One self-contained HTML file: style and drawings inside, nothing fetched.</summary>
sealed class Page
{
    readonly string title;
    readonly Markup body = new();
    bool inFigures;

    public Page(string title, string subtitle)
    {
        this.title = title;
        body.Open("main").Element("h1", title).Element("p", subtitle, ("class", "subtitle"));
    }

    /// <summary>The one sentence to take home.</summary>
    public Page Verdict(string sentence)
    {
        EndFigures();
        body.Element("p", sentence, ("class", "verdict"));
        return this;
    }

    /// <summary>A heading with an optional line of text.</summary>
    public Page Section(string heading, string? text = null)
    {
        EndFigures();
        body.Element("h2", heading);
        if (text is not null)
            body.Element("p", text);
        return this;
    }

    /// <summary>A drawing, its legend above and what to look for below; neighbours stand side by side where there is room.</summary>
    public Page Figure(string heading, IReadOnlyList<(string Key, string Meaning)> legend, string svg, string caption, bool small = false)
    {
        if (!inFigures)
            body.Open("div", ("class", small ? "figures small" : "figures"));
        inFigures = true;
        body.Open("figure").Element("h3", heading);
        if (legend.Count > 0)
        {
            body.Open("div", ("class", "legend"));
            foreach (var (key, meaning) in legend)
                body.Open("span").Open("span", ("class", $"key {key}")).Close().Text(meaning).Close();
            body.Close();
        }
        body.Raw(svg);
        if (caption.Length > 0)
            body.Element("figcaption", caption);
        body.Close();
        return this;
    }

    /// <summary>A table; a cell of the form "a|b" shows b smaller, as the interval of a.</summary>
    public Page Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows, bool lastIsText = false)
    {
        EndFigures();
        WriteTable(head, rows, lastIsText);
        return this;
    }

    /// <summary>A table that opens on demand.</summary>
    public Page Folded(string summary, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        EndFigures();
        body.Open("details").Element("summary", summary);
        WriteTable(head, rows, lastIsText: false);
        body.Close();
        return this;
    }

    /// <summary>A command as it was typed.</summary>
    public Page Command(string command)
    {
        EndFigures();
        body.Element("pre", command);
        return this;
    }

    /// <summary>A paragraph.</summary>
    public Page Paragraph(string text)
    {
        EndFigures();
        body.Element("p", text);
        return this;
    }

    /// <summary>The whole file.</summary>
    public string Finish()
    {
        EndFigures();
        string version = typeof(Page).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        body.Open("footer").Text($"Written by logits {version}. This file is complete in itself; it loads nothing.").Close();
        body.Close();
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append("<title>").Append(System.Net.WebUtility.HtmlEncode(title)).Append("</title>\n<style>\n").Append(Style()).Append("</style>\n</head>\n<body>\n");
        html.Append(body).Append("</body>\n</html>\n");
        return html.ToString();
    }

    void WriteTable(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows, bool lastIsText)
    {
        body.Open("div", ("class", "scroll")).Open("table").Open("thead").Open("tr");
        for (int i = 0; i < head.Count; i++)
            body.Element("th", head[i], ("scope", "col"), ("class", lastIsText && i == head.Count - 1 ? "text" : null));
        body.Close().Close().Open("tbody");
        foreach (var row in rows)
        {
            body.Open("tr");
            for (int i = 0; i < row.Count; i++)
            {
                string[] parts = row[i].Split('|', 2);
                body.Open("td", ("class", lastIsText && i == row.Count - 1 ? "text" : null)).Text(parts[0]);
                if (parts.Length > 1)
                    body.Element("span", parts[1], ("class", "interval"));
                body.Close();
            }
            body.Close();
        }
        body.Close().Close().Close();
    }

    void EndFigures()
    {
        if (inFigures)
            body.Close();
        inFigures = false;
    }

    static string Style()
    {
        using var stream = typeof(Page).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
