using System.Runtime.InteropServices;
using Logits.Formats;

namespace Logits.Bench.Formats;

/// <summary>Reading a file of scores from the page cache, block by block, beside NumPy.</summary>
/// <remarks>The floor is the bytes alone: the same file read into one reused block.</remarks>
sealed class Reading : IArea
{
    const int Rows = 20_000, Classes = 100;

    public string Name => "files";

    public void Run()
    {
        string folder = Directory.CreateTempSubdirectory("logits-bench").FullName;
        try
        {
            var random = new Random(3);
            float[] scores = [.. Enumerable.Range(0, Rows * Classes).Select(_ => (float)(random.NextDouble() * 30 - 15))];
            double[] doubles = [.. scores.Select(score => score + random.NextDouble() * 1e-8)];
            string npy = Write(folder, "scores.npy", writer => writer.Write(scores));
            string half = Write(folder, "half.npy", writer => writer.Write(scores), new() { ElementType = ElementType.Float16 });
            string npz = Write(folder, "scores.npz", writer => writer.Write(scores));
            string csv = Write(folder, "scores.csv", writer => writer.Write(scores));
            string wide = Write(folder, "doubles.csv", writer => writer.Write(doubles));
            string jsonl = Write(folder, "scores.jsonl", writer => writer.Write(scores));
            using var peers = PythonPeers.Start("files");

            Figure("npy_float32_to_float", npy).Ours(() => ReadAll<float>(npy)).Peer(peers, "numpy", "load", ("path", npy)).Print();
            Figure("npy_float32_to_double", npy).Ours(() => ReadAll<double>(npy)).Peer(peers, "numpy", "load_double", ("path", npy)).Print();
            Figure("npy_float16_to_float", half).Ours(() => ReadAll<float>(half)).Peer(peers, "numpy", "load_single", ("path", half)).Print();
            Figure("npz_float32_to_float", npz).Ours(() => ReadAll<float>(npz)).Peer(peers, "numpy", "load_logits", ("path", npz)).Print();
            Figure("csv_9_digits_to_float", csv).Ours(() => ReadAll<float>(csv)).Peer(peers, "numpy", "loadtxt_single", ("path", csv)).Peer(peers, "pandas", "read_csv", ("path", csv)).Print();
            Figure("csv_17_digits_to_double", wide).Ours(() => ReadAll<double>(wide)).Peer(peers, "numpy", "loadtxt", ("path", wide)).Peer(peers, "pandas", "read_csv", ("path", wide)).Print();
            Figure("jsonl_9_digits_to_float", jsonl).Ours(() => ReadAll<float>(jsonl)).Peer(peers, "python", "json_lines", ("path", jsonl)).Print();
            Console.Error.WriteLine($"megabytes: npy {Megabytes(npy)}, float16 npy {Megabytes(half)}, npz {Megabytes(npz)}, csv {Megabytes(csv)}, csv of doubles {Megabytes(wide)}, jsonl {Megabytes(jsonl)}");
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    static Figure Figure(string name, string path)
    {
        byte[] block = new byte[1 << 17];
        return new Figure($"files/{name}_{Rows}x{Classes}", "ms") { Rounds = 7 }.Floor(() =>
        {
            using var file = File.OpenHandle(path);
            for (long at = 0; RandomAccess.Read(file, block, at) is var count and > 0; at += count)
                ;
        });
    }

    static string Megabytes(string path) => (new FileInfo(path).Length / 1e6).ToString("F1");

    static string Write(string folder, string name, Action<ScoreWriter> write, ScoreWriterOptions? options = null)
    {
        string path = Path.Combine(folder, name);
        using var writer = ScoreFile.Create(path, Classes, options);
        write(writer);
        writer.Complete();
        return path;
    }

    static void ReadAll<T>(string path) where T : unmanaged
    {
        using var reader = ScoreFile.Open(path);
        Span<T> block = new T[(1 << 13) / Classes * Classes];
        if (typeof(T) == typeof(float))
            while (reader.Read(MemoryMarshal.Cast<T, float>(block)) > 0)
                ;
        else
            while (reader.Read(MemoryMarshal.Cast<T, double>(block)) > 0)
                ;
    }
}
