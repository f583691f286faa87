namespace Logits.Regression;

/// <summary>Everything a model is fitted to: predictors and response, with weights, offset, matched sets and clusters where there are any.</summary>
/// <remarks>Made by <see cref="Formula.Frame"/> or by hand. Immutable and shareable.</remarks>
public sealed class ModelFrame
{
    /// <summary>A frame of predictors and a response.</summary>
    /// <exception cref="ArgumentException">The numbers of rows differ, or there are none.</exception>
    public ModelFrame(DesignMatrix design, Response response)
    {
        Design = design;
        Response = response;
        Throw.IfNotRows(response.Rows, design.Rows, nameof(response));
        Throw.IfNoRows(design.Rows, nameof(design));
    }

    /// <summary>The predictors.</summary>
    public DesignMatrix Design { get; }

    /// <summary>The response.</summary>
    public Response Response { get; }

    /// <summary>Frequency weights: a row of weight 3 is the same as three rows. Null: every row counts once.</summary>
    public IReadOnlyList<double>? Weights
    {
        get => WeightArray;
        init
        {
            if (value is null)
                return;
            WeightArray = [.. value];
            Throw.IfNotRows(WeightArray.Length, Design.Rows, nameof(Weights));
            Throw.IfNotWeights(WeightArray, nameof(Weights));
        }
    }

    /// <summary>A known part of the linear predictor, with coefficient 1.</summary>
    public IReadOnlyList<double>? Offset
    {
        get => OffsetArray;
        init
        {
            if (value is null)
                return;
            OffsetArray = [.. value];
            Throw.IfNotRows(OffsetArray.Length, Design.Rows, nameof(Offset));
            Throw.IfNotFinite(OffsetArray, nameof(Offset));
        }
    }

    /// <summary>The matched set each row belongs to, for a conditional model.</summary>
    public IReadOnlyList<int>? Strata
    {
        get => StrataArray;
        init
        {
            if (value is null)
                return;
            StrataArray = [.. value];
            Throw.IfNotRows(StrataArray.Length, Design.Rows, nameof(Strata));
        }
    }

    /// <summary>The cluster each row belongs to, for standard errors that allow dependence inside clusters.</summary>
    public IReadOnlyList<int>? Clusters
    {
        get => ClusterArray;
        init
        {
            if (value is null)
                return;
            ClusterArray = [.. value];
            Throw.IfNotRows(ClusterArray.Length, Design.Rows, nameof(Clusters));
        }
    }

    /// <summary>For each row its place in the table it came from, counted from 0.</summary>
    public IReadOnlyList<int>? SourceRows { get; init; }

    /// <summary>How many rows of the table were left out because a cell they need is missing.</summary>
    public int RowsDropped { get; init; }

    /// <summary>The formula that made the frame, or null.</summary>
    public Formula? Formula { get; init; }

    /// <summary>The formula that predictors of new rows are made by: the columns that <c>.</c> meant are named, a column of offsets is in it.</summary>
    internal string? PredictionFormula { get; init; }

    internal IReadOnlyDictionary<string, IReadOnlyList<string>> FactorLevels { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
    internal double[]? WeightArray { get; private init; }
    internal double[]? OffsetArray { get; private init; }
    internal int[]? StrataArray { get; private init; }
    internal int[]? ClusterArray { get; private init; }

    internal double Weight(int row) => WeightArray is null ? 1 : WeightArray[row];
    internal double OffsetAt(int row) => OffsetArray is null ? 0 : OffsetArray[row];
}
