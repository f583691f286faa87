using System.Globalization;
using System.Numerics;

namespace Logits.Tests;

/// <summary>The tables of docs/functions.md are true.</summary>
public class FunctionsPageTests
{
    static readonly Dictionary<string, (Func<double, double> Wide, Func<float, float> Narrow)> Scalars = new()
    {
        ["Sigmoid"] = (LogMath.Sigmoid, LogMath.Sigmoid),
        ["LogSigmoid"] = (LogMath.LogSigmoid, LogMath.LogSigmoid),
        ["Softplus"] = (LogMath.Softplus, LogMath.Softplus),
        ["Log1PExp"] = (LogMath.Log1PExp, LogMath.Log1PExp),
        ["Logit"] = (LogMath.Logit, LogMath.Logit),
        ["Odds"] = (LogMath.Odds, LogMath.Odds),
        ["ProbabilityFromOdds"] = (LogMath.ProbabilityFromOdds, LogMath.ProbabilityFromOdds),
        ["Log1MExp"] = (LogMath.Log1MExp, LogMath.Log1MExp),
        ["Log1P"] = (LogMath.Log1P, LogMath.Log1P),
        ["ExpM1"] = (LogMath.ExpM1, LogMath.ExpM1),
    };

    [Fact]
    public void SayWhatTheScalarsDoAtTheEdges()
    {
        string[][] table = Table("| scalar |");
        double[] inputs = [.. table[0].Skip(1).Select(Number)];
        Assert.Equal(Scalars.Keys.Order(), table.Skip(1).Select(row => row[0]).Order());
        foreach (string[] row in table.Skip(1))
            for (int i = 0; i < inputs.Length; i++)
            {
                double expected = Number(row[i + 1]), wide = Scalars[row[0]].Wide(inputs[i]);
                float narrow = Scalars[row[0]].Narrow((float)inputs[i]);
                Assert.True(Ulps.Between(expected, wide) <= 2, $"{row[0]}({inputs[i]}) is {wide:R}");
                Assert.True(Ulps.Between((float)expected, narrow) <= 1, $"{row[0]}({inputs[i]}f) is {narrow:R}");
            }
    }

    [Fact]
    public void SayWhatRowsDoAtTheEdges()
    {
        foreach (string[] row in Table("| row |").Skip(1))
        {
            Check<double>(row);
            Check<float>(row);
        }
    }

    static void Check<T>(string[] row) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] x = Numbers<T>(row[0]);
        double temperature = Number(row[1]);
        var logits = x.AsLogits(x.Length);
        Agree(row[2], logits.Softmax(temperature).Values, "softmax");
        Agree(row[3], logits.LogSoftmax(temperature).Values, "log-softmax");
        Agree(row[4], logits.LogSumExp(temperature), "logsumexp");
        Agree(row[5], logits.Entropy(temperature), "entropy");
        Assert.Equal(int.Parse(row[6]), logits.ArgMax()[0]);

        void Agree(string expected, ReadOnlySpan<T> actual, string function)
        {
            T[] numbers = Numbers<T>(expected);
            Assert.Equal(numbers.Length, actual.Length);
            for (int i = 0; i < numbers.Length; i++)
            {
                double distance = typeof(T) == typeof(float)
                    ? Ulps.Between(float.CreateTruncating(numbers[i]), float.CreateTruncating(actual[i]))
                    : Ulps.Between(double.CreateTruncating(numbers[i]), double.CreateTruncating(actual[i]));
                Assert.True(distance <= 2, $"{function} of [{row[0]}] at T = {row[1]}: [{i}] is {actual[i]}");
            }
        }
    }

    static T[] Numbers<T>(string cell) where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. cell.Split(", ").Select(Number).Select(T.CreateTruncating)];

    static double Number(string cell) => cell switch
    {
        "−∞" => double.NegativeInfinity,
        "+∞" => double.PositiveInfinity,
        _ => double.Parse(cell.Replace('−', '-'), CultureInfo.InvariantCulture),
    };

    /// <summary>The cells of the table whose first line starts so; the line of dashes is left out.</summary>
    static string[][] Table(string start) =>
        [.. File.ReadLines(Repository.Path("docs", "functions.md"))
            .SkipWhile(line => !line.StartsWith(start, StringComparison.Ordinal))
            .TakeWhile(line => line.StartsWith('|'))
            .Where(line => !line.StartsWith("| ---", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())];
}
