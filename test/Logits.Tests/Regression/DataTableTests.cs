using Logits.Regression;

namespace Logits.Tests.Regression;

public class DataTableTests
{
    static DataTable Read(string text) => DataTable.ReadCsv(new StringReader(text), "t.csv");

    [Fact]
    public void ReadsQuotesSeparatorsAndLineEndsWithinCells()
    {
        var table = Read("a,\"b, c\"\n1,\"x \"\"y\"\"\nz\"\n2,w\n");
        Assert.Equal([1, 2], ((NumericColumn)table["a"]).Values.ToArray());
        Assert.Equal("x \"y\"\nz", table["b, c"].Text(0));
    }

    [Theory]
    [InlineData("a,b\n1,\"two\n3,4\n5,6\n", "t.csv: row 1: a quote opens and never closes")]
    [InlineData("a,b\n1,2\n3,6\" pipe\n5,6\n", "t.csv: row 2: a quote opens and never closes")]
    [InlineData("a,b\n1\n", "t.csv: row 1: there are 1 cells; the header names 2 columns")]
    [InlineData("", "t.csv: the file is empty")]
    public void SaysWhatIsWrongAndWhere(string text, string message) => Assert.Contains(message, Assert.Throws<FormatException>(() => Read(text)).Message);

    [Fact]
    public void ColumnsAndResponsesNameWhatDoesNotFit()
    {
        Assert.Contains("level u of group is given twice", Assert.Throws<ArgumentException>(() => new CategoricalColumn("group", ["u"], ["u", "v", "u"])).Message);
        Assert.Contains("levels holds 2 names; the targets have 3 classes", Assert.Throws<ArgumentException>(() => Response.Soft([1, 0, 0, 0, 1, 0], 3, ["u", "v"])).Message);
        Assert.Contains("y[1] is NaN", Assert.Throws<ArgumentException>(() => new Multinomial().Fit(new(DesignMatrix.From([1, 2, 3], 1), Response.Binary([0, double.NaN, 1])))).Message);
        Assert.Contains("name a occurs twice", Assert.Throws<ArgumentException>(() => DesignMatrix.From([1, 2], 2, ["a", "a"])).Message);
        Assert.Contains("the constant has this one", Assert.Throws<ArgumentException>(() => DesignMatrix.From([1, 2], 2, ["a", "(Intercept)"])).Message);
    }

    [Fact]
    public void ARectangularArrayIsReadRowByRow()
    {
        Assert.Equal([1, 1, 2, 1, 3, 4], DesignMatrix.From(new double[,] { { 1, 2 }, { 3, 4 } }).Values.ToArray());
        Assert.Equal(0, DesignMatrix.From(new double[0, 2]).Rows);
    }
}
