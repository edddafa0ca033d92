using System.IO.Compression;
using LayerBuild.Formats.Elf;

namespace LayerBuild.Steps.Verify;

/// <summary>A native file inside a jar, which the Java code unpacks to /tmp and loads.</summary>
/// <param name="Path">In the jar.</param>
internal readonly record struct NestedLibrary(string Path, ElfFile Elf);

/// <summary>Looks into jars for native libraries: most carry one for every platform, some for one only.</summary>
internal static class JarInspector
{
    /// <param name="jar">A stream that can seek.</param>
    public static IReadOnlyList<NestedLibrary> Read(Stream jar)
    {
        var found = new List<NestedLibrary>();
        try
        {
            using var zip = new ZipArchive(jar, ZipArchiveMode.Read, leaveOpen: true);
            foreach (ZipArchiveEntry entry in zip.Entries.Where(e => e.Name.EndsWith(".so", StringComparison.Ordinal)))
            {
                using var file = new ForwardBytes(entry.Open(), entry.Length);
                if (ElfReader.Read(file) is { } elf)
                {
                    found.Add(new NestedLibrary(entry.FullName, elf));
                }
            }
        }
        catch (InvalidDataException)
        {
            // A jar that cannot be read is Java's to refuse.
        }

        return found;
    }
}
