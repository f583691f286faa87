using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Logits.Losses;

namespace Logits.Bench.Numerics;

/// <summary>What a process meets that has just started: its first calls, compiled on the way, and what the fused head takes of memory when no buffer is pooled yet.</summary>
/// <remarks>Each figure comes from processes of its own, started one after the other: the benchmark runs itself with <see cref="Switch"/> and the subject's name.</remarks>
sealed class ColdStart : IArea
{
    /// <summary>The argument that turns this program into one measurement, printed on one line.</summary>
    public const string Switch = "--cold";

    const int Classes = 131_072, Processes = 9;

    static readonly Dictionary<string, Func<double[]>> s_subjects = new()
    {
        ["ours"] = () => FirstCalls((x, y) => x.AsLogits(x.Length).Softmax(y)),
        ["TensorPrimitives"] = () => FirstCalls((x, y) => TensorPrimitives.SoftMax(x, y)),
        ["linear_cross_entropy"] = () => [AllocatedByHead(gradient: false)],
        ["linear_cross_entropy_with_gradient"] = () => [AllocatedByHead(gradient: true)],
    };

    public string Name => "cold";

    public void Run()
    {
        var ours = new List<double[]>();
        var theirs = new List<double[]>();
        for (int i = 0; i < Processes; i++)
        {
            ours.Add(Ask("ours"));
            theirs.Add(Ask("TensorPrimitives"));
        }
        string[] calls = ["first_call_ms", "second_call_us", "third_call_us", "call_after_half_a_second_us"];
        for (int call = 0; call < calls.Length; call++)
        {
            double unit = call == 0 ? 1e-6 : 1e-3;
            Print($"softmax_1x{Classes}_{calls[call]}", $"ours={Median(ours, call) * unit:G4} TensorPrimitives={Median(theirs, call) * unit:G4} ratio_to_best_peer={MedianRatio(ours, theirs, call):G3}");
        }
        foreach (string subject in (string[])["linear_cross_entropy", "linear_cross_entropy_with_gradient"])
            Print($"{subject}_252x1024x32768_extra_memory_KB", $"ours={Ask(subject)[0] / 1000:G4}");

        static void Print(string name, FormattableString figures) => Console.WriteLine($"cold/{name} {figures.ToString(CultureInfo.InvariantCulture)}");
    }

    /// <summary>Runs as such a process: one measurement, one line.</summary>
    public static int Measure(string subject)
    {
        Console.WriteLine(string.Join(' ', s_subjects[subject]().Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
        return 0;
    }

    /// <summary>Wall-clock nanoseconds of the first three calls, and of one after half a second of them.</summary>
    static double[] FirstCalls(Action<float[], float[]> softmax)
    {
        float[] x = Rows.Normal(Classes), y = new float[Classes];
        var spent = new double[4];
        for (int call = 0; call < 3; call++) spent[call] = Timed();
        var since = Stopwatch.StartNew();
        while (since.ElapsedMilliseconds < 500) spent[3] = Timed();
        return spent;

        double Timed()
        {
            long start = Stopwatch.GetTimestamp();
            softmax(x, y);
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        }
    }

    /// <summary>Bytes that the first call allocates beside its results; the scores alone would be 33 MB.</summary>
    static double AllocatedByHead(bool gradient)
    {
        const int Tokens = 252, Inputs = 1024, Outputs = 32_768;
        float[] x = Rows.Normal(Tokens * Inputs), w = Rows.Normal(Outputs * Inputs), toX = new float[x.Length], toW = new float[w.Length];
        int[] labels = [.. Enumerable.Range(0, Tokens)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        if (gradient) LinearCrossEntropy.MeanAndGradient(x, new LinearHead<float>(w, [], Outputs), labels, toX, toW);
        else LinearCrossEntropy.Mean(x, new LinearHead<float>(w, [], Outputs), labels);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    static double[] Ask(string subject)
    {
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(ColdStart).Assembly.Location, Switch, subject] : [Switch, subject];
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return [.. answer.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    static double Median(List<double[]> samples, int call) => samples.Select(sample => sample[call]).Order().ElementAt(Processes / 2);

    static double MedianRatio(List<double[]> ours, List<double[]> theirs, int call) => ours.Zip(theirs, (a, b) => a[call] / b[call]).Order().ElementAt(Processes / 2);
}
