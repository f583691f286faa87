using System.Text.Json;
using Logits.Regression;

namespace Logits.Tests.Conformance;

/// <summary>A golden fit: reads its data into a frame, and compares numbers by the tolerances of the README.</summary>
sealed class LogisticCase
{
    readonly List<string> _failures = [];
    readonly string _folder;

    public LogisticCase(string folder, string id)
    {
        _folder = folder;
        Id = id;
        Json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden", id + ".json"))).RootElement;
        Expected = Json.GetProperty("expected");
        // The README's tolerances: 1e-9, and 1e-7 where the problem itself is ill-conditioned.
        Tolerance = id.StartsWith("urine_", StringComparison.Ordinal) || id.StartsWith("star98_", StringComparison.Ordinal) || Text("link") == "cauchit" ? 1e-7 : 1e-9;
        Table = Filter(DataTable.ReadCsv(Path.Combine(folder, Json.GetProperty("data").GetString()!)), out var rows);
        SourceRows = rows;
    }

    public string Id { get; }
    public JsonElement Json { get; }
    public JsonElement Expected { get; }
    public DataTable Table { get; }
    public double Tolerance { get; }

    /// <summary>For each row of <see cref="Table"/> its position in the file.</summary>
    public int[] SourceRows { get; }

    public string? Text(string key) => Json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public JsonElement? Option(string key) => Json.TryGetProperty("options", out var options) && options.TryGetProperty(key, out var value) ? value : null;

    DataTable Filter(DataTable table, out int[] rows)
    {
        IEnumerable<int> kept = Enumerable.Range(0, table.Rows);
        if (Json.TryGetProperty("where", out var filters))
            foreach (var filter in filters.EnumerateArray())
            {
                var column = table[filter.GetProperty("column").GetString()!];
                bool wanted = filter.TryGetProperty("in", out var list);
                if (!wanted)
                    list = filter.GetProperty("not_in");
                string[] levels = [.. list.EnumerateArray().Select(Cell)];
                kept = kept.Where(i => levels.Any(level => Same(column.Text(i), level)) == wanted);
            }
        string[] used = [.. Used(Json).Distinct()];
        kept = kept.Where(i => used.All(name => !table[name].IsMissing(i)));
        rows = [.. kept];
        return table.Select(rows);
    }

    static string Cell(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    static IEnumerable<string> Used(JsonElement json)
    {
        var response = json.GetProperty("response");
        foreach (string key in (string[])["column", "successes", "trials", "failures"])
            if (response.TryGetProperty(key, out var name))
                yield return name.GetString()!;
        foreach (string key in (string[])["weights", "strata"])
            if (json.TryGetProperty(key, out var name) && name.ValueKind == JsonValueKind.String)
                yield return name.GetString()!;
        if (json.TryGetProperty("offset", out var offset))
            yield return offset.GetProperty("column").GetString()!;
        foreach (var term in json.GetProperty("terms").EnumerateArray())
            foreach (string name in Columns(term))
                yield return name;
    }

    static IEnumerable<string> Columns(JsonElement term) =>
        term.TryGetProperty("of", out var parts) ? parts.EnumerateArray().SelectMany(Columns)
        : term.TryGetProperty("column", out var column) ? [column.GetString()!] : [];

    public static bool Same(string a, string b) =>
        a == b || (double.TryParse(a, out double x) && double.TryParse(b, out double y) && x == y);

    double[] TermValues(JsonElement term)
    {
        int n = Table.Rows;
        var values = new double[n];
        string type = term.GetProperty("type").GetString()!;
        if (type == "product")
        {
            values.AsSpan().Fill(1);
            foreach (var part in term.GetProperty("of").EnumerateArray())
            {
                var factor = TermValues(part);
                for (int i = 0; i < n; i++)
                    values[i] *= factor[i];
            }
            return values;
        }
        for (int i = 0; i < n; i++)
            values[i] = type switch
            {
                "intercept" => 1,
                "numeric" => Number(term, i),
                "log" => Math.Log(Number(term, i)),
                "indicator" => Same(Table[term.GetProperty("column").GetString()!].Text(i), Cell(term.GetProperty("level"))) ? 1 : 0,
                "mapped" => Mapped(term, Table[term.GetProperty("column").GetString()!].Text(i)),
                _ => throw new InvalidDataException($"term type {type}"),
            };
        return values;

        double Number(JsonElement t, int i) => ((NumericColumn)Table[t.GetProperty("column").GetString()!]).Values[i];
        static double Mapped(JsonElement t, string cell) => t.GetProperty("values").EnumerateObject().First(pair => Same(pair.Name, cell)).Value.GetDouble();
    }

    /// <summary>The design matrix that <c>terms</c> spells out, with <paramref name="change"/> applied to every column.</summary>
    public DesignMatrix Design(bool addIntercept, Func<string, double[], double[]>? change = null)
    {
        var terms = Json.GetProperty("terms").EnumerateArray().ToArray();
        bool own = terms.Length > 0 && terms[0].GetProperty("type").GetString() == "intercept";
        var predictors = own ? terms[1..] : terms;
        string[] names = [.. predictors.Select(t => t.GetProperty("name").GetString()!)];
        double[][] columns = [.. predictors.Select((t, j) => change is null ? TermValues(t) : change(names[j], TermValues(t)))];
        int n = Table.Rows, offset = own || addIntercept ? 1 : 0, p = names.Length + offset;
        var data = new double[n * p];
        for (int i = 0; i < n; i++)
        {
            if (offset == 1)
                data[i * p] = 1;
            for (int j = 0; j < names.Length; j++)
                data[i * p + offset + j] = columns[j][i];
        }
        string[] all = offset == 1 ? ["(Intercept)", .. names] : names;
        return new(data, n, all, GroupedTerms(predictors, names, offset), offset == 1 ? 0 : -1);
    }

    /// <summary>Adjacent columns made from the same variables in the same way are one term.</summary>
    static List<DesignTerm> GroupedTerms(JsonElement[] predictors, string[] names, int offset)
    {
        var terms = new List<DesignTerm>();
        for (int j = 0; j < predictors.Length;)
        {
            string key = Key(predictors[j]);
            int end = j + 1;
            while (end < predictors.Length && key.Contains("indicator", StringComparison.Ordinal) && Key(predictors[end]) == key)
                end++;
            string[] factors = [.. Columns(predictors[j])];
            terms.Add(new(end == j + 1 && !key.Contains("indicator", StringComparison.Ordinal) ? names[j] : string.Join(":", factors), j + offset, end - j, factors));
            j = end;
        }
        return terms;

        static string Key(JsonElement t) => t.TryGetProperty("of", out var parts) ? string.Join(":", parts.EnumerateArray().Select(Key))
            : $"{t.GetProperty("type").GetString()} {(t.TryGetProperty("column", out var c) ? c.GetString() : "")}";
    }

    public Response Response()
    {
        var r = Json.GetProperty("response");
        int n = Table.Rows;
        double[] Numbers(string key) => ((NumericColumn)Table[r.GetProperty(key).GetString()!]).Values.ToArray();
        switch (r.GetProperty("type").GetString())
        {
            case "binary":
                var column = Table[r.GetProperty("column").GetString()!];
                string positive = Cell(r.GetProperty("positive"));
                return Logits.Regression.Response.Binary([.. Enumerable.Range(0, n).Select(i => Same(column.Text(i), positive) ? 1.0 : 0)], column.Name);
            case "successes_trials":
                return Logits.Regression.Response.Counts(Numbers("successes"), Numbers("trials"));
            case "successes_failures":
                double[] s = Numbers("successes"), f = Numbers("failures");
                return Logits.Regression.Response.Counts(s, [.. s.Zip(f, (a, b) => a + b)]);
            default:
                var labels = Table[r.GetProperty("column").GetString()!];
                string[] levels = [.. r.GetProperty("levels").EnumerateArray().Select(Cell)];
                int[] codes = [.. Enumerable.Range(0, n).Select(i => Array.FindIndex(levels, level => Same(labels.Text(i), level)))];
                if (!r.TryGetProperty("smoothing", out var smoothing))
                    return Logits.Regression.Response.Classes(codes, levels, labels.Name);
                double e = smoothing.GetDouble();
                return Logits.Regression.Response.Soft([.. codes.SelectMany(code => levels.Select((_, k) => (k == code ? 1 - e : 0) + e / levels.Length))], levels.Length, levels, labels.Name);
        }
    }

    public ModelFrame Frame(bool addIntercept = false, Func<string, double[], double[]>? change = null)
    {
        int[] Groups(string name)
        {
            string[] texts = [.. Enumerable.Range(0, Table.Rows).Select(Table[name].Text)];
            var index = texts.Distinct().Select((text, k) => (text, k)).ToDictionary(pair => pair.text, pair => pair.k);
            return [.. texts.Select(text => index[text])];
        }
        return new(Design(addIntercept, change), Response())
        {
            Weights = Text("weights") is { } w ? ((NumericColumn)Table[w]).Values.ToArray() : null,
            Offset = Json.TryGetProperty("offset", out var offset)
                ? [.. ((NumericColumn)Table[offset.GetProperty("column").GetString()!]).Values.ToArray().Select(x => x * offset.GetProperty("scale").GetDouble())] : null,
            Strata = Text("strata") is { } s ? Groups(s) : null,
            Clusters = Option("cluster") is { } c ? Groups(c.GetString()!) : null,
        };
    }

    public void Near(string what, JsonElement expected, double actual, double? tolerance = null, double floor = 0)
    {
        double wanted = expected.ValueKind == JsonValueKind.String ? expected.GetString() switch { "inf" or "+Inf" => double.PositiveInfinity, "-inf" or "-Inf" => double.NegativeInfinity, _ => double.NaN } : expected.GetDouble();
        if (wanted == actual || (double.IsNaN(wanted) && double.IsNaN(actual)))
            return;
        double bound = tolerance ?? Tolerance, size = Math.Max(Math.Abs(wanted), floor);
        if (!(Math.Abs(actual - wanted) <= bound * size) && !(Math.Abs(wanted) < 1e-290 && Math.Abs(actual) < 1e-290))
            _failures.Add($"{what} expected {wanted:R}, got {actual:R} (relative {Math.Abs(actual - wanted) / size:E1}, allowed {bound:E0})");
    }

    public void Near(string what, JsonElement expected, IReadOnlyList<double> actual, double? tolerance = null)
    {
        double[] wanted = [.. Flat(expected).Select(e => e.GetDouble())];
        if (wanted.Length != actual.Count)
        {
            _failures.Add($"{what} expected {wanted.Length} numbers, got {actual.Count}");
            return;
        }
        double floor = 1e-8 * wanted.Max(Math.Abs);
        int k = 0;
        foreach (var item in Flat(expected))
        {
            Near($"{what}[{k}]", item, actual[k], tolerance, floor);
            k++;
        }
    }

    static IEnumerable<JsonElement> Flat(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().SelectMany(Flat) : [list];

    public void Equal<T>(string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            _failures.Add($"{what} expected {expected}, got {actual}");
    }

    public void Bounds(string what, JsonElement expected, Interval actual, double? tolerance = null)
    {
        double scale = Math.Abs(expected[1].GetDouble() - expected[0].GetDouble());
        // A bound that happens to lie near 0 is judged by the width of its interval.
        double floor = double.IsFinite(scale) ? 1e-3 * scale : 0;
        Near(what + " low", expected[0], actual.Low, tolerance, floor);
        Near(what + " high", expected[1], actual.High, tolerance, floor);
    }

    public void Test(string what, JsonElement expected, HypothesisTest actual)
    {
        Near(what + " statistic", expected.GetProperty("statistic"), actual.Statistic);
        Equal(what + " df", expected.GetProperty("df").GetInt32(), actual.DegreesOfFreedom);
        Near(what + " p", expected.GetProperty("p"), actual.P, Math.Max(1e-8, Tolerance));
    }

    public void Has(string key, Action<JsonElement> check)
    {
        if (Expected.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null)
            check(value);
    }

    public void Near(string key, double actual) => Has(key, value => Near(key, value, actual));

    public string? Verdict => _failures.Count == 0 ? null : string.Join("; ", _failures.Take(6)) + (_failures.Count > 6 ? $"; and {_failures.Count - 6} more" : "");
}
