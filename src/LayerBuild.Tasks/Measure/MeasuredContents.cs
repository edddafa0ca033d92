using System.Buffers;
using System.Text.Json;
using LayerBuild.Collect;
using LayerBuild.Pack;
using LayerBuild.Stage;

namespace LayerBuild.Measure;

/// <summary>
/// What the size report needs to know of a layer: an intermediate file, of this version of LayerBuild only. Columns
/// instead of rows, because there are tens of thousands of files. It is written for a layer that breaks a limit too.
/// </summary>
internal sealed record MeasuredContents
{
    public const string FileName = "contents.json";

    public required LayerManifest Manifest { get; init; }

    /// <summary>Budget in bytes; null for none.</summary>
    public long? MaxZippedSize { get; init; }

    /// <summary>Budget in bytes; null for none.</summary>
    public long? MaxUnzippedSize { get; init; }

    /// <summary>As written: <c>5%</c>; null for none.</summary>
    public string? MaxGrowth { get; init; }

    /// <summary>For each package of the manifest: the indices of the packages that it requires.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Requires { get; init; }

    /// <summary>Paths of the entries, in the order of the zip.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Inflated bytes of each entry.</summary>
    public required IReadOnlyList<long> Sizes { get; init; }

    /// <summary>Bytes of each entry in the zip, with its headers.</summary>
    public required IReadOnlyList<long> Zipped { get; init; }

    /// <summary>A digit for each entry: its <see cref="FileRole"/>.</summary>
    public required string Roles { get; init; }

    /// <summary>Index of each entry's package in the manifest; -1 for the user's own files.</summary>
    public required IReadOnlyList<int> Owners { get; init; }

    /// <param name="entries">Of the tree, in the order of the zip.</param>
    public static MeasuredContents Of(LayerDeclaration layer, LayerManifest manifest, DependencyGraph graph, IReadOnlyList<LayerEntry> entries, PackedLayer packed)
    {
        return new MeasuredContents
        {
            Manifest = manifest,
            MaxZippedSize = layer.MaxZippedSize?.Bytes,
            MaxUnzippedSize = layer.MaxUnzippedSize?.Bytes,
            MaxGrowth = layer.MaxGrowth,
            Requires = graph.Requires,
            Paths = [.. packed.Entries.Select(e => e.Path.Value)],
            Sizes = [.. packed.Entries.Select(e => e.Size)],
            Zipped = [.. packed.Entries.Select(e => e.CompressedSize + e.HeaderSize)],
            Roles = string.Create(entries.Count, entries, static (roles, entries) =>
            {
                for (int i = 0; i < roles.Length; i++)
                {
                    roles[i] = (char)('0' + (int)FileRoles.Of(entries[i]));
                }
            }),
            Owners = [.. entries.Select(e => graph.IndexOf(e.Owner))],
        };
    }

    /// <returns>Null when the file is missing, or from another version of LayerBuild.</returns>
    public static MeasuredContents? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using FileStream stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, ManifestJson.Default.MeasuredContents);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>One line: nobody reads it but the report.</summary>
    public byte[] ToJson()
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            JsonSerializer.Serialize(writer, this, ManifestJson.Default.MeasuredContents);
        }

        return json.WrittenSpan.ToArray();
    }
}
