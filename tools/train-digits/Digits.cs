using System.Globalization;

namespace Logits.TrainDigits;

/// <summary>Handwritten digits: gray levels 0 to 16 on an 8 × 8 grid, and what the writer meant.</summary>
public sealed class Digits
{
    /// <summary>Pixels of an image.</summary>
    public const int Pixels = 64;

    /// <summary>Images × pixels, each 0 to 1.</summary>
    public required double[] Images { get; init; }

    /// <summary>The digit each image shows, 0 to 9.</summary>
    public required int[] Labels { get; init; }

    /// <summary>Reads <c>digits.csv</c>: a header line, then 64 gray levels and the digit on each line.</summary>
    public static Digits Read(TextReader reader)
    {
        var images = new List<double>();
        var labels = new List<int>();
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',');
            for (int pixel = 0; pixel < Pixels; pixel++)
                images.Add(int.Parse(cells[pixel], CultureInfo.InvariantCulture) / 16.0);
            labels.Add(int.Parse(cells[Pixels], CultureInfo.InvariantCulture));
        }
        return new() { Images = [.. images], Labels = [.. labels] };
    }

    /// <summary>One image.</summary>
    public ReadOnlySpan<double> Image(int index) => Images.AsSpan(index * Pixels, Pixels);
}
