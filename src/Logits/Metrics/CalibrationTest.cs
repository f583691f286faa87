namespace Logits.Metrics;

/// <summary>The outcome of a test of "these forecasts are calibrated".</summary>
/// <param name="Statistic">The test statistic, as the test defines it.</param>
/// <param name="PValue">The probability of a statistic at least as extreme under calibration: small values speak against calibration.</param>
public readonly record struct CalibrationTest(double Statistic, double PValue);
