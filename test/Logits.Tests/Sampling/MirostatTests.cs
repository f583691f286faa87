using Logits.Sampling;

namespace Logits.Tests.Sampling;

public class MirostatTests
{
    [Theory]
    [InlineData("mirostat(tau=3,eta=0.1)"), InlineData("mirostat-v1(tau=3,eta=0.1)")]
    public void SteersTheAverageSurpriseToTau(string text)
    {
        var decoder = SamplerChain.Parse(text).Start(5);
        double surprise = 0;
        const int Steps = 3000;
        for (int i = 0; i < Steps; i++)
        {
            float[] row = Rows.Vocabulary(300, 2, i);
            var left = decoder.Survivors(row);
            double log = left.LogSum();
            int token = decoder.Clone().Next(row);
            surprise += (log - left[token]) / Math.Log(2);
            decoder.Next(row);
        }
        Assert.InRange(surprise / Steps, 2.9, 3.1);
    }
}
