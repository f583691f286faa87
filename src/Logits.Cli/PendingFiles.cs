using System.Collections.Concurrent;

namespace Logits.Cli;

/// <summary>Output files written beside their place and renamed when whole, so that none is ever half-written.</summary>
sealed class PendingFile : IDisposable
{
    readonly string name, path, temporary;

    /// <summary>Opens a place for <paramref name="path"/>; a folder that cannot be written to is found here, before the work.</summary>
    /// <exception cref="RequestException">The path is a folder, or cannot be written.</exception>
    public PendingFile(string path)
    {
        name = path;
        this.path = Path.GetFullPath(path);
        temporary = $"{this.path}.{Environment.ProcessId}.part";
        if (Directory.Exists(this.path))
            throw new RequestException($"{path}: is a directory; name a file in it");
        try
        {
            Stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"{path}: cannot be written: {(e is DirectoryNotFoundException ? "its directory does not exist" : App.Words(e))}", e);
        }
        PendingFiles.Add(temporary);
    }

    /// <summary>Where to write.</summary>
    public FileStream Stream { get; }

    /// <summary>Puts the finished file in its place.</summary>
    public void Commit()
    {
        Stream.Dispose();
        File.Move(temporary, path, overwrite: true);
        PendingFiles.Remove(temporary);
    }

    /// <summary>Writes a whole text, puts it in its place and says so.</summary>
    public void Finish(string text, Terminal terminal) => Finish(System.Text.Encoding.UTF8.GetBytes(text), terminal);

    /// <summary>Writes all bytes, puts the file in its place and says so.</summary>
    public void Finish(byte[] bytes, Terminal terminal)
    {
        Stream.Write(bytes);
        Commit();
        terminal.Note($"wrote {name}");
    }

    /// <summary>Throws away what was not committed.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        if (PendingFiles.Remove(temporary))
            File.Delete(temporary);
    }
}

/// <summary>What must be deleted when the program is interrupted.</summary>
static class PendingFiles
{
    static readonly ConcurrentDictionary<string, bool> Paths = new();

    public static void Add(string path) => Paths[path] = true;

    public static bool Remove(string path) => Paths.TryRemove(path, out _);

    public static void DeleteAll()
    {
        foreach (string path in Paths.Keys)
            File.Delete(path);
    }
}
