using Logits.Regression;

namespace Logits.Tests.Regression;

public class DataTableTests
{
    static DataTable Read(string text) => DataTable.ReadCsv(new StringReader(text), "t.csv");

    [Fact]
    public void AQuoteInsideACellIsACharacter()
    {
        var table = Read("size,y\n5\" pipe,1\n\"6\"\" pipe, long\",0\n7\",1");
        Assert.Equal(["5\" pipe", "6\" pipe, long", "7\""], Enumerable.Range(0, 3).Select(table["size"].Text));
        Assert.Equal([1, 0, 1], ((NumericColumn)table["y"]).Values.ToArray());
    }

    [Fact]
    public void ACellMayHoldLines() => Assert.Equal("a\nb", Read("x,y\n\"a\nb\",1")["x"].Text(0));

    [Theory]
    [InlineData("x,y\n\"a,1\nb,2", "t.csv: row 1: a quoted cell does not end")]
    [InlineData("\"x,y\na,1", "t.csv: the header: a quoted cell does not end")]
    [InlineData("x,y,x\n1,2,3", "t.csv: the header names column x twice")]
    [InlineData("x,y\n1,2,3", "t.csv: row 1: there are 3 cells; the header names 2 columns")]
    [InlineData("", "t.csv: the file is empty")]
    public void NamesFilePlaceAndCause(string text, string message) => Assert.Contains(message, Assert.Throws<FormatException>(() => Read(text)).Message);

    [Fact]
    public void MissingCellsMayHaveSpacesAround()
    {
        var table = Read("x, y\n1, NA\n2, 3\n ,4");
        Assert.IsType<NumericColumn>(table["y"]);
        Assert.True(table["y"].IsMissing(0) && table["x"].IsMissing(2));
    }

    [Fact]
    public void AByteOrderMarkIsNoPartOfTheFirstName() => Assert.Equal("x", Read("\uFEFF\"x\",y\n1,2").Columns[0].Name);

    [Fact]
    public void LevelsAreDistinct() =>
        Assert.Contains("level a of g occurs twice", Assert.Throws<ArgumentException>(() => new CategoricalColumn("g", ["a"], ["a", "b", "a"])).Message);

    /// <summary>Shares in single precision sum to 1 but for their rounding, which must not reach the estimates.</summary>
    [Fact]
    public void SharesAreTakenToSumToOne()
    {
        double[] x = [.. Enumerable.Range(0, 40).Select(i => (double)(i % 8))], exact = new double[120], rounded = new double[120];
        for (int i = 0; i < 40; i++)
        {
            double[] z = [0, 0.3 * x[i] + i % 3, 1 - 0.2 * x[i]];
            double sum = z.Sum(Math.Exp);
            for (int k = 0; k < 3; k++)
                rounded[i * 3 + k] = (exact[i * 3 + k] = Math.Exp(z[k]) / sum) * (1 + 5e-7 * (i % 2 == 0 ? 1 : -1));
        }
        var design = DesignMatrix.From(x, 1);
        var one = new Multinomial().Fit(new(design, Response.Soft(exact, 3)));
        var two = new Multinomial().Fit(new(design, Response.Soft(rounded, 3)));
        Assert.True(two.Certificate.IsProven && two.Converged);
        for (int j = 0; j < one.Estimates.Count; j++)
            Assert.Equal(one.Estimates[j], two.Estimates[j], 1e-10);
    }
}
