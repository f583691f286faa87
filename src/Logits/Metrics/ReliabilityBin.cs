namespace Logits.Metrics;

/// <summary>One bar of a reliability diagram: the forecasts in (<paramref name="Low"/>, <paramref name="High"/>] and what came of them.</summary>
/// <param name="Low">Lower edge, excluded except where it is 0.</param>
/// <param name="High">Upper edge, included.</param>
/// <param name="Count">How many forecasts fell in.</param>
/// <param name="Confidence">Their mean probability; NaN in an empty bin.</param>
/// <param name="Accuracy">The share that happened; NaN in an empty bin.</param>
public readonly record struct ReliabilityBin(double Low, double High, int Count, double Confidence, double Accuracy)
{
    /// <summary>Accuracy − confidence: above 0 the forecasts were too modest, below 0 too bold; NaN in an empty bin.</summary>
    public double Gap => Accuracy - Confidence;
}
