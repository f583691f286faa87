using System.Numerics;
using Logits.Kernels;

namespace Logits.Conformal;

/// <summary>Ranks the classes of one row after the other, in memory it keeps.</summary>
sealed class RowRanking(int classes)
{
    readonly double[] _probabilities = new double[classes], _keys = new double[classes], _below = new double[classes];
    readonly int[] _order = new int[classes];

    public Ranking Of<T>(ReadOnlySpan<T> row) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int k = 0; k < classes; k++) _probabilities[k] = double.CreateTruncating(row[k]);
        Kernel<double>.SoftmaxRows(_probabilities, _probabilities, classes);
        for (int k = 0; k < classes; k++) (_keys[k], _order[k]) = (-_probabilities[k], k);
        _keys.AsSpan().Sort(_order.AsSpan());
        for (int start = 0; start < classes;)
        {
            int end = start + 1;
            while (end < classes && _keys[end] == _keys[start]) end++;
            if (end - start > 1) Array.Sort(_order, start, end - start);   // equal probabilities by class number
            start = end;
        }
        for (int rank = classes - 1; rank >= 0; rank--)
        {
            _keys[rank] = -_keys[rank];
            _below[rank] = rank == classes - 1 ? 0 : _below[rank + 1] + _keys[rank + 1];
        }
        return new(_order, _keys, _below);
    }
}
