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
}
