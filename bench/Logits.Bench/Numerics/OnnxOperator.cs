using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Logits.Bench.Numerics;

/// <summary>One operator of ONNX Runtime over rows × classes, through its C API, on one thread, from the npm package onnxruntime-node. For measuring beside ours only.</summary>
/// <remarks>Input and output tensors are arrays of ours, so that a run copies nothing. The C API is a table of functions whose places never change.</remarks>
sealed unsafe class OnnxOperator : IDisposable
{
    /// <summary>The functions' places in the table.</summary>
    enum Entry
    {
        GetErrorMessage = 2, CreateEnv = 3, CreateSessionFromArray = 8, Run = 9, CreateSessionOptions = 10, SetIntraOpNumThreads = 24, SetInterOpNumThreads = 25,
        CreateTensorWithDataAsOrtValue = 49, CreateCpuMemoryInfo = 69, ReleaseSession = 95, ReleaseValue = 96, ReleaseSessionOptions = 100,
    }

    [StructLayout(LayoutKind.Sequential)]
    struct ApiBase
    {
        public delegate* unmanaged<uint, nint*> GetApi;
        public delegate* unmanaged<byte*> GetVersion;
    }

    static readonly nint* s_api = Load();
    static readonly nint s_environment = Found ? New(&CreateEnvironment) : 0, s_memory = Found ? New(&CreateMemory) : 0;

    static bool Found => s_api != null;

    readonly nint _session, _input, _output;
    readonly nint _inputName = Marshal.StringToCoTaskMemUTF8("x"), _outputName = Marshal.StringToCoTaskMemUTF8("y");
    readonly GCHandle _x, _y;

    /// <summary>The operator, ready to run from <paramref name="x"/>, rows × classes, into <paramref name="y"/>; null when the library is not installed.</summary>
    /// <param name="name">Softmax, LogSoftmax, Sigmoid (y has the shape of x) or ReduceLogSumExp (y has one element for each row).</param>
    public static OnnxOperator? Start<T>(string name, T[] x, T[] y, int classes) where T : unmanaged, INumber<T> =>
        Found ? new(OnnxModel.Of(name, x.Length / classes, classes, typeof(T) == typeof(double)), Pin(x), Pin(y), x.Length / classes, classes, y.Length / (x.Length / classes), sizeof(T)) : null;

    static GCHandle Pin(Array array) => GCHandle.Alloc(array, GCHandleType.Pinned);

    OnnxOperator(byte[] model, GCHandle x, GCHandle y, int rows, int classes, int outputs, int size)
    {
        (_x, _y) = (x, y);
        nint options = 0, session = 0;
        Check(((delegate* unmanaged<nint*, nint>)s_api[(int)Entry.CreateSessionOptions])(&options));
        Check(((delegate* unmanaged<nint, int, nint>)s_api[(int)Entry.SetIntraOpNumThreads])(options, 1));
        Check(((delegate* unmanaged<nint, int, nint>)s_api[(int)Entry.SetInterOpNumThreads])(options, 1));
        fixed (byte* bytes = model)
            Check(((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)s_api[(int)Entry.CreateSessionFromArray])(s_environment, bytes, (nuint)model.Length, options, &session));
        ((delegate* unmanaged<nint, void>)s_api[(int)Entry.ReleaseSessionOptions])(options);
        _session = session;
        _input = Tensor(x, rows, classes, size);
        _output = Tensor(y, rows, outputs, size);
    }

    public void Run()
    {
        nint input = _input, output = _output, inputName = _inputName, outputName = _outputName;
        Check(((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)s_api[(int)Entry.Run])(_session, 0, &inputName, &input, 1, &outputName, 1, &output));
    }

    static nint Tensor(GCHandle array, long rows, long columns, int size)
    {
        long* shape = stackalloc long[] { rows, columns };
        nint value;
        Check(((delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)s_api[(int)Entry.CreateTensorWithDataAsOrtValue])(
            s_memory, (void*)array.AddrOfPinnedObject(), (nuint)(rows * columns * size), shape, 2, size == 8 ? OnnxModel.Double : OnnxModel.Float, &value));
        return value;
    }

    static nint New(delegate*<nint*, nint> create)
    {
        nint made;
        Check(create(&made));
        return made;
    }

    static nint CreateEnvironment(nint* made)
    {
        const int Errors = 3;
        fixed (byte* name = "bench\0"u8) return ((delegate* unmanaged<int, byte*, nint*, nint>)s_api[(int)Entry.CreateEnv])(Errors, name, made);
    }

    static nint CreateMemory(nint* made)
    {
        const int DeviceAllocator = 0, Default = 0;
        return ((delegate* unmanaged<int, int, nint*, nint>)s_api[(int)Entry.CreateCpuMemoryInfo])(DeviceAllocator, Default, made);
    }

    static void Check(nint status)
    {
        if (status != 0) throw new InvalidOperationException($"ONNX Runtime: {Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<nint, byte*>)s_api[(int)Entry.GetErrorMessage])(status))}");
    }

    static nint* Load()
    {
        string folder = Environment.GetEnvironmentVariable("LOGITS_BENCH_ONNXRUNTIME")
            ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "bench", "peers", "node_modules", "onnxruntime-node"));
        string machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        string? path = OperatingSystem.IsLinux() && Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "libonnxruntime.so*", SearchOption.AllDirectories).Where(file => Path.GetDirectoryName(file) == Path.GetFullPath(folder) || file.Contains(machine, StringComparison.Ordinal)).Order(StringComparer.Ordinal).FirstOrDefault()
            : null;
        if (path is null)
        {
            Console.Error.WriteLine("peer onnxruntime is not installed; npm install --prefix bench/peers --no-save --ignore-scripts onnxruntime-node");
            return null;
        }
        if (!NativeLibrary.TryLoad(path, out nint library))
        {
            Console.Error.WriteLine($"peer onnxruntime does not load from {path}");
            return null;
        }
        const int ApiVersion = 16;    // of 2023: all that is asked of it is older, and newer libraries still answer to it
        var start = (ApiBase*)((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "OrtGetApiBase"))();
        Console.Error.WriteLine($"peer onnxruntime {Marshal.PtrToStringUTF8((nint)start->GetVersion())}, one thread");
        return start->GetApi(ApiVersion);
    }

    public void Dispose()
    {
        ((delegate* unmanaged<nint, void>)s_api[(int)Entry.ReleaseValue])(_input);
        ((delegate* unmanaged<nint, void>)s_api[(int)Entry.ReleaseValue])(_output);
        ((delegate* unmanaged<nint, void>)s_api[(int)Entry.ReleaseSession])(_session);
        Marshal.FreeCoTaskMem(_inputName);
        Marshal.FreeCoTaskMem(_outputName);
        _x.Free();
        _y.Free();
    }
}

/// <summary>A model file of one operator, x → y over rows × classes: the few fields of ONNX's protobuf messages that it takes.</summary>
static class OnnxModel
{
    public const int Float = 1, Double = 11;

    public static byte[] Of(string name, int rows, int classes, bool wide)
    {
        byte[] axis = name switch
        {
            "Softmax" or "LogSoftmax" => Message(5, [.. Text(1, "axis"), .. Number(3, 1), .. Number(20, AttributeInt)]),
            "ReduceLogSumExp" => Message(5, [.. Text(1, "axes"), .. Number(8, 1), .. Number(20, AttributeInts)]),
            _ => [],
        };
        byte[] node = [.. Text(1, "x"), .. Text(2, "y"), .. Text(4, name), .. axis];
        int element = wide ? Double : Float;
        byte[] graph = [.. Message(1, node), .. Text(2, name), .. Message(11, Tensor("x", element, rows, classes)), .. Message(12, Tensor("y", element, rows, name == "ReduceLogSumExp" ? 1 : classes))];
        const int FormatVersion = 7, Operators = 13;
        return [.. Number(1, FormatVersion), .. Message(7, graph), .. Message(8, [.. Text(1, ""), .. Number(2, Operators)])];
    }

    const int AttributeInt = 2, AttributeInts = 7;

    static byte[] Tensor(string name, int element, int rows, int columns)
    {
        byte[] shape = [.. Message(1, Number(1, rows)), .. Message(1, Number(1, columns))];
        return [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, element), .. Message(2, shape)]))];
    }

    static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    static byte[] Message(int field, byte[] content) => [.. Varint(field << 3 | 2), .. Varint(content.Length), .. content];

    static byte[] Number(int field, int value) => [.. Varint(field << 3), .. Varint(value)];

    static byte[] Varint(int value) => value < 0x80 ? [(byte)value] : [(byte)(value & 0x7F | 0x80), .. Varint(value >> 7)];
}
