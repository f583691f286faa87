using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class DelimitedScoresTests
{
    [Theory]
    [InlineData("1,2\n3,4\n")]
    [InlineData("1,2\r\n3,4")]
    [InlineData("1,2\r3,4\r")]
    [InlineData("\uFEFF1,2\n\n\n3,4\n\n")]
    [InlineData(" 1 , 2\n+3,\t4 \n")]
    [InlineData("\"1\",2\n3,\"4\"\n")]
    [InlineData("1e0,20e-1\n.3e1,4.\n")]
    [InlineData("1.0000000000000000000000000000000000000000000000000000000000000000000000000000,2\n3,4\n")]
    [InlineData("a,b\n1,2\n3,4\n")]
    [InlineData("\"a\n\"\"x\"\"\",b\r\n1,2\r\n3,4\r\n")]
    public void ReadsTheSameRowsHoweverTheyAreWritten(string text)
    {
        var content = Doubles(Open(ScoreFormat.Csv, text));
        Assert.Equal([1, 2, 3, 4], content.Scores);
        Assert.Equal(2, content.Classes);
        Assert.Equal(content.Scores, Doubles(Open(ScoreFormat.Tsv, text.Replace('\t', ' ').Replace(',', '\t'))).Scores);
    }

    [Theory]
    [InlineData("label,cat,dog\n1,0.5,2\ncat,-1,3\n")]
    [InlineData("cat,Label,dog\n0.5,dog,2\n-1,0,3\n")]
    [InlineData("cat,dog, LABEL \n0.5,2,1.0\n-1,3, 0 \n")]
    public void TakesLabelsFromAColumnAnywhere(string text)
    {
        using var reader = Open(ScoreFormat.Csv, text);
        Assert.Equal(["cat", "dog"], reader.ClassNames);
        var content = Singles(reader);
        Assert.Equal([0.5f, 2, -1, 3], content.Scores);
        Assert.Equal([1, 0], content.Labels);
    }

    [Fact]
    public void LetsANameWinOverANumber() =>
        Assert.Equal([1, 2], Doubles(Open(ScoreFormat.Csv, "1,2,3,label\n0,0,0,2\n0,0,0,3\n")).Labels);

    [Theory]
    [InlineData("inf,-inf,nan")]
    [InlineData("Infinity,-Infinity,NaN")]
    [InlineData("+INF,-INFINITY,-nan")]
    [InlineData("∞,-∞,NAN")]
    [InlineData("1e400,-1e400,nan")]
    public void KnowsInfinitiesAndNaN(string row)
    {
        Assert.Equal([double.PositiveInfinity, double.NegativeInfinity, double.NaN, 0, 0, 0], Doubles(Open(ScoreFormat.Csv, row + "\n0,0,0\n", new() { Header = false })).Scores);
        Assert.Equal([0, 0, 0, float.PositiveInfinity, float.NegativeInfinity, float.NaN], Singles(Open(ScoreFormat.Csv, "0,0,0\n" + row)).Scores);
    }

    [Theory]
    [InlineData("", "file: is empty; at least 1 row of scores is needed")]
    [InlineData("\n\n", "file: is empty; at least 1 row of scores is needed")]
    [InlineData("a,b\n", "file: has a header and no rows; at least 1 is needed")]
    [InlineData("1,2\n3\n", "file: row 1: there is 1 cell; the rows before have 2 (line 2)")]
    [InlineData("1,2\n3,4,5,6\n", "file: row 1: there are 4 cells; the rows before have 2 (line 2)")]
    [InlineData("a,b\n\n1,2\n3,x\n", "file: row 1: column 2 (\"b\") is \"x\", which is no number (line 4)")]
    [InlineData("1,2\n3,x\n", "file: row 1: column 2 is \"x\", which is no number; a column of labels needs a header that calls it label (line 2)")]
    [InlineData("1,2,x\n", "file: row 0: column 3 is \"x\", which is no number; a column of labels needs a header that calls it label (line 1)")]
    [InlineData("1,2\n3,\n", "file: row 1: column 2 is empty; a score is a number, inf, -inf or nan (line 2)")]
    [InlineData("a,b,label\n1,2,2\n", "file: row 0: label 2 is outside 0..1 (line 2)")]
    [InlineData("a,b,label\n1,2,-1\n", "file: row 0: label -1 is outside 0..1 (line 2)")]
    [InlineData("a,b,label\n1,2,\n", "file: row 0: the label is empty (line 2)")]
    [InlineData("a,b,label\n1,2,c\n", "file: row 0: label \"c\" is neither a class nor 0..1; the classes are a, b (line 2)")]
    [InlineData("label\n1\n", "file: has no classes: label is its only column; a row has at least 1 score")]
    [InlineData("label,a,Label\n1,2,1\n", "file: line 1: the header names the column label twice")]
    [InlineData("a,a\n1,2\n", "file: line 1: the header names the class \"a\" twice")]
    [InlineData(",a,b\n0,1,2\n", "file: line 1: column 1 has no name in the header; an index that pandas put there is left out by to_csv(index=False)")]
    [InlineData("5,2\n\"3,4\n", "file: row 1: a quote opens and never closes (line 2)")]
    [InlineData("5,2\n\"3\"4,4\n", "file: row 1: text follows the quote that closes a cell (line 2)")]
    [InlineData("5,2\n3\"4,4\n", "file: row 1: a quote stands within a cell that does not begin with one; put the cell in quotes and double those within it (line 2)")]
    public void NamesRowColumnAndCause(string text, string message) => Assert.Equal(message, Refusal(ScoreFormat.Csv, text));

    [Theory]
    [InlineData("0,1,2\n1.5,-2,3\n4,5,6\n", new[] { 1.5, -2, 3, 4, 5, 6 })]
    [InlineData("1,2\n1e3,2\n", new[] { 1000.0, 2 })]
    [InlineData("0,1,2\n3,4,5\n6,7,8\n", new[] { 0.0, 1, 2, 3, 4, 5, 6, 7, 8 })]
    [InlineData("0,1,3\n1.5,2,3\n", new[] { 0.0, 1, 3, 1.5, 2, 3 })]
    [InlineData("0,1\n", new[] { 0.0, 1 })]
    public void TakesColumnNumbersAboveFractionsForAHeader(string text, double[] scores)
    {
        Assert.Equal(scores, Doubles(Open(ScoreFormat.Csv, text)).Scores);
        Assert.Equal(scores.Select(score => (float)score), Singles(Open(ScoreFormat.Csv, text), 1).Scores);
    }

    [Theory]
    [InlineData("0,1\n1,2\n", true, new[] { 1.0, 2 })]
    [InlineData("0,1\n1.5,2\n", false, new[] { 0, 1, 1.5, 2 })]
    public void BelievesTheOptionAboutTheHeader(string text, bool header, double[] scores) =>
        Assert.Equal(scores, Doubles(Open(ScoreFormat.Csv, text, new() { Header = header })).Scores);

    [Fact]
    public void ChecksTheNumberOfClassNames() =>
        Assert.Equal("file: a row has 2 scores; 3 class names are given, one for each is needed", Refusal(ScoreFormat.Csv, "5,2\n", new() { ClassNames = ["a", "b", "c"] }));

    [Fact]
    public void RefusesUtf16() =>
        Assert.Equal("file: offset 0: the text is UTF-16; save it as UTF-8", Refusal(ScoreFormat.Csv, [0xFF, 0xFE, (byte)'1', 0]));

    [Fact]
    public void GivesTheGoodRowsBeforeTheBadOne()
    {
        using var reader = Open(ScoreFormat.Csv, "1,2\n3,4\n5\n");
        var block = new double[4];
        Assert.Equal(2, reader.Read(block));
        Assert.Equal([1, 2, 3, 4], block);
        Assert.Throws<DataFormatException>(() => reader.Read(block));
    }
}
