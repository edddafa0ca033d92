using System.Security.Cryptography;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;
using LayerBuild.Steps.Stage;

namespace LayerBuild.Testing;

/// <summary>A layer of a test: wheels for targets, content, and the tree they become.</summary>
internal sealed class LayerFixture(params string[] runtimes) : IDisposable
{
    private readonly Dictionary<PythonTarget, List<ResolvedWheel>> _wheels = [];
    private readonly List<ContentFile> _content = [];

    public TemporaryDirectory Folder { get; } = new();

    public DiagnosticLog Log { get; } = new();

    public LayerDeclaration Layer { get; set; } = new()
    {
        Name = LayerName.TryParse("test-layer", out LayerName name) ? name : default,
        ProjectDirectory = Path.GetTempPath(),
        Runtimes = [.. runtimes.Select(r => LambdaRuntime.Find(r)!)],
    };

    /// <summary>Where Pythons for bytecode are found; null for those of this machine.</summary>
    public PythonPlaces? Pythons { get; set; }

    /// <summary>What <see cref="Build"/> made last.</summary>
    public LayerTree? Tree { get; private set; }

    /// <summary>The codes of all diagnostics, in order.</summary>
    public IEnumerable<string> Codes => Log.Diagnostics.Select(d => d.Code);

    /// <summary>A wheel for one runtime, or for all of them with <c>*</c>, in a cache folder of its own.</summary>
    public ResolvedWheel Install(string runtime, WheelBuilder wheel, bool requested = true, bool built = false)
    {
        byte[] bytes = wheel.ToBytes();
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        string path = Folder[$"wheels/{sha256}/{wheel.FileName}"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return Install(runtime, path, requested, built);
    }

    public ResolvedWheel Install(string runtime, string path, bool requested = true, bool built = false)
    {
        string[] parts = Path.GetFileName(path).Split('-');
        var resolved = new ResolvedWheel(
            parts[0], parts[1], Path.GetFileName(path), path, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), requested)
        {
            Built = built,
        };
        foreach (string id in runtime == "*" ? runtimes : [runtime])
        {
            var target = new PythonTarget(LambdaRuntime.Find(id)!, Architecture.X64);
            if (!_wheels.TryGetValue(target, out List<ResolvedWheel>? wheels))
            {
                _wheels[target] = wheels = [];
            }

            wheels.Add(resolved);
        }

        return resolved;
    }

    public string Content(string path, string text, EntryKind kind = EntryKind.File) => Content(path, Encoding.UTF8.GetBytes(text), kind);

    public string Content(string path, byte[] bytes, EntryKind kind = EntryKind.File)
    {
        string source = Folder["content/" + path];
        Directory.CreateDirectory(Path.GetDirectoryName(source)!);
        File.WriteAllBytes(source, bytes);
        _content.RemoveAll(c => c.Path.Value == path);
        _content.Add(new ContentFile(ZipPath.Parse(path), source, kind, bytes.Length));
        return source;
    }

    public void Link(string path, string target) =>
        _content.Add(new ContentFile(ZipPath.Parse(path), Folder["content/" + path], EntryKind.SymbolicLink, target.Length, target));

    public LayerTree? TryBuild()
    {
        var resolution = new LayerResolution(_wheels.ToDictionary(w => w.Key, w => (IReadOnlyList<ResolvedWheel>)w.Value));
        return Tree = new LayerTreeBuilder(Log, Pythons).Build(Layer, Architecture.X64, _content, resolution, CancellationToken.None);
    }

    public LayerTree Build()
    {
        LayerTree? tree = TryBuild();
        Assert.True(tree is not null, string.Join('\n', Log.Diagnostics));
        return tree;
    }

    public LayerEntry Entry(string path) => Assert.Single(Tree!.Entries, e => e.Path.Value == path);

    public byte[] Bytes(string path)
    {
        using Stream stream = Entry(path).Content.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public string Text(string path) => Encoding.UTF8.GetString(Bytes(path));

    public void Dispose() => Folder.Dispose();
}
