using System.Globalization;
using System.Numerics;
using Logits.Formats;

namespace Logits.Tests.Formats;

public class NumberTextTests
{
    /// <summary>Numbers just above, on and just below the middle of two floats, where rounding to double first would choose the wrong one.</summary>
    [Theory]
    [InlineData("1.00000005960464477539062500")]
    [InlineData("1.00000005960464477539062501")]
    [InlineData("1.0000000596046448")]
    [InlineData("1.00000005960464469")]
    [InlineData("16777217")]
    [InlineData("16777217.0000000001")]
    [InlineData("3.4028235677973366e38")]
    [InlineData("3.4028235677973362e38")]
    [InlineData("7.0064923216240853546186479164495e-46")]
    [InlineData("7.0064923216240853546186479164496e-46")]
    [InlineData("1.1754943508222874e-38")]
    [InlineData("1.1754942807573643e-38")]
    [InlineData("9007199254740993")]
    [InlineData("9007199254740992.9999")]
    [InlineData("2.2250738585072011e-308")]
    [InlineData("4.9406564584124654e-324")]
    [InlineData("2.4703282292062327e-324")]
    [InlineData("1.7976931348623158e308")]
    [InlineData("1.7976931348623159e308")]
    [InlineData("123456789012345678901234567890e-20")]
    [InlineData("0.000000000000000000000000000000000000000000000001e48")]
    [InlineData("0e999999999999")]
    [InlineData("1e99999999999")]
    [InlineData("1e-99999999999")]
    public void RoundsOnce(string text) => Same(text);

    [Fact]
    public void AgreesWithTheRuntimeOnRandomDigits()
    {
        var random = new Random(7);
        for (int i = 0; i < 200_000; i++)
        {
            string digits = string.Concat(Enumerable.Range(0, random.Next(1, 22)).Select(_ => (char)('0' + random.Next(10))));
            if (random.Next(4) > 0)
                digits = digits.Insert(random.Next(digits.Length + 1), ".");
            if (random.Next(2) > 0)
                digits += $"{"eE"[random.Next(2)]}{"+- "[random.Next(3)]}{random.Next(random.Next(3) == 0 ? 330 : 25)}".Replace(" ", "");
            Same(random.Next(2) > 0 ? "-" + digits : digits);
        }
    }

    [Fact]
    public void ReadsShortestFormsBack()
    {
        var random = new Random(8);
        for (int i = 0; i < 100_000; i++)
        {
            float value = BitConverter.Int32BitsToSingle(random.Next());
            if (float.IsNaN(value)) continue;
            Assert.True(NumberText.TryParse(Files.Utf8(value.ToString(CultureInfo.InvariantCulture)), out float back));
            Assert.Equal(value, back);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("1 2")]
    [InlineData("0x10")]
    [InlineData("1_000")]
    [InlineData("infinit")]
    [InlineData("--inf")]
    [InlineData("1,5")]
    public void RefusesWhatIsNoNumber(string text) => Assert.False(NumberText.TryParse<double>(Files.Utf8(text), out _));

    static void Same(string text)
    {
        Same<double>(text);
        Same<float>(text);
    }

    static void Same<T>(string text) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T expected = T.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        Assert.True(NumberText.TryParse(Files.Utf8(text), out T actual), text);
        Assert.True(expected.Equals(actual) && T.IsNegative(expected) == T.IsNegative(actual), $"{text}: expected {expected}, found {actual}");
    }
}
