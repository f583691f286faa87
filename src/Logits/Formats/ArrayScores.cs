using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Logits.Formats;

/// <summary>Scores in a stored array: what <c>.npy</c>, <c>.npz</c> and <c>.safetensors</c> have in common.</summary>
sealed class ArrayScores : ScoreReader
{
    /// <summary>Bytes decoded at once; they stay in the second-level cache, and the array that holds them off the large-object heap.</summary>
    const int PieceBytes = 1 << 16;

    /// <summary>Bytes of a tile of columns: long enough runs that each read is worth its call.</summary>
    const int TileBytes = 1 << 22;

    readonly StoredArray _array;
    readonly ArrayLabels? _labels;
    readonly IDisposable? _owner;
    readonly bool _columns;
    readonly long _rows;
    byte[] _piece = [];
    byte[] _tile = [];
    long _next, _tileStart, _tileRows;
    MemoryMappedFile? _map;
    MemoryMappedViewAccessor? _view;

    /// <param name="format">The format of the file.</param>
    /// <param name="array">The scores.</param>
    /// <param name="labels">The labels, if the file has them.</param>
    /// <param name="options">Names of classes, meaning of a vector.</param>
    /// <param name="owner">What else to close.</param>
    public ArrayScores(ScoreFormat format, StoredArray array, StoredArray? labels, ScoreFileOptions options, IDisposable? owner = null) : base(array.Source.Name, format)
    {
        _array = array;
        _owner = owner;
        long[] shape = array.Shape;
        if (!array.Type.IsFloat)
            throw array.Source.Wrong(null, $"scores are stored as {array.Type}; float16, float32 and float64 are read: save logits.astype('float32')");
        if (shape.Length is < 1 or > 2)
            throw array.Source.Wrong(null, $"the array has {shape.Length} dimensions, shape {array.ShapeText}; scores are rows × classes: reshape it to 2");
        (_rows, long classes) = shape.Length == 2 ? (shape[0], shape[1]) : options.Vector == VectorShape.Row ? (1, shape[0]) : (shape[0], 1);
        if (classes < 1)
            throw array.Source.Wrong(null, $"has no classes (shape {array.ShapeText}); a row has at least 1 score");
        if (_rows < 1)
            throw array.Source.Wrong(null, $"has no rows (shape {array.ShapeText}); at least 1 is needed");
        if (classes > MostClasses)
            throw array.Source.Wrong(null, $"a row is said to have {classes} scores; at most {MostClasses} are read{(shape.Length == 1 ? " (the array has one dimension: one score for each example is VectorShape.Column)" : "")}");
        // One row or one column is the same bytes in both orders.
        _columns = array.Fortran && _rows > 1 && classes > 1;
        if (_columns)
            _array = array with { Source = array.Source.OutOfOrder() };

        Classes = (int)classes;
        Rows = _rows;
        ElementType = array.Type.ElementType;
        ClassNames = Names(Name, options, Classes);
        if (labels is null)
            return;
        _labels = new(labels, new(Classes, ClassNames));
        if (_labels.Rows != _rows)
            throw DataFormatException.Whole(Name, $"labels holds {_labels.Rows} entries; the logits have {_rows} rows, one label each");
        HasLabels = true;
    }

    /// <inheritdoc/>
    public override unsafe bool TryGetSpan(long start, int count, out ReadOnlySpan<float> scores)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (start > _rows - count)
            Throw.RowsOutside(start, count, _rows);
        scores = default;
        var (handle, origin) = _array.Source.Mappable;
        origin += _array.Offset;
        if (handle is null || _columns || _array.Type is not { Kind: NumberKind.Float, Size: 4, BigEndian: false } || origin % sizeof(float) != 0 || (long)count * Classes > int.MaxValue)
            return false;
        _map ??= MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view ??= _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* first = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        _view.SafeMemoryMappedViewHandle.ReleasePointer();      // The view itself is held until Dispose.
        scores = new((float*)(first + _view.PointerOffset + origin) + start * Classes, count * Classes);
        return true;
    }

    private protected override int ReadRows<T>(Span<T> scores, Span<int> labels)
    {
        int rows = (int)Math.Min(scores.Length / Classes, _rows - _next);
        if (rows == 0)
            return 0;
        scores = scores[..(rows * Classes)];
        if (_columns)
            ReadColumns(scores);
        else
            ReadRun(scores);
        if (_labels is not null && labels.Length > 0)
            _labels.Read(labels[..rows]);
        _next += rows;
        if (_next == _rows)
            _array.CheckNothingFollows();
        return rows;
    }

    void ReadRun<T>(Span<T> scores) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = _array.Type.Size;
        long at = _next * Classes * size;
        if (size == Marshal.SizeOf<T>())
        {
            // The destination itself is the buffer; only the byte order may be left to do.
            while (scores.Length > 0)
            {
                var part = scores[..Math.Min(scores.Length, 1 << 26)];
                var bytes = MemoryMarshal.AsBytes(part);
                _array.Read(at, bytes);
                if (_array.Type.BigEndian)
                    Widening.Decode(bytes, _array.Type, part);
                at += bytes.Length;
                scores = scores[part.Length..];
            }
            return;
        }
        if (_piece.Length == 0)
            _piece = GC.AllocateUninitializedArray<byte>((int)Math.Min(PieceBytes, _array.Bytes));
        while (scores.Length > 0)
        {
            int count = Math.Min(scores.Length, _piece.Length / size);
            var bytes = _piece.AsSpan(0, count * size);
            _array.Read(at, bytes);
            Widening.Decode(bytes, _array.Type, scores[..count]);
            at += bytes.Length;
            scores = scores[count..];
        }
    }

    void ReadColumns<T>(Span<T> scores) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = _array.Type.Size, rows = scores.Length / Classes;
        Span<T> column = new T[Math.Min(256, rows)];
        for (int done = 0; done < rows;)
        {
            long row = _next + done;
            if (row >= _tileStart + _tileRows)
                ReadTile(row);
            int inTile = (int)(row - _tileStart), count = (int)Math.Min(Math.Min(rows - done, column.Length), _tileRows - inTile);
            for (int k = 0; k < Classes; k++)
            {
                var bytes = _tile.AsSpan((int)((k * _tileRows + inTile) * size), count * size);
                Widening.Decode(bytes, _array.Type, column[..count]);
                for (int i = 0; i < count; i++)
                    scores[(done + i) * Classes + k] = column[i];
            }
            done += count;
        }
    }

    void ReadTile(long row)
    {
        int size = _array.Type.Size;
        _tileStart = row;
        _tileRows = Math.Min(_rows - row, Math.Max(1, TileBytes / ((long)Classes * size)));
        if (_tile.Length == 0)
            _tile = GC.AllocateUninitializedArray<byte>(checked((int)(_tileRows * Classes * size)));
        int run = (int)(_tileRows * size);
        for (int k = 0; k < Classes; k++)
            _array.Read((k * _rows + row) * size, _tile.AsSpan(k * run, run));
    }

    private protected override void Dispose(bool disposing)
    {
        _view?.Dispose();
        _map?.Dispose();
        _array.Dispose();
        _labels?.Dispose();
        _owner?.Dispose();
    }
}
