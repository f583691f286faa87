using Logits.Randomness;

namespace Logits.Tests.Randomness;

public class PhiloxTests
{
    /// <summary>The known answers published with the paper's reference implementation (Random123, kat_vectors, philox4x32 10).</summary>
    [Theory]
    [InlineData(0x00000000_00000000, 0x00000000_00000000, 0x00000000_00000000, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(0xffffffff_ffffffff, 0xffffffff_ffffffff, 0xffffffff_ffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(0x299f31d0_a4093822, 0x85a308d3_243f6a88, 0x03707344_13198a2e, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    public void GivesTheKnownAnswers(ulong seed, ulong low, ulong high, uint w0, uint w1, uint w2, uint w3) =>
        Assert.Equal(new PhiloxWords(w0, w1, w2, w3), Philox.At(seed, low, high));

    [Fact]
    public void UniformIsSpreadEvenlyOverEveryHalving()
    {
        const int Draws = 1 << 20;
        var octaves = new int[40];
        double sum = 0;
        for (ulong i = 0; i < Draws; i++)
        {
            double u = Philox.Uniform(7, i);
            Assert.InRange(u, double.Epsilon, 1 - 1e-17);
            sum += u;
            octaves[-Math.ILogB(u) - 1]++;
        }
        Assert.InRange(sum / Draws, 0.5 - 0.0015, 0.5 + 0.0015);
        for (int k = 0; k < 12; k++)
        {
            double expected = Draws / Math.Pow(2, k + 1);
            Assert.InRange(octaves[k], expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected));
        }
    }

    [Fact]
    public void UniformReachesTwoToTheMinus100AndBelow()
    {
        Assert.Equal(Math.ScaleB(1, -101), Philox.UniformFrom(100, 0));
        Assert.Equal(Math.ScaleB(1.5, -101), Philox.UniformFrom(100, 1UL << 51));
        Assert.Equal(Math.BitDecrement(1.0), Philox.UniformFrom(0, (1UL << 52) - 1));
        Assert.True(Philox.UniformFrom(1020, 0) > 0);
    }

    [Fact]
    public void GivesUnrelatedBitsToNeighbouringCounters()
    {
        // Flipping one counter or seed bit flips each of the 128 output bits half the time.
        int flips = 0;
        for (int bit = 0; bit < 64; bit++)
            for (ulong i = 0; i < 64; i++)
                flips += Distance(Philox.At(1, i), Philox.At(1, i ^ 1UL << bit)) + Distance(Philox.At(1, i), Philox.At(1 ^ 1UL << bit, i));
        Assert.InRange(flips / (2.0 * 64 * 64), 63.5, 64.5);

        static int Distance(PhiloxWords a, PhiloxWords b) =>
            System.Numerics.BitOperations.PopCount(a.Low ^ b.Low) + System.Numerics.BitOperations.PopCount(a.High ^ b.High);
    }
}
