using System.Collections.Concurrent;
using System.Text;
using Logits.Formats;

namespace Logits.Cli;

/// <summary>An output file that appears whole or not at all, also when the program is interrupted.</summary>
sealed class PendingFile : IDisposable
{
    static readonly ConcurrentDictionary<string, bool> Unfinished = new();

    readonly AtomicFile file;
    readonly string written;

    /// <summary>Opens a place for <paramref name="path"/>; a folder that cannot be written to is found here, before the work.</summary>
    /// <exception cref="RequestException">The path is a folder, or cannot be written.</exception>
    public PendingFile(string path)
    {
        try
        {
            file = new(path);
        }
        catch (IOException e)
        {
            throw new RequestException(App.Words(e), e);
        }
        written = Stream.Name;
        // A device is written to directly; it must never be deleted.
        if (written.EndsWith(".part", StringComparison.Ordinal))
            Unfinished[written] = true;
    }

    /// <summary>Where to write.</summary>
    public FileStream Stream => file.Stream;

    /// <summary>Puts the finished file in its place.</summary>
    public void Commit()
    {
        file.Commit();
        Unfinished.TryRemove(written, out _);
    }

    /// <summary>Writes a whole text, puts it in its place and says so.</summary>
    public void Finish(string text, Terminal terminal) => Finish(Encoding.UTF8.GetBytes(text), terminal);

    /// <summary>Writes all bytes, puts the file in its place and says so.</summary>
    public void Finish(byte[] bytes, Terminal terminal)
    {
        Stream.Write(bytes);
        Commit();
        terminal.Note($"wrote {file.Name}");
    }

    /// <summary>Throws away what was not committed.</summary>
    public void Dispose()
    {
        file.Dispose();
        Unfinished.TryRemove(written, out _);
    }

    /// <summary>What must go when the program has to leave at once.</summary>
    public static void DeleteUnfinished()
    {
        foreach (string path in Unfinished.Keys)
            File.Delete(path);
    }
}
