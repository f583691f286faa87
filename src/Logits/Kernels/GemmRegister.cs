using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Logits.Kernels;

/// <summary>What the matrix product asks of a register: load, store, repeat one number, and a fused multiply-add in each element.</summary>
internal unsafe interface IGemmRegister<V, T>
    where V : unmanaged, IGemmRegister<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract int Count { get; }

    static abstract V Load(T* from);

    static abstract void Store(V value, T* to);

    static abstract V All(T* one);

    /// <summary>x · y + z, rounded once.</summary>
    static abstract V Fma(V x, V y, V z);
}

internal readonly struct GemmRegister512<T>(Vector512<T> value) : IGemmRegister<GemmRegister512<T>, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly Vector512<T> _value = value;

    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe GemmRegister512<T> Load(T* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(GemmRegister512<T> value, T* to) => value._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe GemmRegister512<T> All(T* one) => new(Vector512.Create(*one));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GemmRegister512<T> Fma(GemmRegister512<T> x, GemmRegister512<T> y, GemmRegister512<T> z) =>
        typeof(T) == typeof(float)
            ? new(Vector512.FusedMultiplyAdd(x._value.AsSingle(), y._value.AsSingle(), z._value.AsSingle()).As<float, T>())
            : new(Vector512.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).As<double, T>());
}

internal readonly struct GemmRegister256<T>(Vector256<T> value) : IGemmRegister<GemmRegister256<T>, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly Vector256<T> _value = value;

    public static int Count => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe GemmRegister256<T> Load(T* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(GemmRegister256<T> value, T* to) => value._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe GemmRegister256<T> All(T* one) => new(Vector256.Create(*one));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GemmRegister256<T> Fma(GemmRegister256<T> x, GemmRegister256<T> y, GemmRegister256<T> z) =>
        typeof(T) == typeof(float)
            ? new(Vector256.FusedMultiplyAdd(x._value.AsSingle(), y._value.AsSingle(), z._value.AsSingle()).As<float, T>())
            : new(Vector256.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).As<double, T>());
}

/// <summary>128 bits, and the fallback where the processor has no vectors: every element is still multiplied and added with one rounding.</summary>
internal readonly struct GemmRegister128<T>(Vector128<T> value) : IGemmRegister<GemmRegister128<T>, T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly Vector128<T> _value = value;

    public static int Count => Vector128<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe GemmRegister128<T> Load(T* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(GemmRegister128<T> value, T* to) => value._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe GemmRegister128<T> All(T* one) => new(Vector128.Create(*one));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GemmRegister128<T> Fma(GemmRegister128<T> x, GemmRegister128<T> y, GemmRegister128<T> z) =>
        typeof(T) == typeof(float)
            ? new(Vector128.FusedMultiplyAdd(x._value.AsSingle(), y._value.AsSingle(), z._value.AsSingle()).As<float, T>())
            : new(Vector128.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).As<double, T>());
}
