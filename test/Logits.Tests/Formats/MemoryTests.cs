using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

public class MemoryTests
{
    /// <summary>2,000 rows or 40,000, float32 or text: the same few buffers.</summary>
    [Theory]
    [InlineData("a.npy")]
    [InlineData("a.npz")]
    [InlineData("a.safetensors")]
    [InlineData("a.csv")]
    [InlineData("a.tsv")]
    public void DoesNotGrowWithTheFile(string name)
    {
        using var folder = new Folder();
        Assert.InRange(AllocatedByReading(40_000), 0, AllocatedByReading(2_000) + 4096);

        long AllocatedByReading(int rows)
        {
            const int classes = 50;
            float[] block = new float[1000 * classes];
            for (int i = 0; i < block.Length; i++)
                block[i] = i * 0.37f;
            using (var writer = ScoreFile.Create(folder[name], classes))
            {
                for (int row = 0; row < rows; row += 1000)
                    writer.Write(block);
                writer.Complete();
            }
            long before = GC.GetAllocatedBytesForCurrentThread(), read = 0;
            using (var reader = ScoreFile.Open(folder[name]))
                while (reader.Read(block) is var count and > 0)
                    read += count;
            Assert.Equal(rows, read);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
