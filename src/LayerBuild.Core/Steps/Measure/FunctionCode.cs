using System.IO.Compression;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>The code of a function, as it counts towards Lambda's limit.</summary>
internal static class FunctionCode
{
    /// <returns>Bytes, unzipped; null when the item does not say where the code is.</returns>
    public static long? Size(LambdaFunctionDeclaration function)
    {
        if (function.CodeZip is { } path)
        {
            using ZipArchive zip = ZipFile.OpenRead(path);
            return zip.Entries.Sum(e => e.Length);
        }

        return function.CodeDirectory is { } directory
            ? new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length)
            : null;
    }
}
