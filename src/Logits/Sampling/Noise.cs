using Logits.Randomness;

namespace Logits.Sampling;

/// <summary>The randomness of one step: numbers that depend on (seed, step, what they are for) and on nothing else.</summary>
/// <remarks>
/// Each token id has its own exponential variate E(id). A token wins the race when p/E is largest, so removing others never changes
/// which of the rest leads. The variates come in blocks of 32 ids (id, id + 16, … within 512 ids): first the smallest of the block, which
/// is exponential with rate 32, and who holds it; the others follow as that minimum plus a fresh variate, because an exponential
/// clock that has not rung starts anew. That is the same joint law as 32 independent draws, and lets a race over a whole vocabulary
/// pass over every block whose best score, with the block's smallest variate, cannot win.
/// </remarks>
readonly struct Noise(ulong seed, long step)
{
    /// <summary>What a number is for; a purpose of its own keeps uses independent.</summary>
    public enum Purpose : byte { Block = 1, Token = 2, Stage = 3, Selector = 4, Search = 5, Speculation = 6 }

    public const int Lanes = 16, BlockSize = 32, ChunkSize = Lanes * BlockSize;

    public ulong Seed => seed;

    /// <summary>The counter's upper half: the step, and the purpose in the top byte.</summary>
    public ulong High(Purpose purpose) => (ulong)purpose << 56 | (ulong)step & 0x00FF_FFFF_FFFF_FFFF;

    /// <summary>A uniform number in (0, 1) for a purpose, by index.</summary>
    public double Uniform(Purpose purpose, int index) => Philox.Uniform(seed, (uint)index, High(purpose));

    /// <summary>The exponential variate of one token id.</summary>
    public double Exponential(int token)
    {
        (double least, int holder) = Block(BlockOf(token));
        return PlaceOf(token) == holder ? least : least + Excess(token);
    }

    /// <summary>What a token that does not hold its block's minimum has above it.</summary>
    public double Excess(int token) => StableMath.Exponential(Philox.Uniform(seed, (uint)token, High(Purpose.Token)));

    /// <summary>The block of an id: one lane of a chunk of 512.</summary>
    public static int BlockOf(int token) => token / ChunkSize * Lanes + token % Lanes;

    /// <summary>The place of an id in its block, 0 to 31.</summary>
    public static int PlaceOf(int token) => token % ChunkSize / Lanes;

    /// <summary>The smallest variate of a block and the place that holds it.</summary>
    public (double Least, int Holder) Block(int block)
    {
        ulong counter = Counter(block);
        var words = Philox.At(seed, counter, High(Purpose.Block));
        bool upper = block % Lanes >= Lanes / 2;
        return FromBits(upper ? words.High : words.Low, block);
    }

    /// <summary>The Philox counter of a block: two blocks, eight lanes apart, share a call.</summary>
    public static ulong Counter(int block) => (ulong)(block / Lanes * (Lanes / 2) + block % (Lanes / 2));

    /// <summary>64 bits as a block's minimum and holder: 5 bits for the place, 59 for the variate.</summary>
    public (double Least, int Holder) FromBits(ulong bits, int block)
    {
        int holder = (int)(bits & (BlockSize - 1));
        ulong fraction = bits >> 5;
        // Below 2⁻³² the 59 bits hold fewer than 27 significant ones: a further draw fills in what lies between two of them.
        double between = fraction >> 27 != 0 ? 0.5 : Philox.Uniform(Philox.Further(seed, 1), (uint)block, High(Purpose.Block));
        double uniform = (fraction + between) * (1.0 / (1L << 59));
        // The top cell rounds up to 1; its lower neighbour stands for it.
        return (StableMath.Exponential(Math.Min(uniform, 1 - 1.0 / (1L << 53))) * (1.0 / BlockSize), holder);
    }
}
