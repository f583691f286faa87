namespace Logits.Calibration;

/// <summary>What a fit saw and what it reached.</summary>
/// <param name="Rows">Held-out rows it learned from.</param>
/// <param name="NllBefore">Mean negative log-likelihood of those rows before calibration, in nats; good to about 1e−9 where a temperature was fitted to float scores, whose first sweeps are in float.</param>
/// <param name="Nll">The same after calibration; +∞ when a method that assigns probability 0 gave it to a label.</param>
/// <param name="Converged">Whether the solver met its tolerance. Methods that only sort and count are always converged.</param>
/// <param name="Iterations">Steps the solver took; 0 where there is nothing to iterate.</param>
public sealed record FitFacts(int Rows, double NllBefore, double Nll, bool Converged, int Iterations);
