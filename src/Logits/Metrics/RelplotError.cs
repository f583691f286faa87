using System.Runtime.Intrinsics;

namespace Logits.Metrics;

/// <summary>smECE as apple/ml-calibration computes it, so that its numbers can be compared: <see cref="SmoothCalibrationError"/> is the one to use.</summary>
/// <remarks>
/// Residuals, and ones for the density, are shared between the two nearest points of a grid of g points, convolved with a Gaussian sampled on
/// a window of g points, mirrored without doubling the border points, read at m points by linear interpolation, and divided: Σ|residual|/Σ density.
/// The mirror is where rows at exactly 0 and 1 lose half their weight. σ is the upper end of ten bisections of (0, 1).
/// </remarks>
static class RelplotError
{
    public static double Of(Forecasts forecasts)
    {
        double low = 0, high = 1;
        var grid = new Grid(forecasts);
        for (int step = 0; step < 10; step++)
        {
            double middle = (low + high) / 2;
            if (middle < 0.001 || middle < grid.Error(middle)) low = middle;
            else high = middle;
        }
        return grid.Error(high);
    }

    sealed class Grid(Forecasts forecasts)
    {
        double[] _residuals = [], _ones = [];

        public double Error(double sigma)
        {
            int points = Math.Max(2000, (int)Math.Round(20 / sigma)) / 2 + 1;
            if (points != _ones.Length) Spread(points);
            double[] residuals = Smoothed(_residuals, sigma), density = Smoothed(_ones, sigma);
            int read = Math.Max(200, (int)Math.Round(10 / sigma));
            Sum error = new(), mass = new();
            for (int i = 0; i < read; i++)
            {
                double at = (double)i / (read - 1) * (points - 1);
                int left = Math.Min((int)at, points - 2);
                double share = at - left;
                error.Add(Math.Abs(residuals[left] * (1 - share) + residuals[left + 1] * share));
                mass.Add(density[left] * (1 - share) + density[left + 1] * share + 0.0001);
            }
            return error.Value / mass.Value;
        }

        void Spread(int points)
        {
            (_residuals, _ones) = (new double[points], new double[points]);
            ReadOnlySpan<double> c = forecasts.Probabilities;
            ReadOnlySpan<bool> y = forecasts.Happened;
            for (int i = 0; i < c.Length;)
            {
                // Sorted forecasts between the same two points follow one another: their shares are added up before they are put down.
                int left = Left(c[i]);
                double leftSum = 0, rightSum = 0, leftOnes = 0, rightOnes = 0;
                for (; i < c.Length && Left(c[i]) == left; i++)
                {
                    double residual = y[i] ? c[i] - 1 : c[i], share = c[i] * (points - 1) - left;
                    leftSum += (1 - share) * residual;
                    rightSum += share * residual;
                    leftOnes += 1 - share;
                    rightOnes += share;
                }
                _residuals[left] += leftSum;
                _residuals[left + 1] += rightSum;
                _ones[left] += leftOnes;
                _ones[left + 1] += rightOnes;
            }

            int Left(double forecast) => Math.Min((int)(forecast * (points - 1)), points - 2);
        }
    }

    static double[] Smoothed(double[] values, double sigma)
    {
        int points = values.Length;
        // The kernel's window is centred at 0.5 of a grid of g points: for even g half a cell off the grid.
        var kernel = new double[points];
        for (int j = 0; j < points; j++)
        {
            double t = (double)j / (points - 1) - 0.5;
            kernel[j] = Math.Exp(-t * t / (2 * sigma * sigma)) / (Math.Sqrt(2 * Math.PI) * sigma);
        }
        // What lies below 1e-17 of the peak changes nothing.
        int first = Array.FindIndex(kernel, value => value > 1e-17 * kernel[points / 2]), last = points - 1 - first;

        // flip(v)[:-1], v, flip(v)[1:]: each border point stands once.
        var mirrored = new double[3 * points - 2];
        for (int i = 0; i < points; i++)
        {
            mirrored[points - 1 + i] = values[i];
            mirrored[points - 1 - i] = values[i];
            mirrored[3 * points - 3 - i] = values[i];
        }
        var smoothed = new double[points];
        // The kernel is symmetric, so the convolution is an inner product with what lies around a point.
        ReadOnlySpan<double> window = kernel.AsSpan(first..(last + 1));
        for (int i = 0; i < points; i++) smoothed[i] = Inner(window, mirrored.AsSpan(points / 2 + i + points - 1 - last, window.Length));
        return smoothed;
    }

    static double Inner(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var sum = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - 8; i += 8) sum += Vector512.Create(x[i..]) * Vector512.Create(y[i..]);
        var half = sum.GetLower() + sum.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        double total = quarter[0] + quarter[1];
        for (; i < x.Length; i++) total += x[i] * y[i];
        return total;
    }
}
