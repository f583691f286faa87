using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class JsonlScoresTests
{
    [Theory]
    [InlineData("{\"logits\":[1,2.5],\"label\":1}\n{\"logits\":[-3e0,0],\"label\":0}\n")]
    [InlineData("\uFEFF{ \"label\" : 1 , \"id\":{\"a\":[1,{}]}, \"logits\" : [ 1 , 2.5 ] }\r\n\r\n{\"logits\":[-3,0.0],\"label\":\"0\"}")]
    [InlineData("{\"\\u006cogits\":[1,2.5],\"label\":\"1\"}\n{\"logits\":[-3,-0],\"label\":0.0}\n")]
    public void ReadsTheSameRowsHoweverTheyAreWritten(string text)
    {
        var content = Singles(Open(ScoreFormat.Jsonl, text));
        Assert.Equal([1, 2.5f, -3, 0], content.Scores);
        Assert.Equal([1, 0], content.Labels);
    }

    [Fact]
    public void TakesANumberForAnIndexAndAStringForAName() =>
        Assert.Equal([1, 0], Doubles(Open(ScoreFormat.Jsonl, "{\"logits\":[1,2],\"label\":1}\n{\"logits\":[3,4],\"label\":\"1\"}\n", new() { ClassNames = ["1", "2"] })).Labels);

    [Theory]
    [InlineData("{\"logits\":[\"inf\",\"-inf\",\"nan\"]}")]
    [InlineData("{\"logits\":[\"Infinity\",\"-Infinity\",\"NaN\"]}")]
    [InlineData("{\"name\":\"a \\\"NaN\\\" \\\\\",\"logits\":[Infinity,-Infinity, NaN]}")]
    [InlineData("{\"logits\":[1e999,-1e999,NaN]}")]
    public void KnowsInfinitiesAndNaN(string line) =>
        Assert.Equal([double.PositiveInfinity, double.NegativeInfinity, double.NaN], Doubles(Open(ScoreFormat.Jsonl, line)).Scores);

    [Theory]
    [InlineData("", "file: is empty; at least 1 row of scores is needed")]
    [InlineData("[1,2]", "file: row 0: a line is an object, {\"logits\":[…],\"label\":0} (line 1)")]
    [InlineData("{\"scores\":[1,2]}", "file: row 0: has no \"logits\"; a line is {\"logits\":[…],\"label\":0} (line 1)")]
    [InlineData("{\"logits\":[]}", "file: row 0: \"logits\" is empty; a row has at least 1 score (line 1)")]
    [InlineData("{\"logits\":3}", "file: row 0: \"logits\" is a number; it is an array of numbers (line 1)")]
    [InlineData("{\"logits\":[1,2]}\n\n{\"logits\":[1]}", "file: row 1: there is 1 score; the rows before have 2 (line 3)")]
    [InlineData("{\"logits\":[1,2]}\n{\"logits\":[1,2,3]}", "file: row 1: there are 3 scores; the rows before have 2 (line 2)")]
    [InlineData("{\"logits\":[1,\"x\"]}", "file: row 0: score 1 is the string \"x\"; it is a number, \"inf\", \"-inf\" or \"nan\" (line 1)")]
    [InlineData("{\"logits\":[1,null]}", "file: row 0: score 1 is null; it is a number, \"inf\", \"-inf\" or \"nan\" (line 1)")]
    [InlineData("{\"logits\":[1,[2]]}", "file: row 0: score 1 is an array; it is a number, \"inf\", \"-inf\" or \"nan\" (line 1)")]
    [InlineData("{\"logits\":[1,2],\"label\":2}", "file: row 0: label 2 is outside 0..1 (line 1)")]
    [InlineData("{\"logits\":[1,2],\"label\":null}", "file: row 0: \"label\" is null; it is a number or a name (line 1)")]
    [InlineData("{\"logits\":[1,2],\"label\":0}\n{\"logits\":[1,2]}", "file: row 1: has no \"label\"; the rows before have one (line 2)")]
    [InlineData("{\"logits\":[1,2]}\n{\"logits\":[1,2],\"label\":0}", "file: row 1: has a \"label\"; the rows before have none (line 2)")]
    [InlineData("{\"logits\":[1,2],\"logits\":[1,2]}", "file: row 0: \"logits\" occurs twice (line 1)")]
    [InlineData("{\"logits\":[1,2],\"label\":\"cat\"}", "file: row 0: label \"cat\" is no number, and the names of the classes are not known; write 0..1, or give the names (line 1)")]
    [InlineData("{\"logits\":[1,2]", "file: row 0: is not JSON at byte 15: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed (line 1)")]
    [InlineData("{\"logits\":[1,2]} x", "file: row 0: is not JSON at byte 17: 'x' is invalid after a single JSON value. Expected end of data (line 1)")]
    [InlineData("{\"logits\":[1,2}]", "file: row 0: is not JSON at byte 14: '}' is invalid without a matching open (line 1)")]
    public void NamesRowAndCause(string text, string message) => Assert.Equal(message, Refusal(ScoreFormat.Jsonl, text));

    [Fact]
    public void ReadsALineLongerThanItsWindow()
    {
        string row = string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"{i}.5"));
        var content = Doubles(Open(ScoreFormat.Jsonl, $"{{\"logits\":[{row}]}}\n{{\"logits\":[{row}]}}"));
        Assert.Equal(50_000, content.Classes);
        Assert.Equal([.. content.Scores.Take(50_000), .. content.Scores.Take(50_000)], content.Scores);
        Assert.Equal(49_999.5, content.Scores[49_999]);
    }
}
