using Logits.Optimization;

namespace Logits.Tests.Optimization;

/// <summary>(1 − x)² + 100 (y − x²)²: a curved valley with its minimum at (1, 1).</summary>
sealed class Rosenbrock : IHessianObjective
{
    double _x, _y;

    public int Dimension => 2;

    public double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient)
    {
        (_x, _y) = (point[0], point[1]);
        gradient[0] = -2 * (1 - _x) - 400 * _x * (_y - _x * _x);
        gradient[1] = 200 * (_y - _x * _x);
        return (1 - _x) * (1 - _x) + 100 * (_y - _x * _x) * (_y - _x * _x);
    }

    public void Hessian(Span<double> hessian)
    {
        hessian[0] = 2 - 400 * (_y - 3 * _x * _x);
        hessian[1] = hessian[2] = -400 * _x;
        hessian[3] = 200;
    }
}

/// <summary>A logistic regression with made-up rows: mean log(1 + e^z) − y z, z = a·x, and one direction in which it is flat (two equal columns).</summary>
sealed class Logistic : ICurvedObjective, IHessianObjective
{
    const int Rows = 200;
    readonly double[,] _a;
    readonly double[] _y = new double[Rows], _weight = new double[Rows];

    public Logistic(int dimension, int seed)
    {
        var random = new Random(seed);
        _a = new double[Rows, dimension];
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < dimension; j++) _a[i, j] = random.NextDouble() * 2 - 1;
            _a[i, dimension - 1] = _a[i, 0];
            _y[i] = random.NextDouble() < 1 / (1 + Math.Exp(-2 * _a[i, 0])) ? 1 : 0;
        }
    }

    public int Dimension => _a.GetLength(1);

    public double ValueAndGradient(ReadOnlySpan<double> point, Span<double> gradient)
    {
        double value = 0;
        gradient.Clear();
        for (int i = 0; i < Rows; i++)
        {
            double z = 0;
            for (int j = 0; j < Dimension; j++) z += _a[i, j] * point[j];
            double p = LogMath.Sigmoid(z);
            value += Math.Max(z, 0) + LogMath.Log1P(Math.Exp(-Math.Abs(z))) - _y[i] * z;
            _weight[i] = p * (1 - p) / Rows;
            for (int j = 0; j < Dimension; j++) gradient[j] += (p - _y[i]) * _a[i, j] / Rows;
        }
        return value / Rows;
    }

    public void Hessian(Span<double> hessian)
    {
        hessian.Clear();
        for (int i = 0; i < Rows; i++)
            for (int j = 0; j < Dimension; j++)
                for (int k = 0; k < Dimension; k++)
                    hessian[j * Dimension + k] += _weight[i] * _a[i, j] * _a[i, k];
    }

    public void HessianTimes(ReadOnlySpan<double> direction, Span<double> result)
    {
        result.Clear();
        for (int i = 0; i < Rows; i++)
        {
            double along = 0;
            for (int j = 0; j < Dimension; j++) along += _a[i, j] * direction[j];
            for (int j = 0; j < Dimension; j++) result[j] += _weight[i] * along * _a[i, j];
        }
    }

    public void HessianDiagonal(Span<double> diagonal)
    {
        diagonal.Clear();
        for (int i = 0; i < Rows; i++)
            for (int j = 0; j < Dimension; j++)
                diagonal[j] += _weight[i] * _a[i, j] * _a[i, j];
    }
}
