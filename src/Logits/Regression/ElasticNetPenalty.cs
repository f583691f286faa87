namespace Logits.Regression;

/// <summary>Σⱼ l1ⱼ|βⱼ| + l2ⱼ/2·βⱼ².</summary>
static class ElasticNetPenalty
{
    /// <summary>A gradient above its bound by no more than this share is at it.</summary>
    const double Tie = 1e-15;

    public static double Value(double[] point, double[] l1, double[] l2)
    {
        double sum = 0;
        for (int j = 0; j < point.Length; j++)
            sum += l1[j] * Math.Abs(point[j]) + 0.5 * l2[j] * point[j] * point[j];
        return sum;
    }

    /// <summary>How far a slope at coefficient 0 is above what l1 holds, 0 where it does.</summary>
    public static double Over(double slope, double l1) => Math.Abs(slope) - l1 is var over && over > Tie * l1 ? over : 0;

    /// <summary>The smallest subgradient of one coefficient in size, 0 at its optimum; <paramref name="slope"/> is that of the loss and l2.</summary>
    public static double Subgradient(double value, double slope, double l1) => value != 0 ? Math.Abs(slope + l1 * Math.Sign(value)) : Over(slope, l1);

    /// <summary>The soft threshold: the minimum of curvature/2·β² − free·β + l1·|β|.</summary>
    public static double Threshold(double free, double l1, double curvature) => Over(free, l1) is > 0 and var over ? over * Math.Sign(free) / curvature : 0;
}
