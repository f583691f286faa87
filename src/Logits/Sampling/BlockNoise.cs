using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Logits.Randomness;

namespace Logits.Sampling;

/// <summary>The best that each block of 32 can reach in a race: its largest score and its smallest variate, bounded from above.</summary>
/// <remarks>
/// Sixteen blocks, a chunk of 512 ids, take eight Philox calls, which run side by side in the eight lanes of a register; the words are
/// the same as one call at a time. The bound needs no logarithm: for u ≤ −ln(1 − u), −ln of the block's variate is at most 5 ln 2 − ln u, and log₂ of a
/// float is at least its bits read as a number, less the bias (a chord lies below its arc).
/// </remarks>
static unsafe class BlockNoise
{
    const float Ln2 = 0.6931472f;

    /// <summary>Writes (m − top) · scale − ln(variate), rounded up, for each block maximum m; may write over the maxima.</summary>
    public static void Bounds(ReadOnlySpan<float> maxima, float top, float scale, Noise noise, Span<float> bounds)
    {
        ulong high = noise.High(Noise.Purpose.Block);
        Span<uint> bits = stackalloc uint[Noise.Lanes];
        for (int chunk = 0; chunk < maxima.Length; chunk += Noise.Lanes)
        {
            ulong counter = (ulong)chunk / 2;
            if (Vector512.IsHardwareAccelerated) Upper512(noise.Seed, counter, high, bits);
            else if (Avx2.IsSupported) Upper256(noise.Seed, counter, high, bits);
            else
                for (int i = 0; i < Noise.Lanes / 2; i++)
                {
                    var words = Philox.At(noise.Seed, counter + (ulong)i, high);
                    (bits[i], bits[i + Noise.Lanes / 2]) = (words.W1, words.W3);
                }
            // The upper 32 of a block's 64 bits: u is between them and them plus one, over 2³². At 0 the bound is beyond all others.
            const float FromBits = Ln2 / (1 << 23), Offset = Ln2 * (127 + 32 + 5) + 1e-3f;
            if (Vector512.IsHardwareAccelerated)
            {
                var u = Vector512.ConvertToSingle(Vector512.Create<uint>(bits)).AsInt32();
                var bound = (Vector512.Create(maxima[chunk..]) - Vector512.Create(top)) * scale + (Vector512.Create(Offset) - Vector512.ConvertToSingle(u) * FromBits);
                bound.CopyTo(bounds[chunk..]);
            }
            else
                for (int i = 0; i < Noise.Lanes; i++)
                    bounds[chunk + i] = (maxima[chunk + i] - top) * scale + (Offset - BitConverter.SingleToInt32Bits(bits[i]) * FromBits);
        }
    }

    /// <summary>Words 1 and 3 of eight consecutive calls: the upper halves of sixteen blocks' bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Upper512(ulong seed, ulong counter, ulong high, Span<uint> bits)
    {
        Vector512<ulong> c0 = Vector512.Create(counter) + Vector512<ulong>.Indices, c1 = Vector512.Create(counter >> 32);
        Vector512<ulong> c2 = Vector512.Create(high & uint.MaxValue), c3 = Vector512.Create(high >> 32);
        Vector512<uint> ma = Vector512.Create((ulong)Philox.MultiplierA).AsUInt32(), mb = Vector512.Create((ulong)Philox.MultiplierB).AsUInt32();
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < Philox.Rounds; round++)
        {
            // The upper 32 bits of a lane are left as they fall: a multiplication reads the lower ones alone.
            Vector512<ulong> a = Avx512F.Multiply(ma, c0.AsUInt32()), b = Avx512F.Multiply(mb, c2.AsUInt32());
            c0 = (b >>> 32) ^ c1 ^ Vector512.Create((ulong)k0);
            c2 = (a >>> 32) ^ c3 ^ Vector512.Create((ulong)k1);
            c1 = b;
            c3 = a;
            k0 += Philox.WeylA;
            k1 += Philox.WeylB;
        }
        Vector512.Narrow(c1 & Vector512.Create((ulong)uint.MaxValue), c3 & Vector512.Create((ulong)uint.MaxValue)).CopyTo(bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Upper256(ulong seed, ulong counter, ulong high, Span<uint> bits)
    {
        for (int half = 0; half < Noise.Lanes / 2; half += 4)
        {
            Vector256<ulong> c0 = Vector256.Create(counter + (ulong)half) + Vector256<ulong>.Indices, c1 = Vector256.Create(counter >> 32);
            Vector256<ulong> c2 = Vector256.Create(high & uint.MaxValue), c3 = Vector256.Create(high >> 32);
            Vector256<uint> ma = Vector256.Create((ulong)Philox.MultiplierA).AsUInt32(), mb = Vector256.Create((ulong)Philox.MultiplierB).AsUInt32();
            uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
            for (int round = 0; round < Philox.Rounds; round++)
            {
                Vector256<ulong> a = Avx2.Multiply(ma, c0.AsUInt32()), b = Avx2.Multiply(mb, c2.AsUInt32());
                c0 = (b >>> 32) ^ c1 ^ Vector256.Create((ulong)k0);
                c2 = (a >>> 32) ^ c3 ^ Vector256.Create((ulong)k1);
                c1 = b;
                c3 = a;
                k0 += Philox.WeylA;
                k1 += Philox.WeylB;
            }
            var words = Vector256.Narrow(c1 & Vector256.Create((ulong)uint.MaxValue), c3 & Vector256.Create((ulong)uint.MaxValue));
            words.GetLower().CopyTo(bits[half..]);
            words.GetUpper().CopyTo(bits[(half + Noise.Lanes / 2)..]);
        }
    }
}
