using Logits.Optimization;
using Logits.Randomness;

namespace Logits.Students;

/// <summary>How a small network is trained.</summary>
public sealed record MlpOptions
{
    /// <summary>Hidden units.</summary>
    public int Hidden { get; init; } = 8;

    /// <summary>Passes over the transfer set.</summary>
    public int Epochs { get; init; } = 300;

    /// <summary>Rows a step.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Adam's step; it falls to 0 along half a cosine.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Decoupled weight decay (AdamW).</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>Starting weights and the order of rows follow from it.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>A network with one hidden layer of rectifiers as a student, trained by mini-batch Adam on the distillation loss. The same seed gives the same bits.</summary>
/// <remarks>Sources: Hinton et al. (2015); Kingma and Ba, Adam (2015); Loshchilov and Hutter, Decoupled weight decay (2019); He et al. (2015) for the start.</remarks>
public sealed class MlpStudent : Student
{
    readonly int _hidden;
    readonly double[] _w1, _b1, _w2, _b2;

    internal MlpStudent(int features, int classes, double temperature, double alpha, int rows, double nll, double[] w1, double[] b1, double[] w2, double[] b2)
        : base(features, classes, temperature, alpha, rows, nll)
    {
        (_hidden, _w1, _b1, _w2, _b2) = (b1.Length, w1, b1, w2, b2);
        if (w1.Length != _hidden * features || w2.Length != classes * _hidden || b2.Length != classes)
            throw new FormatException($"\"hidden_weights\" holds {w1.Length} numbers and \"weights\" {w2.Length}; {features} features, {_hidden} hidden units and {classes} classes make {_hidden * features} and {classes * _hidden}.");
    }

    /// <inheritdoc/>
    public override string Method => "mlp-student";

    /// <summary>Hidden units.</summary>
    public int Hidden => _hidden;

    internal override IReadOnlyList<(string Name, double[] Values)> Parameters =>
        [("hidden_weights", _w1), ("hidden_intercepts", _b1), ("weights", _w2), ("intercepts", _b2)];

    /// <summary>Trains a student.</summary>
    /// <param name="set">What it learns from. Features of size 1 suit the start and the step: they are not scaled here.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="alpha">The share of the soft part, 0 to 1.</param>
    /// <param name="options">The network and its training; the defaults when null.</param>
    /// <exception cref="ArgumentException">The set has no rows, an option is out of range, or training ran off to infinity.</exception>
    public static MlpStudent Fit(TransferSet set, double temperature, double alpha, MlpOptions? options = null)
    {
        options ??= new();
        int n = set.Rows, d = set.Width, k = set.Classes, h = Throw.IfLess(options.Hidden, 1), batch = Math.Min(n, Throw.IfLess(options.Batch, 1));
        Throw.IfNoRows(n, nameof(set));
        Throw.IfLess(options.Epochs, 1);
        Throw.IfNotPositive(options.LearningRate);
        Throw.IfNegative(options.WeightDecay);
        var loss = new Losses.Distillation(temperature, alpha);
        double[] w1 = Start(h * d, d, options.Seed, 0), b1 = new double[h], w2 = Start(k * h, h, options.Seed, 1), b2 = new double[k];
        var student = new MlpStudent(d, k, temperature, alpha, n, double.NaN, w1, b1, w2, b2);
        (double[] Value, Adam State)[] parameters = [(w1, new(w1.Length, true)), (b1, new(h, false)), (w2, new(w2.Length, true)), (b2, new(k, false))];
        var order = new int[n];
        double[] z = new double[batch * k], teacher = new double[batch * k], dz = new double[batch * k], hidden = new double[batch * h], dh = new double[h];
        var labels = new int[batch];
        int perEpoch = (n + batch - 1) / batch, total = perEpoch * options.Epochs, step = 0;
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            Shuffle(order, options.Seed, (ulong)epoch);
            for (int start = 0; start < n; start += batch)
            {
                int count = Math.Min(batch, n - start);
                foreach (var (_, state) in parameters)
                    Array.Clear(state.Gradient);
                for (int i = 0; i < count; i++)
                {
                    int row = order[start + i];
                    student.Forward(set.X.AsSpan(row * d, d), hidden.AsSpan(i * h, h), z.AsSpan(i * k, k));
                    set.Teacher.AsSpan(row * k, k).CopyTo(teacher.AsSpan(i * k));
                    labels[i] = set.Y[row];
                }
                int length = count * k;
                loss.MeanAndGradient(((ReadOnlySpan<double>)z.AsSpan(0, length)).AsLogits(k), ((ReadOnlySpan<double>)teacher.AsSpan(0, length)).AsLogits(k), labels.AsSpan(0, count), dz.AsSpan(0, length));
                for (int i = 0; i < count; i++)
                {
                    var x = set.X.AsSpan(order[start + i] * d, d);
                    var active = hidden.AsSpan(i * h, h);
                    Array.Clear(dh);
                    for (int c = 0; c < k; c++)
                    {
                        double slope = dz[i * k + c];
                        parameters[3].State.Gradient[c] += slope;
                        LinearAlgebra.AddScaled(slope, active, parameters[2].State.Gradient.AsSpan(c * h, h));
                        LinearAlgebra.AddScaled(slope, w2.AsSpan(c * h, h), dh);
                    }
                    for (int u = 0; u < h; u++)
                        if (active[u] > 0)
                        {
                            parameters[1].State.Gradient[u] += dh[u];
                            LinearAlgebra.AddScaled(dh[u], x, parameters[0].State.Gradient.AsSpan(u * d, d));
                        }
                }
                double rate = options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / total));
                step++;
                foreach (var (value, state) in parameters)
                    state.Step(value, rate, options.WeightDecay, step);
            }
        }
        if (parameters.Any(parameter => !Array.TrueForAll(parameter.Value, double.IsFinite)))
            throw new ArgumentException($"training ran off to infinity at a learning rate of {options.LearningRate}; scale the features to size 1, or take a smaller rate.", nameof(options));
        student.NegativeLogLikelihood = student.Evaluate(set).LogLoss;
        return student;
    }

    /// <inheritdoc/>
    public override double[] Logits(ReadOnlySpan<double> features)
    {
        int n = Throw.IfNotWholeRows(features.Length, Features, nameof(features), "features");
        double[] z = new double[n * Classes], hidden = new double[_hidden];
        for (int i = 0; i < n; i++)
            Forward(features.Slice(i * Features, Features), hidden, z.AsSpan(i * Classes, Classes));
        return z;
    }

    void Forward(ReadOnlySpan<double> x, Span<double> hidden, Span<double> z)
    {
        for (int u = 0; u < _hidden; u++)
            hidden[u] = Math.Max(0, LinearAlgebra.Dot(x, _w1.AsSpan(u * Features, Features)) + _b1[u]);
        for (int c = 0; c < Classes; c++)
            z[c] = LinearAlgebra.Dot(hidden, _w2.AsSpan(c * _hidden, _hidden)) + _b2[c];
    }

    /// <summary>Normal weights of variance 2/inputs, by Box and Muller from the counter-based generator.</summary>
    static double[] Start(int count, int inputs, ulong seed, ulong layer)
    {
        var weights = new double[count];
        double scale = Math.Sqrt(2.0 / inputs);
        for (int i = 0; i < count; i++)
            weights[i] = scale * Math.Sqrt(-2 * Math.Log(Philox.Uniform(seed, (ulong)(2 * i), layer))) * Math.Cos(2 * Math.PI * Philox.Uniform(seed, (ulong)(2 * i + 1), layer));
        return weights;
    }

    static void Shuffle(int[] order, ulong seed, ulong epoch)
    {
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = (int)(Philox.Uniform(seed, (ulong)i, 2 + epoch) * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    sealed class Adam(int count, bool decays)
    {
        readonly double[] _first = new double[count], _second = new double[count];
        public double[] Gradient { get; } = new double[count];

        public void Step(double[] value, double rate, double decay, int step)
        {
            double c1 = 1 - Math.Pow(0.9, step), c2 = 1 - Math.Pow(0.999, step);
            for (int j = 0; j < value.Length; j++)
            {
                double g = Gradient[j];
                _first[j] = 0.9 * _first[j] + 0.1 * g;
                _second[j] = 0.999 * _second[j] + 0.001 * g * g;
                value[j] -= rate * (_first[j] / c1 / (Math.Sqrt(_second[j] / c2) + 1e-8) + (decays ? decay * value[j] : 0));
            }
        }
    }
}
