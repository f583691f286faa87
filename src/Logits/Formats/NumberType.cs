namespace Logits.Formats;

/// <summary>What the bytes of one element mean.</summary>
enum NumberKind { Float, BFloat, Signed, Unsigned, Bool, Utf32, Latin1 }

/// <summary>The type of a stored element: kind, size in bytes, byte order.</summary>
readonly record struct NumberType(NumberKind Kind, int Size, bool BigEndian = false)
{
    /// <summary>Whether the elements are scores.</summary>
    public bool IsFloat => Kind is NumberKind.Float or NumberKind.BFloat;

    /// <summary>Whether the elements are whole numbers.</summary>
    public bool IsWhole => Kind is NumberKind.Signed or NumberKind.Unsigned or NumberKind.Bool;

    /// <summary>Whether the elements are text of a fixed length.</summary>
    public bool IsText => Kind is NumberKind.Utf32 or NumberKind.Latin1;

    /// <summary>The type of a score as the library names it.</summary>
    public ElementType ElementType => (Kind, Size) switch
    {
        (NumberKind.BFloat, _) => ElementType.BFloat16,
        (_, 2) => ElementType.Float16,
        (_, 4) => ElementType.Float32,
        _ => ElementType.Float64,
    };

    /// <summary>The type as people name it.</summary>
    public override string ToString() => Kind switch
    {
        NumberKind.Float => $"float{8 * Size}",
        NumberKind.BFloat => "bfloat16",
        NumberKind.Signed => $"int{8 * Size}",
        NumberKind.Unsigned => $"uint{8 * Size}",
        NumberKind.Bool => "bool",
        _ => "text",
    };
}
