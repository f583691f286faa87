namespace Logits.Tests.Conformance.Numerics;

/// <summary>A group of operators that the numeric cases name; the runner finds every implementation in the assembly.</summary>
interface INumericsOperators
{
    /// <summary>The function's name in the case files, and a check that returns null when the case holds, else what was expected and what came.</summary>
    IEnumerable<(string Function, Func<NumericsCase, string?> Check)> Checks { get; }
}
