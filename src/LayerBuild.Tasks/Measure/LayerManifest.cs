using System.Text.Json;
using System.Text.Json.Serialization;

namespace LayerBuild.Measure;

/// <summary>
/// <c>&lt;name&gt;.layer.json</c>: what was built, for publishing, for budgets and for other tools.
/// Its bytes depend on the layer alone.
/// </summary>
internal sealed record LayerManifest
{
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

    /// <param name="json">UTF-8, with or without a byte order mark.</param>
    /// <exception cref="JsonException">It is not a manifest.</exception>
    public static LayerManifest Parse(ReadOnlySpan<byte> json)
    {
        LayerManifest? manifest = JsonSerializer.Deserialize(json.StartsWith("\uFEFF"u8) ? json[3..] : json, ManifestJson.Default.LayerManifest);
        return manifest is null || manifest.Packages.Any(p => p is not { Name: not null, Version: not null, Folder: not null })
            ? throw new JsonException("It is empty, or a package in it has no name, version or folder.")
            : manifest;
    }

    /// <summary>UTF-8, line feeds, a line feed at the end.</summary>
    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.LayerManifest), (byte)'\n'];
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
    bool Requested);

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LayerManifest))]
[JsonSerializable(typeof(MeasuredContents))]
internal sealed partial class ManifestJson : JsonSerializerContext;
