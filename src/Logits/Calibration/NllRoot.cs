namespace Logits.Calibration;

/// <summary>The search for the β ≥ 0 where the derivative of a convex mean NLL is 0: Halley steps, kept inside a bracket.</summary>
/// <remarks>
/// The derivative rises with β, so a negative one says "higher" and a positive one "lower"; a step that leaves the bracket, or changes β more than
/// fourfold, is replaced by one that does not. Steps with three derivatives triple the correct digits, so that one sweep in double confirms and finishes what
/// sweeps in float have found.
/// </remarks>
struct NllRoot
{
    const double GradientTolerance = 1e-12;
    const int SweepLimit = 200;

    double _low = 0, _high = double.PositiveInfinity;

    /// <summary>Starts from what is known at β = 1.</summary>
    public NllRoot(NllMoments atOne)
    {
        Beta = 1;
        Step(atOne);
    }

    /// <summary>The inverse temperature reached.</summary>
    public double Beta { get; private set; }

    /// <summary>The mean NLL there.</summary>
    public double Nll { get; private set; }

    /// <summary>Sweeps over the rows so far.</summary>
    public int Sweeps { get; private set; }

    /// <summary>Whether the derivative at <see cref="Beta"/> is within tolerance of 0, or β = 0 is the minimum.</summary>
    public bool Converged { get; private set; }

    double _lastStep;

    /// <summary>Sweeps until the step just taken was a share of at most <paramref name="closeEnough"/> of β, or, by default, until the derivative is 0 to tolerance.</summary>
    public void Advance<TPass>(in TPass pass, double closeEnough = 0) where TPass : INllPass, allows ref struct
    {
        while (!Converged && Sweeps < SweepLimit && Math.Abs(_lastStep) > closeEnough * Beta)
        {
            // Far down, ask first whether there is anything above 0 to look for.
            if (_low == 0 && Beta < 1e-3)
            {
                var uniform = pass.At(0);
                Sweeps++;
                if (uniform.Gradient >= 0)
                {
                    (Beta, Nll, Converged) = (0, uniform.Nll, true);
                    return;
                }
                _low = double.Epsilon;
            }
            Step(pass.At(Beta));
        }
        // What rough sweeps said about the bracket and about being there is not binding for the better ones that follow, of which there is at least one.
        if (closeEnough > 0) (_low, _high, Converged, _lastStep) = (0, double.PositiveInfinity, false, double.PositiveInfinity);
    }

    void Step(NllMoments at)
    {
        Sweeps++;
        if (at.Gradient < 0) _low = Math.Max(_low, Beta);
        else _high = Math.Min(_high, Beta);

        double newton = -at.Gradient / at.Curvature;
        double step = newton / (1 + newton * at.Third / (2 * at.Curvature));
        if (!(step * newton > 0) || Math.Abs(step) > 2 * Math.Abs(newton)) step = newton;
        double next = Beta + step;

        // What is left of the derivative after a Halley step is of order h s² |step|³, s the scale on which the curvature changes.
        double scale = 10 * Math.Max(Math.Abs(at.Third / at.Curvature), Math.Sqrt(at.Curvature));
        double left = at.Curvature * scale * scale * Math.Abs(step * step * step);
        bool small = Math.Abs(at.Gradient) <= GradientTolerance;
        bool finished = small && !(Math.Abs(step) < 1e-3 * Beta) || left <= GradientTolerance / 4 && Math.Abs(step) <= 1e-3 * Beta;
        if (finished)
        {
            if (!(Math.Abs(step) <= 1e-3 * Beta)) step = 0;
            Nll = at.Nll + step * (at.Gradient + step * (at.Curvature / 2 + step * at.Third / 6));
            (Beta, Converged) = (Beta + step, true);
            return;
        }

        if (!(next >= Beta / 4 && next <= Beta * 4)) next = at.Gradient < 0 ? Beta * 4 : Beta / 4;
        if (!(next > _low && next < _high)) next = _low <= double.Epsilon ? _high / 4 : Math.Sqrt(_low) * Math.Sqrt(_high);
        _lastStep = next - Beta;
        Nll = at.Nll;
        Beta = next;
    }
}
