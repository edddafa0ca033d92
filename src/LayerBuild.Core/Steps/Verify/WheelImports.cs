using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>
/// The imports of all modules of a wheel, remembered beside it (<c>&lt;wheel&gt;.imports</c>): an unchanged wheel is not read again.
/// </summary>
internal sealed class WheelImports
{
    private const int LargestSource = 4 * 1024 * 1024;

    // Change it whenever the layout below changes, or what counts as an import that always runs.
    private static readonly byte[] Magic = "LBIMPORTS\x01"u8.ToArray();

    private readonly Dictionary<string, IReadOnlyList<PythonImport>> _imports = new(StringComparer.Ordinal);

    /// <summary>Of modules that were remembered and not yet asked for: where they begin in <see cref="_note"/>.</summary>
    private readonly Dictionary<string, int> _remembered = new(StringComparer.Ordinal);
    private BinaryReader? _note;
    private string[] _texts = [];

    /// <summary>
    /// The imports of a module, by the path of its source in the wheel. Not from several threads at once.
    /// </summary>
    public IReadOnlyList<PythonImport> this[string path]
    {
        get
        {
            if (_imports.TryGetValue(path, out IReadOnlyList<PythonImport>? imports))
            {
                return imports;
            }

            if (!_remembered.TryGetValue(path, out int offset))
            {
                return [];
            }

            _note!.BaseStream.Position = offset;
            return _imports[path] = ReadModule(_note);
        }
    }

    /// <summary>Whether a file of a wheel is a source of a module that is looked into.</summary>
    public static bool IsSource(WheelPlace place, string path, long size) =>
        place == WheelPlace.Root && size is > 0 and <= LargestSource && path.EndsWith(".py", StringComparison.Ordinal);

    /// <summary>Takes the remembered imports of a wheel, or reads all of its sources and remembers.</summary>
    public static WheelImports Open(ResolvedWheel wheel, CancellationToken cancellation)
    {
        var imports = new WheelImports();
        if (imports.TryLoad(wheel))
        {
            return imports;
        }

        WheelMember[] sources = [.. WheelIndex.Open(wheel, cancellation).Members.Where(m => IsSource(m.Place, m.Path, m.Size))];
        var found = new IReadOnlyList<PythonImport>[sources.Length];
        SideBySide.For(sources.Length, i => found[i] = Read(new WheelContent(wheel, sources[i])), cancellation);
        for (int i = 0; i < sources.Length; i++)
        {
            imports.Add(sources[i].Path, found[i]);
        }

        imports.Save(wheel);
        return imports;
    }

    /// <summary>The imports of a source, wherever it comes from; none of one that is larger than any source.</summary>
    public static IReadOnlyList<PythonImport> Read(EntryContent source) =>
        source.Size > LargestSource ? [] : PythonImports.Parse(Bytes(source));

    /// <summary>Whether a source changes how modules are found.</summary>
    public static bool ChangesImports(EntryContent source) =>
        source.Size <= LargestSource && PythonImports.ChangesImports(Bytes(source));

    /// <summary>Not from several threads at once.</summary>
    public void Add(string path, IReadOnlyList<PythonImport> imports) => _imports[path] = imports;

    public void Save(ResolvedWheel wheel)
    {
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        var modules = new MemoryStream();
        using var writer = new BinaryWriter(modules);
        int count = 0;
        foreach ((string path, IReadOnlyList<PythonImport> imports) in _imports.Where(m => m.Value.Count > 0).OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            count++;
            writer.Write(path);
            long start = modules.Position;
            writer.Write(0);
            writer.Write7BitEncodedInt(imports.Count);
            foreach (PythonImport import in imports)
            {
                writer.Write7BitEncodedInt(Number(import.Module));
                writer.Write7BitEncodedInt(import.Level);
                writer.Write7BitEncodedInt(import.Line);
                writer.Write7BitEncodedInt(import.Names.Count);
                foreach (string name in import.Names)
                {
                    writer.Write7BitEncodedInt(Number(name));
                }
            }

            long end = modules.Position;
            modules.Position = start;
            writer.Write((int)(end - start) - sizeof(int));
            modules.Position = end;
        }

        writer.Flush();
        WheelNote.TryWrite(NotePath(wheel), Magic, wheel, note =>
        {
            note.Write(texts.Count);
            foreach (string text in texts.OrderBy(t => t.Value).Select(t => t.Key))
            {
                note.Write(text);
            }

            note.Write(count);
            note.Write(modules.GetBuffer().AsSpan(0, (int)modules.Length));
        });

        int Number(string text)
        {
            texts.TryAdd(text, texts.Count);
            return texts[text];
        }
    }

    private static string NotePath(ResolvedWheel wheel) => wheel.Path + ".imports";

    private static byte[] Bytes(EntryContent source)
    {
        var bytes = new byte[source.Size];
        using Stream stream = source.Open();
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    private bool TryLoad(ResolvedWheel wheel)
    {
        if (WheelNote.TryRead(NotePath(wheel), Magic, wheel) is not var (_, note))
        {
            return false;
        }

        _note = note;
        _texts = new string[note.ReadInt32()];
        for (int i = 0; i < _texts.Length; i++)
        {
            _texts[i] = note.ReadString();
        }

        int modules = note.ReadInt32();
        _remembered.EnsureCapacity(modules);
        for (; modules > 0; modules--)
        {
            string path = note.ReadString();
            int length = note.ReadInt32();
            _remembered[path] = (int)note.BaseStream.Position;
            note.BaseStream.Position += length;
        }

        return true;
    }

    private PythonImport[] ReadModule(BinaryReader note)
    {
        var imports = new PythonImport[note.Read7BitEncodedInt()];
        for (int i = 0; i < imports.Length; i++)
        {
            string module = _texts[note.Read7BitEncodedInt()];
            int level = note.Read7BitEncodedInt();
            int line = note.Read7BitEncodedInt();
            string[] names = new string[note.Read7BitEncodedInt()];
            for (int n = 0; n < names.Length; n++)
            {
                names[n] = _texts[note.Read7BitEncodedInt()];
            }

            imports[i] = new PythonImport(module, level, names, line);
        }

        return imports;
    }
}
