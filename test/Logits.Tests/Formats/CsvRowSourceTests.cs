using Logits.Formats;

namespace Logits.Tests.Formats;

public class CsvRowSourceTests
{
    static T With<T>(string text, Func<string, T> use, string ending = ".csv")
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ending);
        File.WriteAllText(path, text);
        try { return use(path); }
        finally { File.Delete(path); }
    }

    static (double[] X, double[] Y, double[] W, long Dropped) Read(string text, string[]? predictors = null, string? weights = null, string ending = ".csv") => With(text, path =>
    {
        using var source = new CsvRowSource(path, "y", predictors, weights);
        List<double> x = [], y = [], w = [];
        for (int pass = 0; pass < 2; pass++)
        {
            double[] predictorsRead = new double[2 * source.Columns], responses = new double[2], weightsRead = new double[2];
            source.Rewind();
            x.Clear();
            y.Clear();
            w.Clear();
            for (int n; (n = source.Read(predictorsRead, responses, weightsRead)) > 0;)
            {
                x.AddRange(predictorsRead.AsSpan(0, n * source.Columns));
                y.AddRange(responses.AsSpan(0, n));
                w.AddRange(weightsRead.AsSpan(0, n));
            }
        }
        return (x.ToArray(), y.ToArray(), w.ToArray(), source.RowsDropped);
    }, ending);

    [Theory]
    [InlineData("a,y,b\n1,0,2\n-3.5,1,4e2\n0,0.5,7\n", ".csv")]
    [InlineData("\uFEFFa,y,b\r\n1,0,2\r\n\r\n-3.5,1,400\r\n0,.5,7", ".csv")]
    [InlineData("\"a\",\"y\",b\n\"1\",0, 2 \n-3.5,\"1\",400.000000000000000000000\n0,5e-1,+7\n", ".csv")]
    [InlineData("a\ty\tb\n1\t0\t2\n-3.5\t1\t400\n0\t0.5\t7\n", ".tsv")]
    public void ReadsNumbersHoweverTheyAreWritten(string text, string ending)
    {
        var (x, y, w, dropped) = Read(text, ending: ending);
        Assert.Equal([1, 2, -3.5, 400, 0, 7], x);
        Assert.Equal([0, 1, 0.5], y);
        Assert.Equal([1, 1, 1], w);
        Assert.Equal(0, dropped);
    }

    [Fact]
    public void TakesTheColumnsAskedForInTheirOrder()
    {
        var (x, y, w, _) = Read("w,a,text,b,y\n2,1,\"x, y\",10,1\n0.5,2,z,20,0\n", ["b", "a"], "w");
        Assert.Equal([10, 1, 20, 2], x);
        Assert.Equal([1, 0], y);
        Assert.Equal([2, 0.5], w);
    }

    [Fact]
    public void LeavesOutAndCountsRowsWithAMissingCell()
    {
        var (x, y, _, dropped) = Read("a,y,unread\n1,0,\n,1,5\nNA,0,5\nNaN,0,5\n2,,5\n3,1,NA\n");
        Assert.Equal([], x);
        Assert.Equal(6, dropped);
        (x, y, _, dropped) = Read("a,y,unread\n1,0,\n,1,5\nNA,0,5\nNaN,0,5\n2,,5\n3,1,NA\n", ["a"]);
        Assert.Equal([1, 3], x);
        Assert.Equal([0, 1], y);
        Assert.Equal(4, dropped);
    }

    [Theory]
    [InlineData("", "is empty; the first row holds the names of the columns")]
    [InlineData("a,a,y\n1,2,0\n", "column \"a\" occurs twice")]
    [InlineData("a,y\n1,0\ntwo,1\n", "row 1: \"two\" in column a is not a finite number (line 3)")]
    [InlineData("a,y\n1,0\ninf,1\n", "\"inf\" in column a is not a finite number")]
    [InlineData("a,y\n1,2\n", "row 0: the response is 2; it is 0 to 1 (line 2)")]
    [InlineData("a,y\n1\n", "there are 1 cells; the header names 2 columns")]
    [InlineData("a,y\n1,0,3\n", "there are more cells than the 2 columns that the header names")]
    [InlineData("a,y,w\n1,0,-3\n", "the weight is -3; it is at least 0")]
    public void SaysWhatIsWrongAndWhere(string text, string message) =>
        Assert.Contains(message, Assert.Throws<DataFormatException>(() => Read(text, weights: text.Contains(",w") ? "w" : null)).Message);

    [Fact]
    public void RefusesColumnsThatAreNotThereOrAskedForTwice()
    {
        Assert.Contains("there is no column c; the file has a, y", Assert.Throws<ArgumentException>(() => Read("a,y\n1,0\n", ["c"])).Message);
        Assert.Contains("column y is asked for twice", Assert.Throws<ArgumentException>(() => Read("a,y\n1,0\n", ["a", "y"])).Message);
    }
}
