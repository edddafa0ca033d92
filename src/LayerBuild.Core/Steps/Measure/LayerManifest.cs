using System.Buffers;
using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Steps.Measure;

/// <summary>
/// <c>&lt;name&gt;.layer.json</c>: what was built, for publishing, for budgets and for other tools.
/// Its bytes depend on the layer alone.
/// </summary>
internal sealed record LayerManifest
{
    /// <summary>What follows the layer's name in the name of the file.</summary>
    public const string Suffix = ".layer.json";

    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n" };

    /// <summary>Version of this format.</summary>
    public int Schema { get; init; } = 1;

    /// <summary>Name under which the zip is published.</summary>
    public required string Name { get; init; }

    /// <summary>Runtime identifiers, in the order of the data file.</summary>
    public required IReadOnlyList<string> Runtimes { get; init; }

    public required IReadOnlyList<string> Architectures { get; init; }

    public string? Description { get; init; }

    public string? LicenseInfo { get; init; }

    /// <summary>File name of the zip beside this manifest.</summary>
    public required string Zip { get; init; }

    /// <summary>Base64 of the SHA-256 of the zip, as Lambda reports it.</summary>
    public required string CodeSha256 { get; init; }

    /// <summary>Bytes of the zip.</summary>
    public required long ZippedSize { get; init; }

    /// <summary>Sum of the files' bytes.</summary>
    public required long UnzippedSize { get; init; }

    /// <summary>Number of files (and links) in the zip.</summary>
    public required int Files { get; init; }

    /// <summary>Sorted by name, then version, then folder.</summary>
    public required IReadOnlyList<ManifestPackage> Packages { get; init; }

    /// <exception cref="JsonException">It is not a manifest.</exception>
    public static LayerManifest Read(string path) => Parse(File.ReadAllBytes(path));

    /// <summary>Whether a folder of zips holds the one that this is of, not an earlier one or none.</summary>
    public bool IsBuiltIn(string outputPath)
    {
        string path = Path.Combine(outputPath, Name + Suffix);
        try
        {
            return File.Exists(path) && Read(path).CodeSha256 == CodeSha256;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <param name="json">UTF-8, with or without a byte order mark.</param>
    /// <exception cref="JsonException">It is not a manifest.</exception>
    public static LayerManifest Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json);
        try
        {
            JsonElement root = document.RootElement;
            return new LayerManifest
            {
                Schema = (int)root.Number("schema", missing: 1),
                Name = root.RequiredText("name"),
                Runtimes = root.Texts("runtimes"),
                Architectures = root.Texts("architectures"),
                Description = root.Text("description"),
                LicenseInfo = root.Text("licenseInfo"),
                Zip = root.RequiredText("zip"),
                CodeSha256 = root.RequiredText("codeSha256"),
                ZippedSize = root.GetProperty("zippedSize").GetInt64(),
                UnzippedSize = root.GetProperty("unzippedSize").GetInt64(),
                Files = root.GetProperty("files").GetInt32(),
                Packages = [.. root.GetProperty("packages").EnumerateArray().Select(ManifestPackage.Read)],
            };
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new JsonException("A field of a manifest is missing in it, or has another type.", e);
        }
    }

    /// <summary>UTF-8, line feeds, a line feed at the end. Fields that are null are left out.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteString("name", Name);
            json.WriteList("runtimes", Runtimes);
            json.WriteList("architectures", Architectures);
            json.WriteText("description", Description);
            json.WriteText("licenseInfo", LicenseInfo);
            json.WriteString("zip", Zip);
            json.WriteString("codeSha256", CodeSha256);
            json.WriteNumber("zippedSize", ZippedSize);
            json.WriteNumber("unzippedSize", UnzippedSize);
            json.WriteNumber("files", Files);
            json.WriteStartArray("packages");
            foreach (ManifestPackage package in Packages)
            {
                package.Write(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}

/// <param name="License">SPDX expression, or what the package says; null when it says nothing.</param>
/// <param name="Folder">Where in the layer it was installed.</param>
/// <param name="UnzippedSize">Sum of its files' bytes.</param>
/// <param name="ZippedSize">Sum of its entries in the zip, with their headers.</param>
/// <param name="Wheel">Name of the wheel file; null for npm.</param>
/// <param name="Sha256">Of the wheel file, lower-case hex; null for npm.</param>
/// <param name="Integrity">Of npm's tarball: <c>sha512-…</c>; null for wheels and local packages.</param>
/// <param name="Requested">Named by the user, not only by another package.</param>
internal sealed record ManifestPackage(
    string Name,
    string Version,
    string? License,
    string Folder,
    long UnzippedSize,
    long ZippedSize,
    int Files,
    string? Wheel,
    string? Sha256,
    string? Integrity,
    bool Requested)
{
    public static ManifestPackage Read(JsonElement json) => new(
        json.RequiredText("name"),
        json.RequiredText("version"),
        json.Text("license"),
        json.RequiredText("folder"),
        json.Number("unzippedSize"),
        json.Number("zippedSize"),
        (int)json.Number("files"),
        json.Text("wheel"),
        json.Text("sha256"),
        json.Text("integrity"),
        json.TryGetProperty("requested", out JsonElement requested) && requested.GetBoolean());

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteString("version", Version);
        json.WriteText("license", License);
        json.WriteString("folder", Folder);
        json.WriteNumber("unzippedSize", UnzippedSize);
        json.WriteNumber("zippedSize", ZippedSize);
        json.WriteNumber("files", Files);
        json.WriteText("wheel", Wheel);
        json.WriteText("sha256", Sha256);
        json.WriteText("integrity", Integrity);
        json.WriteBoolean("requested", Requested);
        json.WriteEndObject();
    }
}
