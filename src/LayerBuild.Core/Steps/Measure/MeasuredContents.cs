using LayerBuild.Files;
using LayerBuild.Lambda;
using LayerBuild.Steps.Pack;

namespace LayerBuild.Steps.Measure;

/// <summary>
/// What the size report needs to know of a layer: an intermediate file, of this version of LayerBuild only. It is written
/// for a layer that breaks a limit too.
/// </summary>
internal sealed record MeasuredContents
{
    public const string FileName = "contents.bin";

    // Change it whenever the layout below changes.
    private static readonly byte[] Magic = "LBCONTS\x01"u8.ToArray();

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

    public static MeasuredContents Of(LayerDeclaration layer, LayerManifest manifest, MeasuredTree tree, PackedLayer packed)
    {
        int count = packed.Entries.Count;
        string[] paths = new string[count];
        long[] sizes = new long[count];
        long[] zipped = new long[count];
        int[] owners = new int[count];
        for (int i = 0; i < count; i++)
        {
            PackedEntry entry = packed.Entries[i];
            paths[i] = entry.Path.Value;
            sizes[i] = entry.Size;
            zipped[i] = entry.CompressedSize + entry.HeaderSize;
            owners[i] = tree.Graph.IndexOf(tree.Zip.Tree.Entries[i].Owner);
        }

        return new MeasuredContents
        {
            Manifest = manifest,
            MaxZippedSize = layer.MaxZippedSize?.Bytes,
            MaxUnzippedSize = layer.MaxUnzippedSize?.Bytes,
            MaxGrowth = layer.MaxGrowth,
            Requires = tree.Graph.Requires,
            Paths = paths,
            Sizes = sizes,
            Zipped = zipped,
            Roles = tree.Roles,
            Owners = owners,
        };
    }

    /// <summary>Where it lies.</summary>
    /// <param name="intermediatePath">Full path of the folder of intermediate files.</param>
    /// <param name="name">Under which the zip is published.</param>
    public static string PathOf(string intermediatePath, string name) => Path.Combine(intermediatePath, name, FileName);

    /// <summary>The zips that a layer was last measured as: one, or one for each architecture.</summary>
    /// <param name="layer">Its name, as declared.</param>
    /// <inheritdoc cref="PathOf"/>
    public static IEnumerable<MeasuredContents> ReadAll(string intermediatePath, string layer) =>
        LayerName.AllPublished(layer).Select(name => Read(PathOf(intermediatePath, name))).OfType<MeasuredContents>();

    /// <summary>Drops what was measured of a layer when it came as other zips than <paramref name="published"/>.</summary>
    /// <inheritdoc cref="ReadAll"/>
    public static void Forget(string intermediatePath, string layer, IEnumerable<string> published)
    {
        foreach (string path in LayerName.AllPublished(layer).Except(published, StringComparer.Ordinal).Select(name => PathOf(intermediatePath, name)))
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
    }

    /// <returns>Null when the file is missing, damaged, or from another version of LayerBuild.</returns>
    public static MeasuredContents? Read(string path)
    {
        if (SealedFile.TryRead(path, Magic) is not var (_, reader))
        {
            return null;
        }

        var manifest = LayerManifest.Parse(reader.ReadBytes(reader.ReadInt32()));
        long maxZipped = reader.ReadInt64();
        long maxUnzipped = reader.ReadInt64();
        string maxGrowth = reader.ReadString();
        int[][] requires = new int[reader.ReadInt32()][];
        for (int i = 0; i < requires.Length; i++)
        {
            requires[i] = new int[reader.ReadInt32()];
            for (int j = 0; j < requires[i].Length; j++)
            {
                requires[i][j] = reader.ReadInt32();
            }
        }

        string roles = reader.ReadString();
        string[] paths = new string[roles.Length];
        long[] sizes = new long[roles.Length];
        long[] zipped = new long[roles.Length];
        int[] owners = new int[roles.Length];
        for (int i = 0; i < roles.Length; i++)
        {
            paths[i] = reader.ReadString();
            sizes[i] = reader.ReadInt64();
            zipped[i] = reader.ReadInt64();
            owners[i] = reader.ReadInt32();
        }

        return new MeasuredContents
        {
            Manifest = manifest,
            MaxZippedSize = maxZipped < 0 ? null : maxZipped,
            MaxUnzippedSize = maxUnzipped < 0 ? null : maxUnzipped,
            MaxGrowth = maxGrowth.Length == 0 ? null : maxGrowth,
            Requires = requires,
            Paths = paths,
            Sizes = sizes,
            Zipped = zipped,
            Roles = roles,
            Owners = owners,
        };
    }

    public void Save(string path) => AtomicFile.Write(path, SealedFile.Seal(Magic, writer =>
    {
        byte[] manifest = Manifest.ToJson();
        writer.Write(manifest.Length);
        writer.Write(manifest);
        writer.Write(MaxZippedSize ?? -1);
        writer.Write(MaxUnzippedSize ?? -1);
        writer.Write(MaxGrowth ?? "");
        writer.Write(Requires.Count);
        foreach (IReadOnlyList<int> required in Requires)
        {
            writer.Write(required.Count);
            foreach (int index in required)
            {
                writer.Write(index);
            }
        }

        writer.Write(Roles);
        for (int i = 0; i < Roles.Length; i++)
        {
            writer.Write(Paths[i]);
            writer.Write(Sizes[i]);
            writer.Write(Zipped[i]);
            writer.Write(Owners[i]);
        }
    }, capacity: Roles.Length * 128));
}
