namespace Logits.Formats;

/// <summary>How a score is stored in a file.</summary>
public enum ElementType
{
    /// <summary>IEEE binary16: 11 significant bits, at most 65,504.</summary>
    Float16,

    /// <summary>The upper half of a float: 8 significant bits, the range of a float.</summary>
    BFloat16,

    /// <summary>IEEE binary32; 9 digits say all.</summary>
    Float32,

    /// <summary>IEEE binary64; 17 digits say all.</summary>
    Float64,

    /// <summary>Decimal digits, rounded once, to the type that is asked for.</summary>
    Text,
}
