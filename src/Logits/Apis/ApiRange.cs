using System.Globalization;

namespace Logits.Apis;

/// <summary>The numbers a parameter of the hosted API may be: for the validator of requests and for the dialect that reads them.</summary>
internal readonly record struct ApiRange(double Least, double Most)
{
    public static readonly ApiRange Temperature = new(0, 2), TopP = new(0, 1), Penalty = new(-2, 2), Bias = new(-100, 100);

    public bool Holds(double value) => value >= Least && value <= Most;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Least} to {Most}");
}
