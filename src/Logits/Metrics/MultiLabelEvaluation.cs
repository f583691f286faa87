using System.Collections.Immutable;

namespace Logits.Metrics;

/// <summary>The evaluation of independent yes/no scores.</summary>
/// <param name="Overall">All scores pooled, each a question of its own.</param>
/// <param name="PerLabel">Each label by itself, in the order of the columns.</param>
/// <param name="SubsetAccuracy">The share of rows in which every label was answered right.</param>
public sealed record MultiLabelEvaluation(Evaluation Overall, ImmutableArray<Evaluation> PerLabel, double SubsetAccuracy);
