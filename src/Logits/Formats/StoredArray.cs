namespace Logits.Formats;

/// <summary>An array as it lies in a file: where its bytes are and what they mean.</summary>
/// <param name="Source">The bytes.</param>
/// <param name="Type">The elements.</param>
/// <param name="Fortran">Whether columns lie together.</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Offset">Where the elements begin in the source.</param>
/// <param name="Whole">Whether the source ends where the array does, so that more bytes are an error.</param>
sealed record StoredArray(ByteSource Source, NumberType Type, bool Fortran, long[] Shape, long Offset, bool Whole) : IDisposable
{
    /// <summary>The shape as NumPy prints it.</summary>
    public string ShapeText => Shape.Length == 1 ? $"({Shape[0]},)" : $"({string.Join(", ", Shape)})";

    /// <summary>How many bytes the elements take.</summary>
    public long Bytes => Shape.Aggregate((long)Type.Size, (product, extent) => product * extent);

    /// <summary>The array of a whole <c>.npy</c> source; its length is checked where it is known.</summary>
    public static StoredArray OfNpy(ByteSource source)
    {
        var header = NpyHeader.Read(source);
        var array = new StoredArray(source, header.Type, header.Fortran, header.Shape, header.DataOffset, true);
        if (source.Length is { } length)
            array.CheckEnd(length);
        return array;
    }

    /// <summary>Refuses a source that is shorter or longer than the array says.</summary>
    public void CheckEnd(long length)
    {
        if (length - Offset < Bytes)
            throw Source.Wrong(length, $"the file ends early: {Type} of shape {ShapeText} needs {Bytes} bytes after the header, {length - Offset} are there");
        if (length - Offset > Bytes)
            throw Source.Wrong(Offset + Bytes, $"{length - Offset - Bytes} bytes follow the array: {Type} of shape {ShapeText} ends here");
    }

    /// <summary>Fills <paramref name="bytes"/> from this place of the array on; a file that ends before is an error.</summary>
    public void Read(long at, Span<byte> bytes)
    {
        int found = Source.Read(Offset + at, bytes);
        if (found < bytes.Length)
            throw Source.Wrong(Offset + at + found, $"the file ends early: {Type} of shape {ShapeText} needs {Bytes} bytes after the header, {at + found} are there");
    }

    /// <summary>After the last element of a stream: refuses bytes that follow.</summary>
    public void CheckNothingFollows()
    {
        Span<byte> one = stackalloc byte[1];
        if (Whole && Source.IsSequential && Source.Read(Offset + Bytes, one) > 0)
            throw Source.Wrong(Offset + Bytes, $"bytes follow the array: {Type} of shape {ShapeText} ends here");
    }

    /// <inheritdoc/>
    public void Dispose() => Source.Dispose();
}
