using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Logits.Bench;

/// <summary>One line of the benchmark: ours, the floor and the peers take turns, round by round; medians and medians of the rounds' ratios are printed.</summary>
/// <remarks>
/// One-core figures count the thread's CPU time, so that other work on the machine costs little; set <see cref="WallClock"/> for work on several threads.
/// </remarks>
sealed partial class Figure(string name, string unit = "ns")
{
    readonly List<(string Name, Func<int, double> Nanoseconds)> _contestants = [];

    /// <summary>How often the contestants take turns.</summary>
    public int Rounds { get; init; } = 11;

    /// <summary>How long one turn lasts at least.</summary>
    public TimeSpan Turn { get; init; } = TimeSpan.FromMilliseconds(4);

    /// <summary>Measure wall-clock time instead of the thread's CPU time.</summary>
    public bool WallClock { get; init; }

    public Figure Ours(Action body) => Add("ours", body);

    /// <summary>The least the machine must do; of several ways to do it the quickest counts.</summary>
    public Figure Floor(Action body) => Add("floor", body);

    /// <summary>A peer that runs in this process.</summary>
    public Figure Peer(string name, Action body) => Add(name, body);

    /// <summary>A peer that runs elsewhere: given a number of repetitions, it returns the total nanoseconds, or NaN when it cannot.</summary>
    public Figure Peer(string name, Func<int, double> nanoseconds)
    {
        _contestants.Add((name, nanoseconds));
        return this;
    }

    /// <summary>A peer that may not be installed: without a body it is left out.</summary>
    public Figure PeerIfAny(string name, Action? body) => body is null ? this : Peer(name, body);

    /// <summary>A task of a script in <c>bench/peers</c>; left out, and named once, when its package is not installed.</summary>
    public Figure Peer(PythonPeers script, string peer, string task, params (string Name, object Value)[] arguments)
    {
        if (script.Has(peer)) Peer(peer, repeat => script.Run(peer, task, repeat, arguments));
        return this;
    }

    Figure Add(string name, Action body)
    {
        _contestants.Add((name, repeat =>
        {
            if (WallClock)
            {
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < repeat; i++) body();
                return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            }
            long before = ThreadNanoseconds();
            for (int i = 0; i < repeat; i++) body();
            return ThreadNanoseconds() - before;
        }
        ));
        return this;
    }

    /// <summary>Measures and prints <c>NAME_unit ours=… floor=… PEER=… ratio_to_floor=… ratio_to_best_peer=…</c>.</summary>
    public void Print()
    {
        int[] repeats = Repeats();
        var samples = new double[_contestants.Count, Rounds];
        for (int round = 0; round < Rounds; round++)
            for (int i = 0; i < _contestants.Count; i++)
                samples[i, round] = _contestants[i].Nanoseconds(repeats[i]) / repeats[i];

        int[] floors = [.. Enumerable.Range(0, _contestants.Count).Where(i => _contestants[i].Name == "floor")];
        int floor = floors.Length == 0 ? -1 : floors.MinBy(i => Median(Row(i)));
        int[] shown = [.. Enumerable.Range(0, _contestants.Count).Where(i => i == floor || !floors.Contains(i))];

        double scale = unit switch { "ns" => 1, "us" => 1e-3, "ms" => 1e-6, "s" => 1e-9, _ => throw new ArgumentException($"unit is {unit}; ns, us, ms or s") };
        var line = new List<string> { $"{name}_{unit}" };
        foreach (int i in shown)
            line.Add(string.Create(CultureInfo.InvariantCulture, $"{_contestants[i].Name}={Median(Row(i)) * scale:G4}"));

        int ours = _contestants.FindIndex(contestant => contestant.Name == "ours");
        if (ours >= 0 && floor >= 0)
            line.Add(string.Create(CultureInfo.InvariantCulture, $"ratio_to_floor={Median(Row(ours).Zip(Row(floor), (a, b) => a / b)):F2}"));
        int[] peers = shown.Where(i => i != ours && i != floor && !double.IsNaN(Median(Row(i)))).ToArray();
        if (ours >= 0 && peers.Length > 0)
        {
            int best = peers.MinBy(i => Median(Row(i)));
            line.Add(string.Create(CultureInfo.InvariantCulture, $"ratio_to_best_peer={Median(Row(ours).Zip(Row(best), (a, b) => a / b)):F2}"));
        }
        Console.WriteLine(string.Join(' ', line));

        IEnumerable<double> Row(int i) => Enumerable.Range(0, Rounds).Select(round => samples[i, round]);
    }

    /// <summary>Warms all contestants up, past the just-in-time compiler's tiers, and finds how many calls of each fill a turn.</summary>
    /// <remarks>The compiler counts calls and compiles anew only after a tenth of a second without new methods, and does so twice: hence the pauses.</remarks>
    int[] Repeats()
    {
        var once = new double[_contestants.Count];
        for (int phase = 0; phase < 4; phase++)
        {
            for (int i = 0; i < once.Length; i++)
            {
                var warm = Stopwatch.StartNew();
                int repeat = 1;
                do
                {
                    once[i] = _contestants[i].Nanoseconds(repeat) / repeat;
                    repeat = Math.Clamp((int)(Turn.TotalNanoseconds / 4 / Math.Max(once[i], 1)), 1, 1 << 20);
                }
                while (warm.ElapsedMilliseconds < 50 && !double.IsNaN(once[i]));
            }
            Thread.Sleep(120);
        }
        return [.. once.Select(time => double.IsNaN(time) ? 1 : Math.Clamp((int)Math.Ceiling(Turn.TotalNanoseconds / Math.Max(time, 1)), 1, 1 << 22))];
    }

    static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    static long ThreadNanoseconds()
    {
        if (!OperatingSystem.IsLinux()) return (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;
        const int ThreadCpuTime = 3;
        _ = ClockGetTime(ThreadCpuTime, out Timespec time);
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Timespec time);
}
