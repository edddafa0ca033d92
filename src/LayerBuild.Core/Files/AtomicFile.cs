namespace LayerBuild.Files;

/// <summary>Files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    private const string Suffix = ".tmp";

    /// <summary>A name beside <paramref name="path"/> for writing to, of no other process or thread.</summary>
    public static string Beside(string path) => $"{path}.{Guid.NewGuid():N}{Suffix}";

    /// <summary>Deletes what killed builds left beside files of a folder.</summary>
    /// <param name="isOurs">Whether nobody else writes to a file of this name now.</param>
    public static void Sweep(string directory, Func<string, bool> isOurs)
    {
        foreach (string path in Directory.Exists(directory) ? Directory.GetFiles(directory, "*" + Suffix) : [])
        {
            string[] parts = Path.GetFileName(path).Split('.');
            if (parts.Length > 2 && Guid.TryParseExact(parts[^2], "N", out _) && isOurs(string.Join('.', parts[..^2])))
            {
                File.Delete(path);
            }
        }
    }

    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = Beside(path);
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes a file that the build can do without.</summary>
    public static void TryWrite(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = Beside(path);
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            try
            {
                File.Delete(temporary);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                // Not there, or not ours to delete.
            }
        }
    }
}
