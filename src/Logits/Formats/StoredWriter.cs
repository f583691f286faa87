using System.Numerics;
using System.Runtime.InteropServices;

namespace Logits.Formats;

/// <summary>What the writers of stored arrays have in common: scores become bytes, labels wait.</summary>
abstract class StoredWriter(Stream stream, AtomicFile? file, string name, ScoreFormat format, int classes, ScoreWriterOptions options)
    : ScoreWriter(stream, file, name, format, classes, options)
{
    /// <summary>The type that is stored.</summary>
    protected ElementType Type { get; private set; }

    /// <summary>The labels so far.</summary>
    protected List<int> Labels { get; } = [];

    /// <summary>Bytes that the scores of all rows take.</summary>
    protected long ScoreBytes => Rows * Classes * Size;

    /// <summary>Bytes of a score.</summary>
    protected int Size => Type switch { ElementType.Float64 => 8, ElementType.Float32 => 4, _ => 2 };

    private protected override void Start(bool labelled, ElementType type)
    {
        Type = type;
        StartArray(labelled);
    }

    /// <summary>Writes what stands before the scores.</summary>
    protected abstract void StartArray(bool labelled);

    /// <summary>Is shown the bytes of the scores as they are written.</summary>
    protected virtual void Wrote(ReadOnlySpan<byte> bytes)
    {
    }

    private protected override void WriteRows<T>(ReadOnlySpan<T> scores, ReadOnlySpan<int> labels)
    {
        Refuse(scores);
        int size = Size;
        for (int done = 0; done < scores.Length;)
        {
            var room = Output.Room(1 << 12);
            int count = Math.Min(scores.Length - done, room.Length / size);
            room = room[..(count * size)];
            Encode(scores.Slice(done, count), room);
            Wrote(room);
            Output.Use(room.Length);
            done += count;
        }
        Labels.AddRange(labels);
    }

    /// <summary>The labels as 64-bit integers, as NumPy and PyTorch keep them.</summary>
    protected byte[] LabelBytes()
    {
        byte[] bytes = new byte[8L * Labels.Count];
        var longs = MemoryMarshal.Cast<byte, long>(bytes.AsSpan());
        for (int i = 0; i < longs.Length; i++)
            longs[i] = Labels[i];
        return bytes;
    }

    void Encode<T>(ReadOnlySpan<T> scores, Span<byte> bytes) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (Type)
        {
            case ElementType.Float64:
                var doubles = MemoryMarshal.Cast<byte, double>(bytes);
                for (int i = 0; i < scores.Length; i++)
                    doubles[i] = double.CreateTruncating(scores[i]);
                break;
            case ElementType.Float32:
                var floats = MemoryMarshal.Cast<byte, float>(bytes);
                for (int i = 0; i < scores.Length; i++)
                    floats[i] = float.CreateTruncating(scores[i]);
                break;
            case ElementType.Float16:
                var halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (int i = 0; i < scores.Length; i++)
                    halves[i] = Half.CreateTruncating(scores[i]);
                break;
            default:
                var bits = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < scores.Length; i++)
                    bits[i] = Widening.ToBFloat16(double.CreateTruncating(scores[i]));
                break;
        }
    }

    /// <summary>A finite score that would be stored as infinite is refused before anything is written.</summary>
    void Refuse<T>(ReadOnlySpan<T> scores) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The first magnitude that rounds up to infinity.
        double limit = Type switch { ElementType.Float16 => 65520, ElementType.BFloat16 => 3.3961775292304957e38, ElementType.Float32 => 3.4028235677973366e38, _ => double.PositiveInfinity };
        if (typeof(T) == typeof(float) && Type is ElementType.Float32 or ElementType.Float64)
            return;
        for (int i = 0; i < scores.Length; i++)
            if (Math.Abs(double.CreateTruncating(scores[i])) is var size && size >= limit && double.IsFinite(size))
                Throw.TooLargeToStore(double.CreateTruncating(scores[i]), Rows + i / Classes, i % Classes, Type);
    }
}
