namespace Logits.TrainDigits;

/// <summary>A perceptron with one hidden layer of ReLUs, trained by plain stochastic gradient descent with momentum.</summary>
/// <remarks>
/// Every step is an addition, multiplication, division or comparison of doubles in a fixed order. Those are exact by IEEE 754, so the
/// trained weights are the same bits on every machine; the exponential is a polynomial of its own for the same reason.
/// </remarks>
public sealed class Network
{
    readonly int inputs, hidden, outputs;
    readonly double[] w1, b1, w2, b2;      // hidden × inputs, hidden, outputs × hidden, outputs
    readonly double[] v1, c1, v2, c2;      // their velocities
    readonly double[] activation, gradientOut, gradientHidden;

    /// <summary>A network with weights drawn uniformly within ±√(6 / fan-in) (He et al., 2015).</summary>
    public Network(int inputs, int hidden, int outputs, CounterRandom random)
    {
        (this.inputs, this.hidden, this.outputs) = (inputs, hidden, outputs);
        w1 = Draw(hidden * inputs, Math.Sqrt(6.0 / inputs), random);
        w2 = Draw(outputs * hidden, Math.Sqrt(6.0 / hidden), random);
        (b1, b2) = (new double[hidden], new double[outputs]);
        (v1, c1, v2, c2) = (new double[w1.Length], new double[hidden], new double[w2.Length], new double[outputs]);
        (activation, gradientOut, gradientHidden) = (new double[hidden], new double[outputs], new double[hidden]);
    }

    /// <summary>The logits of one input.</summary>
    public void Forward(ReadOnlySpan<double> x, Span<double> logits)
    {
        for (int h = 0; h < hidden; h++)
        {
            double sum = b1[h] + Dot(w1.AsSpan(h * inputs, inputs), x);
            activation[h] = sum > 0 ? sum : 0;
        }
        for (int k = 0; k < outputs; k++)
            logits[k] = b2[k] + Dot(w2.AsSpan(k * hidden, hidden), activation);
    }

    /// <summary>One step of gradient descent on the cross-entropy of one image: v ← μ·v − η·g, w ← w + v.</summary>
    /// <returns>The probability the network gave to the label before the step.</returns>
    public double Step(ReadOnlySpan<double> x, int label, double rate, double momentum)
    {
        Forward(x, gradientOut);
        Softmax(gradientOut);
        double probability = gradientOut[label];
        gradientOut[label] -= 1;                                   // ∂CE/∂z = p − onehot

        for (int h = 0; h < hidden; h++)
        {
            double sum = 0;
            if (activation[h] > 0)
                for (int k = 0; k < outputs; k++)
                    sum += w2[k * hidden + h] * gradientOut[k];
            gradientHidden[h] = sum;
        }
        for (int k = 0; k < outputs; k++)
            Descend(w2.AsSpan(k * hidden, hidden), v2.AsSpan(k * hidden, hidden), ref b2[k], ref c2[k], activation, gradientOut[k], rate, momentum);
        for (int h = 0; h < hidden; h++)
            Descend(w1.AsSpan(h * inputs, inputs), v1.AsSpan(h * inputs, inputs), ref b1[h], ref c1[h], x, gradientHidden[h], rate, momentum);
        return probability;
    }

    static void Descend(Span<double> w, Span<double> v, ref double bias, ref double biasVelocity, ReadOnlySpan<double> x, double gradient, double rate, double momentum)
    {
        double scale = rate * gradient;
        for (int i = 0; i < w.Length; i++)
        {
            v[i] = momentum * v[i] - scale * x[i];
            w[i] += v[i];
        }
        biasVelocity = momentum * biasVelocity - scale;
        bias += biasVelocity;
    }

    static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    static void Softmax(Span<double> z)
    {
        double max = double.NegativeInfinity;
        foreach (double v in z)
            max = v > max ? v : max;
        double sum = 0;
        for (int k = 0; k < z.Length; k++)
            sum += z[k] = Exp(z[k] - max);
        for (int k = 0; k < z.Length; k++)
            z[k] /= sum;
    }

    /// <summary>eˣ for x ≤ 0 as 2ᵏ · eʳ with |r| ≤ ln 2 / 2 and eʳ by its Taylor polynomial; the C library's differs from machine to machine.</summary>
    static double Exp(double x)
    {
        if (x < -700)
            return 0;
        double k = Math.Floor(x * 1.4426950408889634 + 0.5);
        double r = x - k * 0.6931471803691238 - k * 1.9082149292705877E-10;
        double polynomial = 1;
        for (int n = 14; n >= 1; n--)
            polynomial = 1 + polynomial * r / n;
        return polynomial * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }

    static double[] Draw(int count, double width, CounterRandom random)
    {
        var weights = new double[count];
        for (int i = 0; i < count; i++)
            weights[i] = width * random.NextSigned();
        return weights;
    }
}
