using System.Runtime.InteropServices;

namespace Logits.Tests;

public class ScoreExtensionsTests
{
    [Fact]
    public void OpensTheSameDoorToEveryKindOfMemory()
    {
        float[] x = [0.25f, 0.75f];
        Assert.True(x.AsLogits(2).Values == x.AsSpan().AsLogits(2).Values);
        Assert.True(x.AsLogits(2).Values == ((ReadOnlySpan<float>)x).AsLogits(2).Values);
        Assert.True(x.AsLogits(2).Values == x.AsMemory().AsLogits(2).Values);
        Assert.True(x.AsLogits(2).Values == ((ReadOnlyMemory<float>)x).AsLogits(2).Values);
        Assert.True(x.AsBinaryLogits().Values == x.AsMemory().AsBinaryLogits().Values);
        Assert.True(x.AsProbabilities(2).Values == x.AsSpan().AsProbabilities(2).Values);
        Assert.True(x.AsBinaryProbabilities().Values == x.AsMemory().AsBinaryProbabilities().Values);
        float[] logs = [MathF.Log(0.25f), MathF.Log(0.75f)];
        Assert.True(logs.AsLogProbabilities(2).Values == logs.AsMemory().AsLogProbabilities(2).Values);
    }

    [Theory]
    [InlineData(new[] { 0.5, 0.5, 0.9, 0.41 }, "row 1 sums to 1.31; a row of probabilities sums to 1. Raw model scores enter through AsLogits.")]
    [InlineData(new[] { -0.5, 1.5 }, "row 0 holds -0.5; a probability is from 0 to 1. Raw model scores enter through AsLogits.")]
    [InlineData(new[] { double.NaN, 1 }, "row 0 holds NaN; a probability is from 0 to 1. Raw model scores enter through AsLogits.")]
    public void RefusesWhatAreNotProbabilities(double[] values, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => { values.AsProbabilities(2); }).Message);

    [Fact]
    public void RefusesScoresAsLogProbabilities()
    {
        Assert.StartsWith("row 0 has logsumexp 0.693147; that of log-probabilities is 0.", Assert.Throws<ArgumentException>(() => { new double[2].AsLogProbabilities(2); }).Message);
        Assert.StartsWith("row 0 holds 3; the logarithm of a probability is at most 0.", Assert.Throws<ArgumentException>(() => { new[] { 3.0, -1 }.AsLogProbabilities(2); }).Message);
        Assert.StartsWith("probabilities[1] is 1.5; a probability is from 0 to 1.", Assert.Throws<ArgumentException>(() => { new[] { 0.1, 1.5 }.AsBinaryProbabilities(); }).Message);
    }

    [Fact]
    public void AcceptsWhatASoftmaxGave()
    {
        float[] x = [.. Enumerable.Range(0, 1000).Select(i => i % 17 * 0.7f)];
        x.AsLogits(100).Softmax().Values.ToArray().AsProbabilities(100);
        x.AsLogits(100).LogSoftmax().Values.ToArray().AsLogProbabilities(100);
    }

    [Fact]
    public void WidensEveryHalfExactly()
    {
        Half[] all = MemoryMarshal.Cast<ushort, Half>([.. Enumerable.Range(0, 65536).Select(i => (ushort)i)]).ToArray();
        var wide = all.AsLogits(16).Values;
        for (int i = 0; i < all.Length; i++)
            Assert.True(wide[i].Equals((float)all[i]), $"{i:X4} became {wide[i]:R}");
    }

    [Fact]
    public void WidensEveryBFloat16Exactly()
    {
        BFloat16[] all = MemoryMarshal.Cast<ushort, BFloat16>([.. Enumerable.Range(0, 65536).Select(i => (ushort)i)]).ToArray();
        var wide = all.AsBinaryLogits(16).Values;
        for (int i = 0; i < all.Length; i++)
        {
            Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(wide[i]));
            if (!float.IsNaN(wide[i])) Assert.Equal(all[i], (BFloat16)wide[i]);
        }
    }

    [Theory]
    [InlineData(1.0f, 0x3F80), InlineData(1.00390625f, 0x3F80), InlineData(1.01171875f, 0x3F82), InlineData(3.4e38f, 0x7F80), InlineData(float.NegativeInfinity, 0xFF80)]
    public void RoundsToBFloat16TiesToEven(float value, int bits) => Assert.Equal((ushort)bits, ((BFloat16)value).Bits);

    [Fact]
    public void WidensIntoABufferOfTheCaller()
    {
        var buffer = new float[5];
        Assert.Equal([1f, 2f, 3f, 4f], ((ReadOnlySpan<Half>)[(Half)1, (Half)2, (Half)3, (Half)4]).AsLogits(2, buffer).Values.ToArray());
        Assert.StartsWith("widened holds 1 elements; 1 rows × 2 classes need 2.", Assert.Throws<ArgumentException>(() => { ((ReadOnlySpan<Half>)new Half[2]).AsLogits(2, new float[1]); }).Message);
    }
}
