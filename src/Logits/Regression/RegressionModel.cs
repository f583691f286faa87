namespace Logits.Regression;

/// <summary>A kind of model that can be fitted to a <see cref="ModelFrame"/>. Models are immutable records; what they learn is the fit.</summary>
public abstract record RegressionModel
{
    /// <summary>The name of the family: binomial, multinomial, ordinal, conditional, firth, penalized …</summary>
    public abstract string Family { get; }

    /// <summary>Fits the model.</summary>
    /// <exception cref="ArgumentException">The data do not suit the model; the message names column, row or level and the way out.</exception>
    public abstract RegressionFit Fit(ModelFrame frame);

    /// <summary>Fits the model to a formula over a table.</summary>
    /// <inheritdoc cref="Fit(ModelFrame)"/>
    public RegressionFit Fit(string formula, DataTable table, FrameColumns? columns = null) => Fit(Formula.Parse(formula).Frame(table, columns));
}
