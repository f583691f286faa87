using Logits.Formats;

namespace Logits.Tests.Formats;

public class Crc32Tests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xCBF43926u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414FA339u)]
    public void GivesThePublishedSums(string text, uint sum) => Assert.Equal(sum, Crc32.Append(0, Files.Utf8(text)));

    [Fact]
    public void GivesTheTablesSumAtEveryLengthAndSplit()
    {
        byte[] bytes = new byte[700];
        new Random(5).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            var all = bytes.AsSpan(0, length);
            uint expected = ~Crc32.AppendByTable(~0u, all);
            Assert.Equal(expected, Crc32.Append(0, all));
            int split = length * 3 / 7;
            uint first = Crc32.Append(0, all[..split]);
            Assert.Equal(expected, Crc32.Append(first, all[split..]));
            Assert.Equal(expected, Crc32.Join(first, Crc32.Append(0, all[split..]), length - split));
        }
    }
}
