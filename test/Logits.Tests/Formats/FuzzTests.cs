using System.Diagnostics;
using System.Text;
using Logits.Formats;
using static Logits.Tests.Formats.Files;

namespace Logits.Tests.Formats;

/// <summary>Whatever the bytes are, the answer is rows or one <see cref="DataFormatException"/>, soon, in memory of the file's size.</summary>
public class FuzzTests
{
    public static TheoryData<string, ScoreFormat, byte[]> Seeds
    {
        get
        {
            var data = new TheoryData<string, ScoreFormat, byte[]>();
            foreach (string name in new[] { "f4lC.npy", "f8bF.npy", "f2lF.npy", "v2.npy", "v3.npy", "one.npy" })
                data.Add(name, ScoreFormat.Npy, NumPyFiles.Get(name));
            foreach (string name in new[] { "plain.npz", "packed.npz", "packedF.npz", "plainF.npz" })
                data.Add(name, ScoreFormat.Npz, NumPyFiles.Get(name));
            string csv = "cat,\"do\"\"g\",label,bird\r\n1.5,-2e3,dog,inf\n0.25,\"3\",2,nan\n-1,0,cat,1e-400\n".Replace(",dog,", ",\"do\"\"g\",");
            data.Add("csv", ScoreFormat.Csv, Utf8(csv));
            data.Add("tsv", ScoreFormat.Tsv, Utf8(csv.Replace(',', '\t')));
            data.Add("numbers", ScoreFormat.Csv, Utf8("0,1,2\n1.5,2.25,-3\n4,5,6e1\n"));
            data.Add("jsonl", ScoreFormat.Jsonl, Utf8("{\"logits\":[1.5,-Infinity,\"nan\"],\"label\":2}\n\n{\"id\":{\"a\":[1]},\"label\":\"1\",\"logits\":[0,1e5,-3]}\n"));
            foreach (var type in new[] { ElementType.BFloat16, ElementType.Float64 })
            {
                using var stream = new MemoryStream();
                using var writer = ScoreFile.Create(stream, ScoreFormat.Safetensors, 3, new() { ElementType = type });
                writer.Write([1f, 2, 3, 4, 5, 6], [0, 2]);
                writer.Complete();
                data.Add($"safetensors {type}", ScoreFormat.Safetensors, stream.ToArray());
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnswersTruncationsAtEveryByte(string name, ScoreFormat format, byte[] file)
    {
        for (int length = 0; length < file.Length; length++)
            Try(format, file[..length], $"{name} cut at {length}");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnswersAnyByteInEveryPlace(string name, ScoreFormat format, byte[] file)
    {
        var random = new Random(name.Length);
        byte[] changed = [.. file];
        for (int at = 0; at < file.Length; at++)
        {
            foreach (byte value in new byte[] { 0, 1, 0x7F, 0x80, 0xFF, (byte)'"', (byte)',', (byte)'{', (byte)'9', (byte)'-', (byte)random.Next(256) })
            {
                changed[at] = value;
                Try(format, changed, $"{name} with {value} at {at}");
            }
            changed[at] = file[at];
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnswersManyChangesAtOnce(string name, ScoreFormat format, byte[] file)
    {
        int rounds = Environment.GetEnvironmentVariable("LOGITS_LONG") == "1" ? 200_000 : 1_500;
        for (int seed = 0; seed < rounds; seed++)
        {
            var random = new Random(seed);
            var bytes = new List<byte>(file);
            for (int change = random.Next(1, 6); change > 0 && bytes.Count > 0; change--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(5))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                    case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                    case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at))); break;
                    default: bytes.InsertRange(at, Encoding.ASCII.GetBytes(random.Next(2) > 0 ? "99999999999999999999" : "\"\n,[{")); break;
                }
            }
            Try(format, [.. bytes], $"{name} seed {seed}");
        }
    }

    /// <summary>Heads that announce far more than is there, as a pipe gives them: nothing to compare them with.</summary>
    [Theory]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 16777216), }")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 999999999999), }")]
    [InlineData("{'descr': '<f2', 'fortran_order': False, 'shape': (999999999999,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1000000000, 1000000), }")]
    public void AllocatesNothingForWhatIsOnlyAnnounced(string dictionary)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DataFormatException>(() =>
        {
            using var reader = ScoreFile.Open(new Pipe(Npy(dictionary, 1, 2, 3)), ScoreFormat.Npy);
            reader.Read(new double[reader.Classes]);
        });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, ScoreReader.MostClasses * 8L + (1 << 20));
    }

    static void Try(ScoreFormat format, byte[] file, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        try
        {
            using var reader = Open(format, file);
            Assert.InRange(reader.Classes, 1, ScoreReader.MostClasses);
            if (reader.HasLabels)
                Assert.All(Doubles(reader).Labels, label => Assert.InRange(label, 0, Math.Max(reader.Classes - 1, 1)));
            else
                Singles(reader);
        }
        catch (DataFormatException e)
        {
            Assert.StartsWith("file: ", e.Message);
            Assert.DoesNotContain('\n', e.Message);
        }
        catch (Exception e)
        {
            Assert.Fail($"{what}: {e}");
        }
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 8 << 20, $"{what}: {GC.GetAllocatedBytesForCurrentThread() - before} bytes");
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), what);
    }
}
