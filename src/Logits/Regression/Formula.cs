using System.Globalization;

namespace Logits.Regression;

/// <summary>What to do with a row that has a missing cell in a column the model reads.</summary>
public enum MissingCells
{
    /// <summary>Leave the row out and count it in <see cref="ModelFrame.RowsDropped"/>.</summary>
    Drop,

    /// <summary>Throw, naming row and column.</summary>
    Error,
}

/// <summary>Columns of a table that play a part beside the formula.</summary>
public sealed record FrameColumns
{
    /// <summary>The column of frequency weights.</summary>
    public string? Weights { get; init; }

    /// <summary>The column of numbers of trials; the response then counts successes.</summary>
    public string? Trials { get; init; }

    /// <summary>A column added to the linear predictor with coefficient 1.</summary>
    public string? Offset { get; init; }

    /// <summary>The column that names matched sets.</summary>
    public string? Strata { get; init; }

    /// <summary>The column that names clusters.</summary>
    public string? Clusters { get; init; }

    /// <summary>What happens to rows with missing cells.</summary>
    public MissingCells Missing { get; init; }
}

/// <summary>A model in the notation of Wilkinson and Rogers: <c>y ~ x1 * x2 + log(dose) + C(group, ref="b") + offset(e)</c>.</summary>
/// <remarks>
/// <para>Right of ~: <c>+</c> adds a term, <c>-</c> takes one out, <c>a:b</c> is an interaction, <c>a*b</c> is <c>a + b + a:b</c>,
/// <c>(a + b)^2</c> all interactions up to that order, <c>.</c> every column not used on the left or named in <see cref="FrameColumns"/>, <c>0</c> or <c>-1</c> takes the constant out.
/// Functions: log, log2, log10, log1p, exp, sqrt, abs, sin, cos; <c>I(x^2)</c> is arithmetic; <c>C(g, ref="b")</c> (or <c>factor(g)</c>) makes categories;
/// <c>offset(e)</c> enters with coefficient 1. Names with odd characters stand between back quotes.</para>
/// <para>Left: a column, <c>column == level</c>, <c>cbind(successes, failures)</c>, <c>ordered(column, levels=c("low", "high"))</c> (or <c>C</c>), or arithmetic.</para>
/// <para>A categorical factor has one column a level; the reference level is left out where the rest of its term is in the model already (R's rule).</para>
/// Immutable and shareable.
/// </remarks>
public sealed class Formula
{
    readonly FormulaNode? _response;
    readonly FormulaNode _predictors;

    Formula(string text, FormulaNode? response, FormulaNode predictors) => (Text, _response, _predictors) = (text, response, predictors);

    /// <summary>The formula as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a formula.</summary>
    /// <exception cref="FormatException">The text is not a formula; the message gives the place.</exception>
    public static Formula Parse(string text)
    {
        var (left, right) = FormulaParser.Parse(text);
        return new(text.Trim(), left, right);
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>The name of the response, or null when the formula has none.</summary>
    public string? ResponseName => _response?.Spelling;

    /// <summary>Builds predictors and response from the rows of a table.</summary>
    /// <param name="table">The data.</param>
    /// <param name="columns">Weights, trials, offset, matched sets, clusters, and the treatment of missing cells. <c>.</c> in the formula does not mean these columns.</param>
    /// <exception cref="ArgumentException">A column does not exist, has the wrong kind, or a transformed cell is not finite; the message names it.</exception>
    public ModelFrame Frame(DataTable table, FrameColumns? columns = null)
    {
        columns ??= new();
        if (_response is null)
            throw new ArgumentException($"formula \"{Text}\" has no response; write y ~ …", nameof(table));
        string?[] beside = [columns.Weights, columns.Trials, columns.Offset, columns.Strata, columns.Clusters];
        var predictors = WithoutDot(table, beside.OfType<string>());
        var plan = Plan.Of(predictors, table, null);
        string[] used = [.. _response.Variables.Where(v => _response is not FormulaNode.Operation { Operator: "==" } o || o.Right is not FormulaNode.Variable w || w.Name != v || table.Contains(v)),
            .. plan.Variables, .. beside.OfType<string>()];
        var kept = Complete(table, used.Distinct(), columns.Missing);
        if (kept.Length == 0)
            throw new ArgumentException($"no row of the table is complete in {string.Join(", ", used.Distinct())}.", nameof(table));
        var rows = kept.Length == table.Rows ? table : table.Select(kept);
        if (rows != table)
            plan = Plan.Of(predictors, rows, null);

        var design = plan.Build(rows, kept);
        var offset = plan.Offset(rows);
        if (columns.Offset is { } name)
        {
            var more = Numbers(rows, name);
            offset = offset is null ? more : [.. offset.Zip(more, (a, b) => a + b)];
        }
        return new(design, ResponseOf(rows, columns.Trials))
        {
            Weights = columns.Weights is { } w ? Numbers(rows, w) : null,
            Offset = offset,
            Strata = columns.Strata is { } s ? Groups(rows[s]) : plan.Strata is { } strata ? Groups(rows[strata]) : null,
            Clusters = columns.Clusters is { } c ? Groups(rows[c]) : null,
            SourceRows = kept,
            RowsDropped = table.Rows - kept.Length,
            Formula = this,
            PredictionFormula = predictors == _predictors && columns.Offset is null ? Text
                : $"{_response.Code} ~ {predictors.Code}{(columns.Offset is { } shift ? $" + {new FormulaNode.Call("offset", [(null, new FormulaNode.Variable(shift))]).Code}" : "")}",
            FactorLevels = plan.Levels,
        };
    }

    /// <summary>Builds the predictors alone, for new rows, with the levels that <paramref name="levels"/> had when the model was fitted.</summary>
    internal (DesignMatrix Design, double[]? Offset) Predictors(DataTable table, IReadOnlyDictionary<string, IReadOnlyList<string>>? levels)
    {
        var plan = Plan.Of(WithoutDot(table, []), table, levels);
        foreach (string name in plan.PredictorVariables)
            for (int i = 0; i < table.Rows; i++)
                if (table[name].IsMissing(i))
                    throw new ArgumentException($"column {name} is missing in row {i}; a prediction needs every predictor.", nameof(table));
        return (plan.Build(table, [.. Enumerable.Range(0, table.Rows)]), plan.Offset(table));
    }

    /// <summary>The right-hand side with the columns that <c>.</c> means.</summary>
    FormulaNode WithoutDot(DataTable table, IEnumerable<string> beside)
    {
        var spared = (_response?.Variables ?? []).Concat(beside).ToHashSet();
        FormulaNode[] columns = [.. table.Columns.Where(c => !spared.Contains(c.Name)).Select(c => new FormulaNode.Variable(c.Name))];
        return Contains(_predictors) ? _predictors.Replace(node => node is not FormulaNode.Everything ? null
            : columns.Length == 0 ? throw new ArgumentException($"formula \"{Text}\": the table has no column left for '.'.", nameof(table))
            : columns.Aggregate((sum, column) => new FormulaNode.Operation("+", sum, column))) : _predictors;

        static bool Contains(FormulaNode node) => node switch
        {
            FormulaNode.Everything => true,
            FormulaNode.Negative n => Contains(n.Of),
            FormulaNode.Operation o => Contains(o.Left) || Contains(o.Right),
            _ => false,
        };
    }

    static int[] Complete(DataTable table, IEnumerable<string> used, MissingCells missing)
    {
        var kept = new bool[table.Rows];
        kept.AsSpan().Fill(true);
        foreach (var column in used.Select(name => table[name]))
            for (int i = 0; i < kept.Length; i++)
                if (column.IsMissing(i))
                {
                    if (missing == MissingCells.Error)
                        throw new ArgumentException($"column {column.Name} is missing in row {i}; fill the cell, or let rows with missing cells be dropped.", nameof(table));
                    kept[i] = false;
                }
        return [.. Enumerable.Range(0, table.Rows).Where(i => kept[i])];
    }

    Response ResponseOf(DataTable rows, string? trials)
    {
        if (_response is FormulaNode.Call { Function: "cbind" } both)
        {
            if (both.Arguments.Count != 2)
                throw new FormatException($"{both.Spelling}: cbind takes successes and failures.");
            if (trials is not null)
                throw new ArgumentException($"{both.Spelling} gives the trials already; leave the column {trials} of trials out, or write the successes alone.");
            double[] successes = both.Arguments[0].Value.Evaluate(rows), failures = both.Arguments[1].Value.Evaluate(rows);
            return Response.Counts(successes, [.. successes.Zip(failures, (s, f) => s + f)], both.Spelling);
        }
        if (_response is FormulaNode.Variable v && rows[v.Name] is CategoricalColumn categorical)
            return trials is null ? Response.Classes(categorical.Codes, categorical.Levels, v.Name)
                : throw new ArgumentException($"{v.Name} is categorical; with a column of trials the response counts successes.");
        if (_response is FormulaNode.Call { Function: "C" or "factor" or "ordered" } call)
        {
            var factor = Factor.Of(call, rows, null);
            if (trials is not null)
                throw new ArgumentException($"{call.Spelling} is categorical; with a column of trials the response counts successes.");
            // The reference is the first class; the others keep their order.
            int[] order = [factor.Reference, .. Enumerable.Range(0, factor.Levels!.Count).Where(k => k != factor.Reference)];
            return Response.Classes([.. factor.Codes!.Select(code => Array.IndexOf(order, code))], [.. order.Select(k => factor.Levels[k])], factor.Name);
        }
        var values = _response!.Evaluate(rows);
        return trials is null ? Response.Binary(values, _response.Spelling) : Response.Counts(values, Numbers(rows, trials), _response.Spelling);
    }

    static double[] Numbers(DataTable rows, string name) => rows[name] is NumericColumn numeric ? numeric.Values.ToArray()
        : throw new ArgumentException($"column {name} is categorical; weights, trials and offsets are numbers.");

    static int[] Groups(Column column)
    {
        var index = new Dictionary<string, int>();
        var groups = new int[column.Count];
        for (int i = 0; i < groups.Length; i++)
        {
            if (!index.TryGetValue(column.Text(i), out groups[i]))
                index.Add(column.Text(i), groups[i] = index.Count);
        }
        return groups;
    }

    /// <summary>One factor of a term: a numeric expression, or categories.</summary>
    sealed record Factor(string Name, FormulaNode Node, IReadOnlyList<string>? Levels, int[]? Codes, int Reference)
    {
        public static (IReadOnlyList<string> Levels, int[] Codes) Of(DataTable table, string name, string[]? declared, IReadOnlyList<string>? fitted)
        {
            var column = table[name];
            var levels = fitted ?? declared ?? (column is CategoricalColumn categorical
                ? [.. categorical.Levels.Where((_, code) => categorical.Codes.Contains(code))]
                : (IReadOnlyList<string>)[.. ((NumericColumn)column).Values.ToArray().Where(x => !double.IsNaN(x)).Distinct().Order().Select(x => x.ToString("R", CultureInfo.InvariantCulture))]);
            var codes = new int[table.Rows];
            var known = new Dictionary<string, int>();
            for (int i = 0; i < codes.Length; i++)
            {
                if (column.IsMissing(i))
                {
                    codes[i] = -1;
                    continue;
                }
                string cell = column.Text(i);
                if (!known.TryGetValue(cell, out codes[i]))
                {
                    codes[i] = -1;
                    for (int k = 0; k < levels.Count && codes[i] < 0; k++)
                        if (Column.Same(cell, levels[k]))
                            codes[i] = k;
                    if (codes[i] < 0)
                        throw new ArgumentException($"column {name} is {cell} in row {i}; the levels are {string.Join(", ", levels)}.", nameof(table));
                    known.Add(cell, codes[i]);
                }
            }
            return (levels, codes);
        }

        /// <summary>The categories that C(column, ref = …, levels = …) makes; <paramref name="fitted"/>, those of the fit, come before what is written.</summary>
        public static Factor Of(FormulaNode.Call call, DataTable table, IReadOnlyDictionary<string, IReadOnlyList<string>>? fitted)
        {
            if (call.Arguments.Count == 0 || call.Arguments[0].Value is not FormulaNode.Variable v)
                throw new FormatException($"{call.Spelling}: the first argument is a column.");
            string? reference = null;
            string[]? declared = null;
            foreach (var (name, value) in call.Arguments.Skip(1))
            {
                switch (name)
                {
                    case "ref":
                        reference = value is FormulaNode.Text t ? t.Value : value.Spelling;
                        break;
                    case "levels" when value is FormulaNode.Call { Function: "c" } list:
                        declared = [.. list.Arguments.Select(a => a.Value is FormulaNode.Text text ? text.Value : a.Value.Spelling)];
                        if (declared.Distinct().Count() < declared.Length)
                            throw new FormatException($"{call.Spelling}: a level occurs twice; levels are distinct.");
                        break;
                    default:
                        throw new FormatException($"{call.Spelling}: {name ?? value.Spelling} is not an argument of {call.Function}; there are ref=\"level\" and levels=c(\"a\", \"b\").");
                }
            }
            var (levels, codes) = Of(table, v.Name, declared, fitted?.GetValueOrDefault(call.Code));
            int at = reference is null ? 0 : levels.ToList().FindIndex(level => Column.Same(level, reference));
            return at >= 0 ? new(v.Name, call, levels, codes, at)
                : throw new ArgumentException($"{call.Spelling}: {reference} is not a level of {v.Name}; the levels are {string.Join(", ", levels)}.");
        }
    }

    /// <summary>The terms of the right-hand side, resolved against a table.</summary>
    sealed class Plan
    {
        readonly List<FormulaNode[]> _terms = [];
        readonly List<FormulaNode> _offsets = [];
        readonly Dictionary<string, Factor> _factors = [];
        bool _intercept = true;

        public string? Strata { get; private set; }

        public IEnumerable<string> PredictorVariables => _terms.SelectMany(term => term).Concat(_offsets).SelectMany(node => node.Variables).Distinct();

        public IEnumerable<string> Variables => PredictorVariables.Concat(Strata is null ? [] : [Strata]).Distinct();

        /// <summary>The levels of every categorical factor, by how it is written: a column may be a number in one place and categories in another.</summary>
        public IReadOnlyDictionary<string, IReadOnlyList<string>> Levels =>
            _factors.Where(pair => pair.Value.Levels is not null).ToDictionary(pair => pair.Key, pair => pair.Value.Levels!);

        public static Plan Of(FormulaNode right, DataTable table, IReadOnlyDictionary<string, IReadOnlyList<string>>? levels)
        {
            var plan = new Plan();
            foreach (var term in plan.Expand(right))
                plan.Add(term);
            // R's order: main effects first, then interactions by their order, each in the order written.
            var ordered = plan._terms.OrderBy(term => term.Length).ToArray();
            plan._terms.Clear();
            plan._terms.AddRange(ordered);
            foreach (var node in ordered.SelectMany(term => term))
                plan._factors.TryAdd(node.Code, Resolve(node, table, levels));
            return plan;
        }

        List<FormulaNode[]> Expand(FormulaNode node)
        {
            switch (node)
            {
                case FormulaNode.Operation { Operator: "+" } sum:
                    return [.. Expand(sum.Left), .. Expand(sum.Right)];
                case FormulaNode.Operation { Operator: "-" } difference:
                    var kept = Expand(difference.Left);
                    if (difference.Right is FormulaNode.Number { Value: 0 or 1 } constant)
                        _intercept = constant.Value == 0;
                    else if (difference.Right is FormulaNode.Call { Function: "offset" or "strata" })
                        throw new FormatException($"- {difference.Right.Spelling}: {difference.Right.Spelling} cannot be taken out; do not add it.");
                    else
                        foreach (var gone in Expand(difference.Right))
                            kept.RemoveAll(term => Key(term) == Key(gone));
                    return kept;
                case FormulaNode.Operation { Operator: ":" } product:
                    return Cross(Expand(product.Left), Expand(product.Right));
                case FormulaNode.Operation { Operator: "*" } star:
                    List<FormulaNode[]> a = Expand(star.Left), b = Expand(star.Right);
                    return [.. a, .. b, .. Cross(a, b)];
                case FormulaNode.Operation { Operator: "^", Right: FormulaNode.Number power } raised when power.Value is >= 1 and <= 20 && power.Value == Math.Floor(power.Value):
                    var basis = Expand(raised.Left);
                    var all = basis;
                    for (int i = 1; i < power.Value; i++)
                        all = [.. all, .. Cross(all, basis)];
                    return all;
                case FormulaNode.Negative { Of: FormulaNode.Number { Value: 1 } } or FormulaNode.Number { Value: 0 }:
                    _intercept = false;
                    return [];
                case FormulaNode.Number { Value: 1 }:
                    _intercept = true;
                    return [];
                case FormulaNode.Call { Function: "offset", Arguments: [var (_, inner)] }:
                    _offsets.Add(inner);
                    return [];
                case FormulaNode.Call { Function: "strata", Arguments: [(_, FormulaNode.Variable set)] }:
                    Strata = set.Name;
                    return [];
                case FormulaNode.Variable or FormulaNode.Call:
                    return [[node]];
                default:
                    throw new FormatException($"{node.Spelling} is not a term; arithmetic stands inside I(…).");
            }
        }

        static List<FormulaNode[]> Cross(List<FormulaNode[]> left, List<FormulaNode[]> right) =>
            [.. left.SelectMany(a => right.Select(b => a.Concat(b).DistinctBy(node => node.Code).ToArray()))];

        static string Key(FormulaNode[] term) => string.Join(":", term.Select(node => node.Code).Order(StringComparer.Ordinal));

        void Add(FormulaNode[] term)
        {
            if (_terms.TrueForAll(other => Key(other) != Key(term)))
                _terms.Add(term);
        }

        static Factor Resolve(FormulaNode node, DataTable table, IReadOnlyDictionary<string, IReadOnlyList<string>>? fitted)
        {
            if (node is FormulaNode.Call { Function: "C" or "factor" } call)
                return Factor.Of(call, table, fitted);
            if (node is FormulaNode.Variable variable && (table[variable.Name] is CategoricalColumn || fitted?.ContainsKey(variable.Code) == true))
            {
                var (levels, codes) = Factor.Of(table, variable.Name, null, fitted?.GetValueOrDefault(variable.Code));
                return new(variable.Name, node, levels, codes, 0);
            }
            return new(node.Spelling, node, null, null, 0);
        }

        public double[]? Offset(DataTable table)
        {
            double[]? sum = null;
            foreach (var node in _offsets)
            {
                var values = node.Evaluate(table);
                sum = sum is null ? values : [.. sum.Zip(values, (a, b) => a + b)];
            }
            return sum;
        }

        public DesignMatrix Build(DataTable table, int[] sourceRows)
        {
            int n = table.Rows;
            var names = new List<string>();
            var columns = new List<double[]>();
            var terms = new List<DesignTerm>();
            if (_intercept)
            {
                names.Add(DesignMatrix.InterceptName);
                var ones = new double[n];
                ones.AsSpan().Fill(1);
                columns.Add(ones);
            }
            var keys = _terms.Select(Key).ToHashSet();
            foreach (var term in _terms)
            {
                int first = names.Count;
                List<string> made = [""];
                List<double[]?> cells = [null];
                foreach (var node in term)
                {
                    var factor = _factors[node.Code];
                    var (titles, parts) = Columns(factor, table, IsMarginal(term, node, keys));
                    // The first factor varies fastest, as R orders the columns of an interaction.
                    List<string> nextNames = [];
                    List<double[]?> nextCells = [];
                    for (int b = 0; b < parts.Count; b++)
                        for (int a = 0; a < made.Count; a++)
                        {
                            nextNames.Add(made[a].Length == 0 ? titles[b] : $"{made[a]}:{titles[b]}");
                            nextCells.Add(cells[a] is { } left ? [.. left.Zip(parts[b], (x, y) => x * y)] : parts[b]);
                        }
                    (made, cells) = (nextNames, nextCells);
                }
                names.AddRange(made);
                columns.AddRange(cells!);
                terms.Add(new(string.Join(":", term.Select(node => node.Spelling)), first, made.Count, [.. term.Select(node => _factors[node.Code].Name)]));
            }
            if (names.Count == 0)
                throw new ArgumentException("the formula has no terms and no constant; there is nothing to fit.");
            var data = new double[(long)n * names.Count];
            for (int j = 0; j < names.Count; j++)
                for (int i = 0; i < n; i++)
                {
                    double value = columns[j][i];
                    if (!double.IsFinite(value))
                        Throw.CellNotFinite(names[j], sourceRows[i], value);
                    data[i * names.Count + j] = value;
                }
            return new(data, n, names, terms, _intercept ? 0 : -1);
        }

        /// <summary>Whether the term without this factor is in the model, so that the factor's reference level may be left out.</summary>
        bool IsMarginal(FormulaNode[] term, FormulaNode node, HashSet<string> keys)
        {
            FormulaNode[] rest = [.. term.Where(other => other != node)];
            if (rest.Length > 0)
                return keys.Contains(Key(rest));
            // Without a constant the first categorical main effect keeps all its levels.
            return _intercept || _terms.Find(t => t.Length == 1 && _factors[t[0].Code].Levels is not null)?[0].Code != node.Code;
        }

        static (List<string> Names, List<double[]> Cells) Columns(Factor factor, DataTable table, bool contrasts)
        {
            if (factor.Levels is null)
                return ([factor.Name], [factor.Node.Evaluate(table)]);
            var names = new List<string>();
            var cells = new List<double[]>();
            if (factor.Levels.Count < 2)
                throw new ArgumentException($"{factor.Name} has only the level {string.Join("", factor.Levels)}; a categorical predictor needs two.");
            for (int level = 0; level < factor.Levels.Count; level++)
            {
                if (contrasts && level == factor.Reference)
                    continue;
                names.Add(factor.Name + factor.Levels[level]);
                cells.Add([.. factor.Codes!.Select(code => code == level ? 1.0 : 0)]);
            }
            return (names, cells);
        }
    }
}
