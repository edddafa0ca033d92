using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Pack;

namespace LayerBuild.Testing;

/// <summary>A layer put together by hand, with sizes that need no bytes behind them.</summary>
internal sealed class LayerExample
{
    private const int EndRecord = 22;

    private readonly List<LayerEntry> _entries = [];
    private readonly List<PackedEntry> _packed = [];
    private readonly List<InstalledPackage> _packages = [];

    public LayerDeclaration Declaration { get; init; } = Declare();

    public string Name { get; init; } = "demo";

    /// <summary>Those of the zip; all that the declaration names when null.</summary>
    public IReadOnlyList<Architecture>? Architectures { get; init; }

    public static LayerDeclaration Declare(string name = "demo") => new()
    {
        Name = LayerName.TryParse(name, out LayerName parsed) ? parsed : throw new ArgumentException(name),
        ProjectDirectory = "/src",
        ProjectFile = "/src/demo.csproj",
        Runtimes = [LambdaRuntime.Find("python3.12")!],
    };

    /// <summary>A package with one file of the given sizes (headers included in <paramref name="zipped"/>).</summary>
    public LayerExample Package(string name, string version, long unzipped, long? zipped = null, string metadata = "", string folder = "python", string[]? requires = null, string runtime = "python3.12", bool requested = true)
    {
        var package = new InstalledPackage(name, version, $"{name}-{version}-py3-none-any.whl", new string('a', 64), requested, folder)
        {
            Runtimes = [LambdaRuntime.Find(runtime)!],
            Requires = requires ?? [],
            Metadata = $"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}\n\nText.",
        };
        _packages.Add(package);
        return File($"{folder}/{name}/__init__.py", unzipped, zipped, package);
    }

    /// <summary>A file more of the package that was added last.</summary>
    public LayerExample OwnedFile(string path, long unzipped, long? zipped = null) => File(path, unzipped, zipped, _packages[^1]);

    /// <summary>A text file of the package that was added last.</summary>
    public LayerExample Text(string path, string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        File(path, bytes.Length, owner: _packages[^1]);
        _entries[^1] = _entries[^1] with { Content = new GeneratedContent(bytes) };
        return this;
    }

    public LayerExample File(string path, long unzipped, long? zipped = null, InstalledPackage? owner = null)
    {
        ZipPath zipPath = ZipPath.Parse(path);
        int header = 76 + (2 * path.Length);
        _entries.Add(new LayerEntry(zipPath, EntryKind.File, new SizeOnly(unzipped), owner));
        _packed.Add(new PackedEntry(zipPath, EntryKind.File, unzipped, (zipped ?? unzipped) - header, header, 0));
        return this;
    }

    public LayerMeasurement Measure(LayerBuild.Diagnostics.DiagnosticLog log, MeasureOptions? options = null) =>
        new LayerMeasure(options ?? new MeasureOptions(), log).Measure(
            Declaration,
            MeasuredTree.Of(new LayerZip(
                Name, Architectures ?? Declaration.Architectures, new LayerTree([.. _entries.OrderBy(e => e.Path)], _packages), $"/out/layers/{Name}.zip")),
            Packed());

    public MeasuredContents Contents() => Measure(new LayerBuild.Diagnostics.DiagnosticLog()).Contents;

    public DependencyGraph Graph() => new(_packages);

    public LayerManifest Manifest() => Measure(new LayerBuild.Diagnostics.DiagnosticLog()).Manifest;

    private PackedLayer Packed() => new(
        "/out/layers/demo.zip.tmp",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        _packed.Sum(e => e.CompressedSize + e.HeaderSize) + EndRecord,
        _packed.Sum(e => e.Size),
        [.. _packed.OrderBy(e => e.Path)]);

    private sealed class SizeOnly(long size) : EntryContent
    {
        public override long Size => size;

        public override Stream Open() => throw new NotSupportedException();
    }
}
