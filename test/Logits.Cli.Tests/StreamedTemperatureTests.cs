using Logits.Calibration;
using Logits.Cli.Inputs;

namespace Logits.Cli.Tests;

public sealed class StreamedTemperatureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(0.02)]
    [InlineData(50)]
    public void AgreesWithTheExactFitHoweverFarOut(double scale)
    {
        using var sample = Sample.Open(Sample.Validation);
        var rows = sample.ReadAll();
        for (int i = 0; i < rows.Values.Length; i++)
            rows.Values[i] *= scale;
        using var terminal = new Terminal(Stream.Null, TextWriter.Null, TextWriter.Null);

        double exact = TemperatureScaling.Fit(rows.Logits, rows.Labels).Temperature, streamed = StreamedTemperature.Fit(terminal, rows.AsInput(sample)).Temperature;

        Assert.Equal(1, streamed / exact, 8);
    }
}
