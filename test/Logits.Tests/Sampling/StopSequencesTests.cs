using Logits.Randomness;
using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class StopSequencesTests
{
    [Fact]
    public void ShowsWhatAReaderOfTheWholeTextWouldCut()
    {
        int matched = 0;
        for (ulong trial = 0; trial < 3000; trial++)
        {
            ulong n = 0;
            int Next(int below) => (int)(Philox.At(3, trial, n++).W0 % (uint)below);
            string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "ab"[Next(2)]));
            string text = Text(Next(20));
            string[] stops = [.. Enumerable.Range(0, 1 + Next(3)).Select(_ => Text(1 + Next(5)))];

            // The slow version: the earliest place where a stop string begins.
            int[] places = [.. stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0)];
            int cut = places.Length == 0 ? text.Length : places.Min();

            var watcher = new StopSequences(stops);
            string shown = "";
            for (int at = 0; at < text.Length && watcher.Matched is null;)
            {
                int length = Math.Min(1 + Next(4), text.Length - at);
                shown += watcher.Push(text.Substring(at, length));
                at += length;
                Assert.StartsWith(shown, text[..cut]);
            }
            if (watcher.Matched is null) shown += watcher.Flush();
            Assert.Equal(text[..cut], shown);
            Assert.Equal(places.Length == 0, watcher.Matched is null);
            matched += places.Length == 0 ? 0 : 1;
        }
        Assert.InRange(matched, 500, 2900);
    }

    [Fact]
    public void SaysNothingAfterAMatch()
    {
        var watcher = new StopSequences(["END"]);
        Assert.Equal("a", watcher.Push("aENDb"));
        Assert.Equal("", watcher.Push("c"));
        Assert.Equal("END", watcher.Matched);
        Assert.Equal("", watcher.Flush());
    }

    [Fact]
    public void RefusesAnEmptyStopString() =>
        Assert.Contains("stops[1] is empty", Assert.Throws<ArgumentException>(() => new StopSequences(["a", ""])).Message);
}
