using System.Runtime.InteropServices;

namespace Logits.Bench.Decoding;

/// <summary>llama.cpp's sampler chain through its C API, from the npm package @node-llama-cpp/linux-x64. For measuring beside ours only.</summary>
sealed unsafe class LlamaSampler : IDisposable
{
    [StructLayout(LayoutKind.Sequential)]
    struct TokenData { public int Id; public float Logit; public float P; }

    [StructLayout(LayoutKind.Sequential)]
    struct TokenDataArray { public TokenData* Data; public nuint Size; public long Selected; public byte Sorted; }

    static readonly nint s_library = Load();

    readonly nint _chain;
    readonly TokenData* _data;
    readonly int _size;

    LlamaSampler(int vocabulary)
    {
        _chain = ((delegate* unmanaged<byte, nint>)Export("llama_sampler_chain_init"))(1);
        _data = (TokenData*)NativeMemory.AlignedAlloc((nuint)vocabulary * (nuint)sizeof(TokenData), 64);
        _size = vocabulary;
    }

    public static bool Found => s_library != 0;

    /// <summary>A chain of the named samplers; null when the library is not installed.</summary>
    public static LlamaSampler? Start(int vocabulary, params (string Name, double Value)[] stages)
    {
        if (!Found) return null;
        var sampler = new LlamaSampler(vocabulary);
        foreach (var (name, value) in stages)
        {
            nint stage = name switch
            {
                "top_k" => ((delegate* unmanaged<int, nint>)Export("llama_sampler_init_top_k"))((int)value),
                "top_p" => ((delegate* unmanaged<float, nuint, nint>)Export("llama_sampler_init_top_p"))((float)value, 1),
                "min_p" => ((delegate* unmanaged<float, nuint, nint>)Export("llama_sampler_init_min_p"))((float)value, 1),
                "temp" => ((delegate* unmanaged<float, nint>)Export("llama_sampler_init_temp"))((float)value),
                "dist" => ((delegate* unmanaged<uint, nint>)Export("llama_sampler_init_dist"))((uint)value),
                "greedy" => ((delegate* unmanaged<nint>)Export("llama_sampler_init_greedy"))(),
                _ => throw new ArgumentException(name),
            };
            ((delegate* unmanaged<nint, nint, void>)Export("llama_sampler_chain_add"))(sampler._chain, stage);
        }
        return sampler;
    }

    /// <summary>One token: the candidate array is filled from the logits, as llama_sampler_sample does, and the chain applied.</summary>
    public int Next(float[] logits)
    {
        for (int i = 0; i < logits.Length; i++) _data[i] = new() { Id = i, Logit = logits[i] };
        TokenDataArray array = new() { Data = _data, Size = (nuint)_size, Selected = -1 };
        s_apply(_chain, &array);
        return array.Data[array.Selected].Id;
    }

    static readonly delegate* unmanaged<nint, TokenDataArray*, void> s_apply = (delegate* unmanaged<nint, TokenDataArray*, void>)(Found ? Export("llama_sampler_apply") : 0);

    static nint Export(string name) => NativeLibrary.GetExport(s_library, name);

    static nint Load()
    {
        string folder = Environment.GetEnvironmentVariable("LOGITS_BENCH_LLAMA")
            ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "bench", "peers", "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64"));
        if (!Directory.Exists(folder) || !OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("peer llama.cpp is not installed; npm install --prefix bench/peers @node-llama-cpp/linux-x64");
            return 0;
        }
        // The library finds the ones it needs by name once they are loaded.
        foreach (string needed in (string[])["libggml-base*.so*", "libggml.*so*", "libllama.*so*"])
            foreach (string path in Directory.EnumerateFiles(folder, needed).Order(StringComparer.Ordinal))
                if (NativeLibrary.TryLoad(path, out nint handle) && needed.StartsWith("libllama", StringComparison.Ordinal)) return handle;
        Console.Error.WriteLine($"peer llama.cpp does not load from {folder}");
        return 0;
    }

    public void Dispose()
    {
        ((delegate* unmanaged<nint, void>)Export("llama_sampler_free"))(_chain);
        NativeMemory.AlignedFree(_data);
    }
}
