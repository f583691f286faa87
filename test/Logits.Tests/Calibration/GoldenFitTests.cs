using Logits.Calibration;

namespace Logits.Tests.Calibration;

/// <summary>Optima on real networks' outputs, against values from an independent optimiser.</summary>
public class GoldenFitTests
{
    public static TheoryData<string> Sets => [.. SharedSet.Names];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Sets))]
    public void BiasCorrectedTemperatureReachesTheOptimum(string name)
    {
        var set = SharedSet.Load(name);
        var fit = BiasCorrectedTemperature.Fit(set.ValidationLogits, set.ValidationLabels);
        Assert.True(fit.Facts!.Converged, fit.ToString());
        Assert.Equal(set.GoldenNumber("bcts", "val_nll"), fit.Facts.Nll, 1e-8);
        Assert.Equal(set.Golden.GetProperty("bcts").GetProperty("w")[0].GetDouble(), fit.InverseTemperature, 1e-6);
        Assert.Equal(set.GoldenNumber("bcts", "test", "nll"), set.TestNll(fit), 1e-8);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Sets))]
    public void VectorScalingReachesTheOptimum(string name)
    {
        var set = SharedSet.Load(name);
        var fit = VectorScaling.Fit(set.ValidationLogits, set.ValidationLabels);
        Assert.True(fit.Facts!.Converged, fit.ToString());
        Assert.Equal(set.GoldenNumber("vector", "val_nll"), fit.Facts.Nll, 1e-8);
        Assert.Equal(set.GoldenNumber("vector", "test", "nll"), set.TestNll(fit), 1e-6);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Sets))]
    public void BinaryCalibratorsReachTheOptimum(string name)
    {
        var set = SharedSet.Load(name);
        if (set.Classes != 2) return;
        var platt = PlattScaling.Fit(set.ValidationLogits, set.ValidationLabels);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "platt_no_target_smoothing", "val_nll"), platt.Facts!.Nll, 1e-8);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "platt_no_target_smoothing", "a"), ((AffineCurve)platt.Curves[0]).Slope, 1e-7);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "platt_no_target_smoothing", "test_nll"), set.TestNll(platt), 1e-8);

        var smoothed = PlattScaling.Fit(set.ValidationLogits, set.ValidationLabels, PlattTargets.Smoothed);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "platt_with_target_smoothing", "a"), ((AffineCurve)smoothed.Curves[0]).Slope, 1e-7);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "platt_with_target_smoothing", "b"), ((AffineCurve)smoothed.Curves[0]).Intercept, 1e-7);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "platt_with_target_smoothing", "test_nll"), set.TestNll(smoothed), 1e-8);

        var beta = BetaCalibration.Fit(set.ValidationLogits, set.ValidationLabels);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "beta_abm", "val_nll"), beta.Facts!.Nll, 1e-8);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "beta_abm", "a"), ((BetaCurve)beta.Curves[0]).A, 1e-6);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "beta_abm", "b"), ((BetaCurve)beta.Curves[0]).B, 1e-6);
        Assert.Equal(set.GoldenNumber("binary_calibrators", "beta_abm", "test_nll"), set.TestNll(beta), 1e-8);
    }
}
