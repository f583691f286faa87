using System.Text;
using System.Text.Json;

namespace Logits.Cli.Tests;

/// <summary>One run of the command line in this process: what a shell would have seen.</summary>
sealed record Command(int Code, string Output, string Error)
{
    /// <summary>Runs <c>logits args…</c>.</summary>
    public static Command Run(params string[] args) => RunWithInput([], args);

    /// <summary>Runs it with bytes on stdin.</summary>
    public static Command RunWithInput(byte[] input, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        using var terminal = new Terminal(new MemoryStream(input), output, error);
        int code = App.Run(args, terminal);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>stdout as the one JSON object it must be.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.True(Code == 0, Error);
            // Parse refuses anything after the object.
            return JsonDocument.Parse(Output).RootElement;
        }
    }

    /// <summary>The answer to a wrong request: exit code 2, nothing on stdout, one line that contains every part.</summary>
    public void IsRefused(params string[] parts)
    {
        Assert.True(Code == 2, $"exit code {Code}: {Output}{Error}");
        Assert.Equal("", Output);
        string line = Assert.Single(Error.TrimEnd('\n').Split('\n'), text => !text.StartsWith("warning: ", StringComparison.Ordinal) && !text.StartsWith("note: ", StringComparison.Ordinal));
        Assert.StartsWith("error: ", line);
        foreach (string part in parts)
            Assert.Contains(part, line);
        Assert.DoesNotContain("   at ", Error);
        Assert.DoesNotContain("Exception", Error);
    }
}

/// <summary>A folder that is gone after the test.</summary>
sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("logits-cli-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Text(string name, string content)
    {
        System.IO.File.WriteAllText(File(name), content);
        return File(name);
    }

    public string Bytes(string name, params ReadOnlySpan<byte[]> parts)
    {
        var all = new MemoryStream();
        foreach (byte[] part in parts)
            all.Write(part);
        System.IO.File.WriteAllBytes(File(name), all.ToArray());
        return File(name);
    }

    /// <summary>A little-endian npy file, format 1.0.</summary>
    public string Npy(string name, string descr, string shape, byte[] data, bool fortran = false)
    {
        string header = $"{{'descr': '{descr}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}";
        header = header.PadRight((10 + header.Length + 1 + 63) / 64 * 64 - 11) + "\n";
        return Bytes(name, [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, (byte)(header.Length >> 8)], Encoding.ASCII.GetBytes(header), data);
    }

    public string Npy(string name, float[] values, int columns) =>
        Npy(name, "<f4", $"({values.Length / columns}, {columns})", System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());

    public string Labels(string name, params long[] labels) =>
        Npy(name, "<i8", $"({labels.Length},)", System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(labels).ToArray());

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
