using System.Globalization;
using System.Text;

namespace Logits.TrainDigits;

/// <summary>
/// The recipe behind the built-in sample, the common one that goes wrong: few images, no regularisation, a high learning rate, and training
/// until long after every image is learned. The network is right nine times in ten and says it is nearly always sure.
/// </summary>
public static class Training
{
    const int TrainRows = 120, ValidationRows = 500, Hidden = 128, Epochs = 100;
    const double Rate = 0.02, Momentum = 0.9;

    static readonly string[] Names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    /// <summary>Trains on some of the digits and returns the logits of the others as two csv files, by name.</summary>
    public static Dictionary<string, string> Run(Digits digits, TextWriter log)
    {
        int[] order = new CounterRandom(seed: 1).Permutation(digits.Labels.Length);
        int[] train = order[..TrainRows], validation = order[TrainRows..(TrainRows + ValidationRows)], test = order[(TrainRows + ValidationRows)..];

        var random = new CounterRandom(seed: 2);
        var network = new Network(Digits.Pixels, Hidden, Names.Length, random);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            int learned = 0;
            foreach (int i in random.Permutation(train.Length))
                learned += network.Step(digits.Image(train[i]), digits.Labels[train[i]], Rate, Momentum) > 0.5 ? 1 : 0;
            if (epoch % 10 == 0)
                log.WriteLine($"epoch {epoch}: {learned} of {train.Length} training images above 50 %");
        }
        return new()
        {
            ["digits-validation.csv"] = Score(network, digits, validation, log),
            ["digits-test.csv"] = Score(network, digits, test, log),
        };
    }

    static string Score(Network network, Digits digits, int[] rows, TextWriter log)
    {
        var logits = new double[Names.Length];
        var text = new StringBuilder().Append(string.Join(',', Names)).Append(",label\n");
        int right = 0;
        foreach (int row in rows)
        {
            network.Forward(digits.Image(row), logits);
            right += Array.IndexOf(logits, logits.Max()) == digits.Labels[row] ? 1 : 0;
            foreach (double z in logits)
                text.Append(((float)z).ToString("G9", CultureInfo.InvariantCulture)).Append(',');
            text.Append(digits.Labels[row]).Append('\n');
        }
        log.WriteLine($"{right} of {rows.Length} right");
        return text.ToString();
    }
}
