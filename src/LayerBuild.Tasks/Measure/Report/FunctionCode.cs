using System.IO.Compression;

namespace LayerBuild.Measure;

/// <summary>The code of a function, as it counts towards Lambda's limit.</summary>
internal static class FunctionCode
{
    /// <param name="directory">Full path of the folder that becomes the function's zip; null or empty for none.</param>
    /// <param name="zip">Full path of the function's zip; null or empty for none.</param>
    /// <returns>Bytes, unzipped; null when neither is given, or it is not there yet.</returns>
    public static long? Size(string? directory, string? zip)
    {
        if (!string.IsNullOrEmpty(zip))
        {
            if (!File.Exists(zip))
            {
                return null;
            }

            try
            {
                using ZipArchive archive = ZipFile.OpenRead(zip);
                return archive.Entries.Sum(e => e.Length);
            }
            catch (InvalidDataException)
            {
                return null;
            }
        }

        return string.IsNullOrEmpty(directory) || !Directory.Exists(directory)
            ? null
            : new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
    }
}
