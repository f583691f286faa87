using Logits.Regression;

namespace Logits.Tests.Regression;

public class FormulaTests
{
    static readonly DataTable Table = DataTable.ReadCsv(new StringReader("""
        y,x1,x2,dose,group,e,n
        0,1,2,1,a,0.5,4
        1,2,1,10,b,0.25,4
        1,3,5,100,c,0,4
        0,4,,1000,a,1,4
        1,5,3,10,b,0,4
        0,6,4,1,c,0,4
        """));

    [Theory]
    [InlineData("y ~ x1", "(Intercept) x1")]
    [InlineData("y ~ x1 * x2 + log(dose) + C(group, ref=\"b\") + offset(e)", "(Intercept) x1 x2 log(dose) groupa groupc x1:x2")]
    [InlineData("y ~ 0 + group", "groupa groupb groupc")]
    [InlineData("y ~ x1 + group + x1:group", "(Intercept) x1 groupb groupc x1:groupb x1:groupc")]
    [InlineData("y ~ (x1 + x2 + e)^2 - x1:e", "(Intercept) x1 x2 e x1:x2 x2:e")]
    [InlineData("y ~ . - n - dose", "(Intercept) x1 x2 groupb groupc e")]
    [InlineData("y ~ I(x1^2) + x1 - 1", "I(x1^2) x1")]
    [InlineData("y ~ group:x1", "(Intercept) groupa:x1 groupb:x1 groupc:x1")]
    [InlineData("y == 1 ~ `x1`", "(Intercept) x1")]
    public void NamesItsColumnsAsRUsersExpect(string formula, string names) =>
        Assert.Equal(names, string.Join(" ", Formula.Parse(formula).Frame(Table).Design.Names));

    [Fact]
    public void DropsAndCountsRowsWithMissingCells()
    {
        var frame = Formula.Parse("y ~ x1 + x2").Frame(Table);
        Assert.Equal(1, frame.RowsDropped);
        Assert.Equal([0, 1, 2, 4, 5], frame.SourceRows!);
    }

    [Fact]
    public void RefusesMissingCellsWhenAsked() => Assert.Contains("column x2 is missing in row 3",
        Assert.Throws<ArgumentException>(() => Formula.Parse("y ~ x2").Frame(Table, new() { Missing = MissingCells.Error })).Message);

    [Fact]
    public void EvaluatesArithmeticCellByCell() =>
        Assert.Equal([-2, -1, 4, 13, 26, 43], Formula.Parse("y ~ 0 + I(2 * x1^2 - 5*x1 + 1)").Frame(Table).Design.Values.ToArray());

    [Fact]
    public void BindsASignTighterThanAProduct() =>
        Assert.All(Formula.Parse("y ~ 0 + I(x1^-1 * 2)").Frame(Table).Design.Values.ToArray().Select((v, i) => v * (i + 1)), product => Assert.Equal(2, product, 14));

    [Fact]
    public void NamesTheColumnThatDoesNotExist() =>
        Assert.Contains("there is no column z; the table has y, x1", Assert.Throws<ArgumentException>(() => Formula.Parse("y ~ z").Frame(Table)).Message);

    [Theory]
    [InlineData("y ~ x1 +", "the formula ends too early")]
    [InlineData("y x1", "'~' is missing")]
    [InlineData("y ~ log(x1", "')' is missing")]
    public void PointsAtTheMistake(string formula, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => Formula.Parse(formula)).Message);

    [Fact]
    public void NamesTheCellThatATransformMakesInfinite() =>
        Assert.Contains("column log(e) is -", Assert.Throws<ArgumentException>(() => Formula.Parse("y ~ log(e)").Frame(Table)).Message.Replace("−", "-"));

    [Theory]
    [InlineData("y ~ I((x1 + x2) * e) + I(x1 + x2 * e)", "(Intercept) I((x1 + x2) * e) I(x1 + x2 * e)")]
    [InlineData("y ~ I((x1 * e)^2) + I(x1 * e^2)", "(Intercept) I((x1 * e)^2) I(x1 * e^2)")]
    [InlineData("y ~ I(-x1^2) + I((-x1)^2)", "(Intercept) I(-x1^2) I((-x1)^2)")]
    [InlineData("y ~ I(x1 - (x2 - e)) + I(x1 - x2 - e)", "(Intercept) I(x1 - (x2 - e)) I(x1 - x2 - e)")]
    public void KeepsTermsApartThatDifferInBracketsAlone(string formula, string names) =>
        Assert.Equal(names, string.Join(" ", Formula.Parse(formula).Frame(Table).Design.Names));

    [Theory]
    [InlineData("a + b * c^-2 - (d - e) / -f")]
    [InlineData("-(a + b) + I((-a)^2 * log(b))")]
    [InlineData("(a + b)^2:`my column` + C(g, ref = \"x y\", levels = c(\"x y\", 'say \"z\"'))")]
    public void IsReadBackFromItsCode(string right)
    {
        var node = FormulaParser.Parse($"y ~ {right}").Right;
        Assert.Equal(node.Code, FormulaParser.Parse($"y ~ {node.Code}").Right.Code);
        Assert.Equal(Shape(node), Shape(FormulaParser.Parse($"y ~ {node.Code}").Right));

        static string Shape(FormulaNode node) => node switch
        {
            FormulaNode.Operation o => $"[{Shape(o.Left)} {o.Operator} {Shape(o.Right)}]",
            FormulaNode.Negative n => $"[- {Shape(n.Of)}]",
            FormulaNode.Call c => $"{c.Function}<{string.Join(",", c.Arguments.Select(a => a.Name + "=" + Shape(a.Value)))}>",
            _ => node.ToString(),
        };
    }

    static readonly DataTable Doses = DataTable.ReadCsv(new StringReader(string.Join("\n",
        (string[])["dose,group,killed,n,shift", .. Enumerable.Range(0, 24).Select(i => $"{i % 4 + 1},{"abc"[i % 3]},{(i * 7 + i % 4) % 6},6,{0.1 * (i % 5)}")])));

    [Fact]
    public void DotLeavesOutTheColumnsThatPlayAnotherPart()
    {
        var columns = new FrameColumns { Trials = "n", Offset = "shift" };
        Assert.Equal(["(Intercept)", "dose", "groupb", "groupc"], Formula.Parse("killed ~ .").Frame(Doses, columns).Design.Names);
    }

    [Fact]
    public void DotMeansTheColumnsOfTheFitWhenPredicting()
    {
        var fit = new Binomial().Fit("killed ~ .", Doses, new() { Trials = "n", Offset = "shift" });
        var other = new DataTable(Doses["group"], new NumericColumn("more", new double[24]), Doses["shift"], Doses["dose"]);
        double[][] predicted = fit.ToModel().Probabilities(other);
        for (int i = 0; i < 24; i++)
            Assert.Equal(((BinomialFit)fit).FittedProbabilities()[i], predicted[i][1], 1e-12);
    }

    [Fact]
    public void AColumnMayBeANumberAndCategoriesAtOnce()
    {
        var fit = new PenalizedLogit(new Ridge(0.1)).Fit("killed ~ dose + C(dose) + group", Doses, new() { Trials = "n" });
        Assert.Equal(["(Intercept)", "dose", "dose2", "dose3", "dose4", "groupb", "groupc"], fit.Frame.Design.Names);
        var model = Logits.Formats.ModelFile.FromUtf8(Logits.Formats.ModelFile.ToUtf8(fit.ToModel()), "model.json");
        double[] row = [1, 3, 0, 1, 0, 0, 1];
        var table = new DataTable(new NumericColumn("dose", [3]), new CategoricalColumn("group", ["c"]));
        Assert.Equal(model.Probabilities(row), model.Probabilities(table)[0]);
    }

    [Fact]
    public void TakesTheOrderOfTheClassesFromTheFormula()
    {
        var table = DataTable.ReadCsv(new StringReader("y,x\nlow,1\nhigh,3\nmid,2\nlow,2\nhigh,2\nmid,1\nmid,3"));
        string[] Levels(string formula) => [.. ((OrdinalFit)new Ordinal().Fit(formula, table)).Levels];
        Assert.Equal(["low", "mid", "high"], Levels("ordered(y, levels=c(\"low\", \"mid\", \"high\")) ~ x"));
        Assert.Equal(["mid", "high", "low"], [.. ((MultinomialFit)new Multinomial().Fit("C(y, ref=\"mid\") ~ x", table)).Levels]);
        Assert.Contains("column y is mid in row 2", Assert.Throws<ArgumentException>(() => Levels("ordered(y, levels=c(\"low\", \"high\")) ~ x")).Message);
    }

    [Theory]
    [InlineData("cbind(killed, n - killed) ~ dose", "gives the trials already")]
    [InlineData("C(killed) ~ dose", "is categorical; with a column of trials")]
    public void RefusesTrialsThatItWouldIgnore(string formula, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => Formula.Parse(formula).Frame(Doses, new() { Trials = "n" })).Message);

    [Theory]
    [InlineData("killed ~ dose - offset(shift)", "cannot be taken out")]
    [InlineData("killed ~ (dose + group)^1.5", "is not a term")]
    [InlineData("killed ~ C(group, levels=c(\"a\", \"a\"))", "a level occurs twice")]
    public void RefusesWhatItWouldMisread(string formula, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => Formula.Parse(formula).Frame(Doses)).Message);

    [Fact]
    public void TakingOutNoConstantKeepsIt() => Assert.Equal(["(Intercept)", "dose"], Formula.Parse("killed ~ dose - 0").Frame(Doses).Design.Names);
}
