namespace Logits.Kernels;

// One formula a struct, for the loops of DoubleRows.Map and FloatRows.Map.

internal readonly struct ExpMap : IDoubleMap, IFloatMap
{
    public static V Apply<V>(V x) where V : struct, IDoubleLane<V> => DoubleMath.Exp(x);
    public static V Apply<V, D>(V x) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> => FloatMath.Exp<V, D>(x);

    public static V Powers<V>() where V : struct, ILane<V, float> => FloatMath.LoadWindowPowers<V>();
    public static V Corrections<V>() where V : struct, ILane<V, float> => FloatMath.LoadCorrections<V>();
    public static float Unit => 1;

    public static V Finish<V>(V e, V unit) where V : struct, ILane<V, float> => e;
}

internal readonly struct SigmoidMap : IDoubleMap, IFloatMap
{
    public static V Apply<V>(V x) where V : struct, IDoubleLane<V> => DoubleMath.Sigmoid(x);
    public static V Apply<V, D>(V x) where V : struct, IFloatLane<V, D> where D : struct, IDoubleLane<D> => FloatMath.Sigmoid<V, D>(x);

    public static V Powers<V>() where V : struct, ILane<V, float> => FloatMath.LoadSharePowers<V>();
    public static V Corrections<V>() where V : struct, ILane<V, float> => FloatMath.LoadShareCorrections<V>();
    public static float Unit => FloatMath.ShareUnit;

    public static V Finish<V>(V e, V unit) where V : struct, ILane<V, float> => FloatMath.Share(e, unit);
}

internal readonly struct SoftplusMap : IDoubleMap
{
    public static V Apply<V>(V x) where V : struct, IDoubleLane<V> => DoubleMath.Softplus(x);
}

internal readonly struct LogSigmoidMap : IDoubleMap
{
    public static V Apply<V>(V x) where V : struct, IDoubleLane<V> => V.Negate(DoubleMath.Softplus(V.Negate(x)));
}

internal readonly struct LogMap : IDoubleMap
{
    public static V Apply<V>(V x) where V : struct, IDoubleLane<V> => DoubleMath.Log(x);
}

internal readonly struct LogitMap : IDoubleMap
{
    public static V Apply<V>(V p) where V : struct, IDoubleLane<V> => DoubleMath.Logit(p);
}

internal readonly struct Log1MExpMap : IDoubleMap
{
    public static V Apply<V>(V x) where V : struct, IDoubleLane<V> => DoubleMath.Log1MExp(x);
}

internal readonly struct Log1PMap : IDoubleMap
{
    public static V Apply<V>(V x) where V : struct, IDoubleLane<V> => DoubleMath.Log1P(x, V.All(0));
}

internal readonly struct ExpM1Map : IDoubleMap
{
    public static V Apply<V>(V x) where V : struct, IDoubleLane<V> => DoubleMath.ExpM1(x);
}
