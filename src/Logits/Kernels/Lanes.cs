using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Logits.Kernels;

/// <summary>Which of the machine's registers carry the virtual ones; read once by the just-in-time compiler, free afterwards.</summary>
/// <remarks>
/// A loop is called as <c>Lanes.Has512 ? F&lt;Lane512Float&gt;(…) : Lanes.Has256 ? F&lt;Lane256Float&gt;(…) : F&lt;Lane128Float&gt;(…)</c>.
/// <c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX2=0</c> and <c>DOTNET_EnableHWIntrinsic=0</c> walk down this ladder; the last rung is scalar code.
/// </remarks>
internal static class Lanes
{
    /// <summary>Floats in a virtual register, on every machine.</summary>
    public const int Floats = 16;

    /// <summary>Doubles in a virtual register, on every machine.</summary>
    public const int Doubles = 8;

    public static bool Has512 => Avx512F.IsSupported && Avx512DQ.IsSupported && Vector512.IsHardwareAccelerated;

    public static bool Has256 => Avx2.IsSupported && Fma.IsSupported;
}
