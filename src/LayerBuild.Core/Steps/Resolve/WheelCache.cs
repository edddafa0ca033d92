using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Files;

namespace LayerBuild.Steps.Resolve;

/// <summary>A wheel in the cache.</summary>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Path">Full path of the file.</param>
internal sealed record CachedWheel(string Sha256, string FileName, string Path)
{
    /// <summary>Built from source on this machine.</summary>
    public bool Built { get; init; }

    /// <summary>Of the file when it was hashed; none where that is not known.</summary>
    public FileStamp Stamp { get; init; }
}

/// <summary>
/// Wheels by their hash: <c>wheels/ab/abcd…/name.whl</c> below the cache's path, shared by all builds of a user. Files
/// come in by renaming and are hashed at every use, so builds may share it at the same time and damage is noticed. When
/// the path cannot be written the build goes on in a folder of its own.
/// </summary>
/// <param name="root">Full path of the cache.</param>
/// <param name="substitute">Full path of the folder that stands in for one that cannot be written.</param>
/// <param name="capacity">Bytes of wheels to keep; the least recently used go first.</param>
internal sealed class WheelCache(string root, string substitute, long capacity, DiagnosticLog log)
{
    /// <summary>10 GB.</summary>
    public const long DefaultCapacity = 10_000_000_000;

    private static readonly RecentUse Use = new(TimeSpan.FromHours(1));

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Lazy<CachedWheel?>> _verified = new(StringComparer.Ordinal);
    private bool _broken;
    private bool _grown;

    /// <summary>
    /// The folder of a wheel, for what is worth remembering about it: its files live as long as the wheel does.
    /// Write them by renaming.
    /// </summary>
    public string DirectoryOf(string sha256)
    {
        string path = Place(root, sha256);
        string second = Place(substitute, sha256);
        return !Directory.Exists(path) && Directory.Exists(second) ? second : path;
    }

    /// <summary>A new empty folder on the cache's volume; the caller deletes it.</summary>
    public string CreateWorkDirectory()
    {
        return Writing(place =>
        {
            string path = NewTemporary(place);
            Directory.CreateDirectory(path);
            // Some file systems take the folder and refuse the file.
            string probe = Path.Combine(path, "probe");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return path;
        });
    }

    /// <summary>Takes the wheel of a hash, if it is here and undamaged. Its bytes are read once per build.</summary>
    public CachedWheel? Find(string sha256)
    {
        Lazy<CachedWheel?> search = _verified.GetOrAdd(sha256, _ => new Lazy<CachedWheel?>(() => Verify(sha256)));
        if (search.Value is { } wheel)
        {
            return wheel;
        }

        // It may come.
        _verified.TryRemove(new(sha256, search));
        return null;
    }

    private CachedWheel? Verify(string sha256)
    {
        foreach (string place in new[] { root, substitute })
        {
            try
            {
                // One that is damaged stays until a good one takes its place: another build may be at that now.
                string folder = Place(place, sha256);
                foreach (string wheel in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.whl") : [])
                {
                    FileStamp stamp = FileStamp.Of(wheel);
                    if (Hash(wheel) == sha256)
                    {
                        Use.Mark(new DirectoryInfo(folder));
                        return new CachedWheel(sha256, Path.GetFileName(wheel), wheel) { Stamp = stamp };
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // As good as not there.
            }
        }

        return null;
    }

    /// <summary>Moves a wheel into the cache, whatever volume it is on.</summary>
    /// <returns>The wheel with the hash of its bytes.</returns>
    public CachedWheel Add(string file) => Add(file, Hash(file));

    /// <summary>Moves a wheel into the cache, whose bytes were hashed while they were written.</summary>
    public CachedWheel Add(string file, string sha256)
    {
        if (Find(sha256) is { } known)
        {
            return known;
        }

        return Writing(place =>
        {
            string target = Path.Combine(Place(place, sha256), Path.GetFileName(file));
            // A plain rename within the cache; from elsewhere a copy, which takes the name when it is whole.
            string temporary = file;
            if (!file.StartsWith(place + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                temporary = NewTemporary(place);
                Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
                File.Copy(file, temporary);
            }

            MoveIn(place, temporary, target, sha256);
            _grown = true;
            var added = new CachedWheel(sha256, Path.GetFileName(target), target);
            _verified[sha256] = new Lazy<CachedWheel?>(added);
            return added;
        });
    }

    /// <summary>Gives a finished file its place, while other builds add the same wheel or take a damaged one away.</summary>
    private static void MoveIn(string place, string temporary, string target, string sha256)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(temporary, target, overwrite: true);
                return;
            }
            catch (DirectoryNotFoundException) when (attempt < 10)
            {
                // Another build has just taken the old folder away to make room.
            }
            catch (IOException) when (File.Exists(target) && Hash(target) == sha256)
            {
                // Another build was quicker, and where files in use cannot be replaced, that is fine.
                File.Delete(temporary);
                return;
            }
            catch (Exception e) when (attempt == 1 && e is (IOException or UnauthorizedAccessException) && (Directory.Exists(target) || File.Exists(Path.GetDirectoryName(target))))
            {
                // Junk of the name.
                Remove(place, Directory.Exists(target) ? target : Path.GetDirectoryName(target)!);
            }
        }
    }

    /// <summary>Name of the wheel file of a hash, without looking at its bytes; null when it is not here.</summary>
    public string? NameOf(string sha256)
    {
        try
        {
            return Directory.GetFiles(DirectoryOf(sha256), "*.whl") is [{ } wheel] ? Path.GetFileName(wheel) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The wheel that was built from a source, if it was built here before.</summary>
    /// <param name="source">Stands for the source's content and the Python it was built for; fit for a file name.</param>
    public CachedWheel? FindBuilt(string source)
    {
        foreach (string place in new[] { root, substitute })
        {
            try
            {
                string sha256 = File.ReadAllText(Path.Combine(place, "built", source)).Trim();
                if (sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower) && Find(sha256) is { } wheel)
                {
                    return wheel with { Built = true };
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not built yet.
            }
        }

        return null;
    }

    /// <summary>Remembers what a source was built into.</summary>
    public void NoteBuilt(string source, string sha256) => Writing(place =>
    {
        string note = Path.Combine(place, "built", source);
        Directory.CreateDirectory(Path.GetDirectoryName(note)!);
        AtomicFile.Write(note, Encoding.ASCII.GetBytes(sha256));
        return true;
    });

    /// <summary>Deletes the least recently used wheels when the cache has outgrown its capacity.</summary>
    public void Trim()
    {
        if (!_grown || _broken)
        {
            return;
        }

        try
        {
            DateTime now = DateTime.UtcNow;
            DirectoryInfo wheels = new(Path.Combine(root, "wheels"));
            (FileSystemInfo, long)[] folders = [.. from shelf in wheels.EnumerateDirectories()
                                                   from folder in shelf.EnumerateDirectories()
                                                   select ((FileSystemInfo)folder, folder.EnumerateFiles().Sum(f => f.Length))];
            foreach (FileSystemInfo folder in Use.Surplus(folders, capacity))
            {
                Remove(root, folder.FullName);
            }

            foreach (FileSystemInfo left in new DirectoryInfo(Path.Combine(root, "tmp")).EnumerateFileSystemInfos())
            {
                // Of builds that were killed.
                if (now - left.LastWriteTimeUtc > TimeSpan.FromDays(1))
                {
                    Delete(left.FullName);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another build is at it; the next one tries again.
        }
    }

    /// <summary>SHA-256 of a file, lower-case hex.</summary>
    public static string Hash(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
        try
        {
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                hash.AppendData(buffer, 0, read);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A name on the cache's volume that nobody else has.</summary>
    private static string NewTemporary(string place) => Path.Combine(place, "tmp", Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture));

    private static string Place(string root, string sha256) => Path.Combine(root, "wheels", sha256[..2], sha256);

    /// <summary>Does the work in the cache, or once that has failed in the substitute.</summary>
    private T Writing<T>(Func<string, T> work)
    {
        if (!_broken)
        {
            try
            {
                return work(root);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Abandon(e.Message);
            }
        }

        return work(substitute);
    }

    /// <summary>Whether a folder lies in the cache, and the cache is not written any more.</summary>
    public bool IsAbandoned(string folder) => _broken && folder.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Warns, and goes on in the substitute. Said once.</summary>
    /// <returns>Whether this is news: what failed may be tried again.</returns>
    public bool Abandon(string reason)
    {
        lock (_gate)
        {
            if (_broken)
            {
                return false;
            }

            _broken = true;
        }

        log.Warning("LB2009", $"The wheel cache '{root}' cannot be written: {reason.TrimEnd('.')}. This build keeps its wheels in '{substitute}'. Free some space, correct its permissions, or set LambdaLayerCachePath to another folder.");
        return true;
    }

    /// <summary>Deletes a folder of <see cref="CreateWorkDirectory"/>; what cannot be deleted now is, when the cache is trimmed.</summary>
    public static void DeleteQuietly(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Swept with the cache's other leftovers.
        }
    }

    /// <summary>Takes a file or folder away in one step, so that no other build sees half of it.</summary>
    private static void Remove(string place, string path)
    {
        string grave = NewTemporary(place);
        Directory.CreateDirectory(Path.GetDirectoryName(grave)!);
        Directory.Move(path, grave);
        Delete(grave);
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }
}
