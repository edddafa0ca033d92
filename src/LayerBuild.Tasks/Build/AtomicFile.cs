namespace LayerBuild.Build;

/// <summary>Files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>A name beside <paramref name="path"/> for writing to, of no other process or thread.</summary>
    public static string Beside(string path) => $"{path}.{Guid.NewGuid():N}.tmp";

    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = Beside(path);
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }
}
