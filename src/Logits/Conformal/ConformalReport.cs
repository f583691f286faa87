using System.Collections.Immutable;

namespace Logits.Conformal;

/// <summary>How prediction sets did on labelled rows.</summary>
/// <param name="Coverage">The share of rows whose set holds the label.</param>
/// <param name="MeanSize">The mean number of classes in a set.</param>
/// <param name="EmptyShare">The share of rows with an empty set.</param>
/// <param name="ClassCoverage">The coverage among the rows of each class; NaN for a class without rows.</param>
/// <param name="SizeCounts">How many sets hold 0, 1, …, k classes.</param>
public sealed record ConformalReport(double Coverage, double MeanSize, double EmptyShare, ImmutableArray<double> ClassCoverage, ImmutableArray<int> SizeCounts);
