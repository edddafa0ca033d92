using System.IO.Compression;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>A layer put together from bytes, for the checks to judge.</summary>
internal sealed class TestLayer(string runtimes, string architecture = "x86_64")
{
    private readonly List<LayerEntry> _entries = [];
    private readonly List<InstalledPackage> _packages = [];

    public LayerDeclaration Declaration { get; set; } = new()
    {
        Name = LayerName.TryParse("tested", out LayerName name) ? name : default,
        ProjectDirectory = Path.GetTempPath(),
        Runtimes = [.. runtimes.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(r => LambdaRuntime.Find(r)!)],
        Architectures = [Architecture.Find(architecture)!],
    };

    /// <summary>The user's own file.</summary>
    public TestLayer Add(string path, byte[] bytes, EntryKind kind = EntryKind.File) => Add(path, bytes, kind, null);

    public TestLayer Add(string path, string text, EntryKind kind = EntryKind.File) => Add(path, Encoding.UTF8.GetBytes(text), kind, null);

    public TestLayer Add(string path, byte[] bytes, EntryKind kind, InstalledPackage? owner)
    {
        _entries.Add(new LayerEntry(ZipPath.Parse(path), kind, new ForwardContent(bytes), owner));
        return this;
    }

    /// <summary>A package of a wheel with the given name, installed for all declared Pythons.</summary>
    public InstalledPackage Package(string wheel, bool requested = true)
    {
        string[] parts = wheel.Split('-');
        var package = new InstalledPackage(parts[0], parts[1], wheel, new string('0', 64), requested, "python")
        {
            Runtimes = [.. Declaration.PythonRuntimes],
            Metadata = $"Name: {parts[0]}\nVersion: {parts[1]}\n",
        };
        _packages.Add(package);
        return package;
    }

    /// <summary>Installs a real wheel as the specification says, without its checks.</summary>
    public TestLayer AddWheel(string path)
    {
        InstalledPackage package = Package(Path.GetFileName(path));
        using ZipArchive zip = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry member in zip.Entries.Where(e => !e.FullName.EndsWith('/')))
        {
            string target = member.FullName;
            string[] parts = target.Split('/');
            if (parts[0].EndsWith(".data", StringComparison.Ordinal))
            {
                target = parts[1] is "purelib" or "platlib" ? string.Join('/', parts[2..])
                    : parts[1] == "scripts" ? "bin/" + string.Join('/', parts[2..])
                    : string.Join('/', parts[2..]);
            }

            using Stream stream = member.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            Add($"python/{target}", bytes.ToArray(), EntryKind.File, package);
        }

        return this;
    }

    public LayerTree Tree()
    {
        _entries.Sort((a, b) => a.Path.CompareTo(b.Path));
        return new LayerTree(_entries, _packages);
    }

    public IReadOnlyList<Diagnostic> Verify(params string[] noWarn)
    {
        var log = new DiagnosticLog { Silences = noWarn.Contains };
        LayerTree tree = Tree();
        var verifier = new LayerVerifier(log);
        foreach (Architecture each in Declaration.Architectures)
        {
            verifier.Verify(Declaration, each, tree, CancellationToken.None);
        }

        return log.Diagnostics;
    }

    /// <summary>Bytes that, like a wheel's member, can only be read forward.</summary>
    private sealed class ForwardContent(byte[] bytes) : EntryContent
    {
        public override long Size => bytes.Length;

        public override Stream Open() => new ForwardStream(new MemoryStream(bytes, writable: false));
    }

    private sealed class ForwardStream(MemoryStream bytes) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        // In pieces, as an inflating stream gives them.
        public override int Read(byte[] buffer, int offset, int count) => bytes.Read(buffer, offset, Math.Min(count, 1000));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
