using System.IO.Compression;
using System.Security.Cryptography;

namespace LayerBuild.Harness;

/// <summary>A finished zip, read with a reader that is not the product's.</summary>
internal sealed class LayerZip(string path)
{
    public string Path { get; } = path;

    public byte[] Bytes => File.ReadAllBytes(Path);

    /// <summary>SHA-256 of the file, lower-case hex.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Bytes));

    /// <summary>In the order of the zip.</summary>
    public string[] Names
    {
        get
        {
            using ZipArchive zip = ZipFile.OpenRead(Path);
            return [.. zip.Entries.Select(e => e.FullName)];
        }
    }

    public string Text(string name)
    {
        using ZipArchive zip = ZipFile.OpenRead(Path);
        using var reader = new StreamReader(zip.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }

    /// <summary>Unix mode of an entry, octal: <c>100644</c>.</summary>
    public string Mode(string name)
    {
        using ZipArchive zip = ZipFile.OpenRead(Path);
        return Convert.ToString(zip.GetEntry(name)!.ExternalAttributes >> 16 & 0xffff, 8);
    }
}
