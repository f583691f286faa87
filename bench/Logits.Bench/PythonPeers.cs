using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;

namespace Logits.Bench;

/// <summary>A script of <c>bench/peers</c> kept running beside us, so that its tasks take turns with ours in the same run.</summary>
/// <remarks>One JSON object a line each way: {"peer", "task", "repeat", "args"} → {"ns": total} or {"error": text}. See <c>bench/peers/peer.py</c>.</remarks>
sealed class PythonPeers : IDisposable
{
    static readonly HashSet<string> Named = [];
    readonly Process? _process;
    readonly HashSet<string> _installed = [];

    PythonPeers(Process? process) => _process = process;

    /// <summary>Starts <c>bench/peers/SCRIPT.py</c> with Debian's Python (or <c>$LOGITS_BENCH_PYTHON</c>) and learns which peers it has.</summary>
    public static PythonPeers Start(string script)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "bench", "peers", script + ".py");
        string python = Environment.GetEnvironmentVariable("LOGITS_BENCH_PYTHON") ?? (File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3");
        var start = new ProcessStartInfo(python, [Path.GetFullPath(path)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string threads in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
            start.Environment[threads] = "1";
        // PyTorch has AVX-512 loops and does not choose them by itself: let peers use the registers we use.
        if (Avx512F.IsSupported) start.Environment["ATEN_CPU_CAPABILITY"] = "avx512";
        Process process;
        try { process = Process.Start(start)!; }
        catch (System.ComponentModel.Win32Exception)
        {
            Name("python3", "apt-get install python3 python3-numpy python3-scipy");
            return new(null);
        }
        var peers = new PythonPeers(process);
        if (process.StandardOutput.ReadLine() is { } hello)
        {
            using var json = JsonDocument.Parse(hello);
            foreach (var peer in json.RootElement.GetProperty("installed").EnumerateArray()) peers._installed.Add(peer.GetString()!);
            foreach (var peer in json.RootElement.GetProperty("missing").EnumerateObject()) Name(peer.Name, peer.Value.GetString()!);
        }
        return peers;
    }

    public bool Has(string peer) => _installed.Contains(peer);

    /// <summary>Total CPU nanoseconds of <paramref name="repeat"/> runs of a task; NaN, with the reason on stderr, when the peer cannot.</summary>
    public double Run(string peer, string task, int repeat, params (string Name, object Value)[] arguments)
    {
        using JsonDocument? answer = Ask(peer, task, repeat, arguments);
        return answer is not null && answer.RootElement.TryGetProperty("ns", out var ns) ? ns.GetDouble() : double.NaN;
    }

    /// <summary>The value a task returned, for checking that a peer reached the same answer; null when it has none.</summary>
    public string? Value(string peer, string task, params (string Name, object Value)[] arguments)
    {
        using JsonDocument? answer = Ask(peer, task, 1, arguments);
        return answer is not null && answer.RootElement.TryGetProperty("value", out var value) ? value.GetRawText() : null;
    }

    JsonDocument? Ask(string peer, string task, int repeat, (string Name, object Value)[] arguments)
    {
        if (_process is null) return null;
        var request = new Dictionary<string, object> { ["peer"] = peer, ["task"] = task, ["repeat"] = repeat, ["args"] = arguments.ToDictionary(a => a.Name, a => a.Value) };
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(request));
        _process.StandardInput.Flush();
        if (_process.StandardOutput.ReadLine() is not { } line) return null;
        var answer = JsonDocument.Parse(line);
        if (answer.RootElement.TryGetProperty("error", out var error)) Console.Error.WriteLine($"{peer} {task}: {error.GetString()}");
        return answer;
    }

    static void Name(string peer, string install)
    {
        if (Named.Add(peer)) Console.Error.WriteLine($"peer {peer} is not installed; {install}");
    }

    public void Dispose()
    {
        if (_process is null) return;
        _process.StandardInput.Close();
        if (!_process.WaitForExit(2000)) _process.Kill();
        _process.Dispose();
    }
}
