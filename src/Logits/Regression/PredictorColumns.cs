using System.Runtime.CompilerServices;

namespace Logits.Regression;

/// <summary>Predictors column after column: what coordinate descent asks of them.</summary>
abstract class PredictorColumns
{
    public static PredictorColumns Of(Predictors x) => x is SparsePredictors sparse ? new SparseOnes(sparse) : new Dense((DensePredictors)x);

    /// <summary>Σ cᵢ xᵢⱼ²</summary>
    public abstract double Square(int column, double[] c);

    /// <summary>Σ xᵢⱼ cᵢ (vᵢ − sᵢ)</summary>
    public abstract double Slope(int column, double[] c, double[] v, double[] s);

    /// <summary>vᵢ += m·xᵢⱼ, sᵢ += pᵢ·m·xᵢⱼ</summary>
    public abstract void Move(int column, double m, double[] p, double[] v, double[] s);

    /// <summary>The whole column.</summary>
    public abstract void CopyTo(int column, double[] destination);

    /// <summary>Columns are copied out of the rows when they are first asked for: with |β| most never are.</summary>
    sealed class Dense(DensePredictors x) : PredictorColumns
    {
        readonly double[]?[] _columns = new double[]?[x.Columns];

        double[] this[int column]
        {
            get
            {
                if (_columns[column] is { } known)
                    return known;
                var values = new double[x.Rows];
                CopyTo(column, values);
                return _columns[column] = values;
            }
        }

        public override void CopyTo(int column, double[] destination)
        {
            for (int i = 0; i < x.Rows; i++)
                destination[i] = x.X[(long)i * x.Columns + column];
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override double Square(int column, double[] c)
        {
            var values = this[column];
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
                sum += c[i] * values[i] * values[i];
            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override double Slope(int column, double[] c, double[] v, double[] s)
        {
            var values = this[column];
            double even = 0, odd = 0;
            int i = 0;
            for (; i + 2 <= values.Length; i += 2)
            {
                even += values[i] * c[i] * (v[i] - s[i]);
                odd += values[i + 1] * c[i + 1] * (v[i + 1] - s[i + 1]);
            }
            for (; i < values.Length; i++)
                even += values[i] * c[i] * (v[i] - s[i]);
            return even + odd;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Move(int column, double m, double[] p, double[] v, double[] s)
        {
            var values = this[column];
            for (int i = 0; i < values.Length; i++)
            {
                double move = m * values[i];
                v[i] += move;
                s[i] += p[i] * move;
            }
        }
    }

    /// <summary>Sparse columns behind one of ones.</summary>
    sealed class SparseOnes(SparsePredictors x) : PredictorColumns
    {
        readonly SparseColumns _columns = x.ByColumn();

        public override double Square(int column, double[] c)
        {
            if (column > 0)
                return _columns.Square(column - 1, c);
            double sum = 0;
            foreach (double value in c)
                sum += value;
            return sum;
        }

        public override double Slope(int column, double[] c, double[] v, double[] s)
        {
            if (column > 0)
                return _columns.Slope(column - 1, c, v, s);
            double sum = 0;
            for (int i = 0; i < c.Length; i++)
                sum += c[i] * (v[i] - s[i]);
            return sum;
        }

        public override void Move(int column, double m, double[] p, double[] v, double[] s)
        {
            if (column > 0)
            {
                _columns.Move(column - 1, m, p, v, s);
                return;
            }
            for (int i = 0; i < v.Length; i++)
            {
                v[i] += m;
                s[i] += p[i] * m;
            }
        }

        public override void CopyTo(int column, double[] destination)
        {
            if (column == 0)
                destination.AsSpan().Fill(1);
            else
            {
                Array.Clear(destination);
                _columns.AddScaled(column - 1, 1, destination);
            }
        }
    }
}
