namespace Logits.Formats;

/// <summary>A file that appears whole or not at all: it is written beside its place and renamed at the end.</summary>
/// <remarks>Disposed without <see cref="Commit"/>, it leaves what was there before. Devices and pipes (<c>/dev/…</c>) are written directly.</remarks>
public sealed class AtomicFile : IDisposable
{
    readonly string _target;
    readonly string? _beside;
    bool _committed;

    /// <summary>Opens a place for <paramref name="path"/>. A folder that cannot be written to is found here, before the work.</summary>
    /// <exception cref="IOException">The path is a directory, its directory does not exist, or it cannot be written; the message says which.</exception>
    public AtomicFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Name = path;
        if (Directory.Exists(path))
            throw new IOException($"{path}: is a directory; name a file in it");
        try
        {
            // A link stays a link: the file behind it is replaced.
            var info = new FileInfo(path);
            _target = info.LinkTarget is null ? info.FullName : info.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            bool direct = _target.StartsWith("/dev/", StringComparison.Ordinal) || _target.StartsWith("/proc/", StringComparison.Ordinal);
            _beside = direct ? null : $"{_target}.{Environment.ProcessId}-{Path.GetRandomFileName()}.part";
            Stream = _beside is null
                ? new FileStream(_target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)
                : new FileStream(_beside, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string cause = e switch
            {
                DirectoryNotFoundException => "its directory does not exist",
                UnauthorizedAccessException => "permission denied",
                _ => e.Message,
            };
            throw new IOException($"{path}: cannot be written: {cause}", e);
        }
    }

    /// <summary>The file, as the user wrote it.</summary>
    public string Name { get; }

    /// <summary>Where to write.</summary>
    public FileStream Stream { get; }

    /// <summary>Puts the finished file in its place.</summary>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_committed, this);
        Stream.Dispose();
        if (_beside is not null)
            File.Move(_beside, _target, overwrite: true);
        _committed = true;
    }

    /// <summary>Throws away what was not committed.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        if (!_committed && _beside is not null)
            File.Delete(_beside);
    }
}
