using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using LayerBuild.Lambda;

namespace LayerBuild.Formats.Wheel;

/// <summary>A file that a wheel or a content item wants at a path; the tree holds one for each path.</summary>
/// <param name="Owner">Null for the user's own content.</param>
internal sealed record PlacedFile(string Path, EntryKind Kind, EntryContent Content, WheelInstallation? Owner);

/// <summary>One wheel, installed into one folder of a layer as <c>pip install --target</c> would.</summary>
internal sealed class WheelInstallation
{
    private static readonly GeneratedContent Installer = new("LayerBuild\n"u8.ToArray());

    private readonly ResolvedWheel _wheel;
    private readonly WheelIndex _index;
    private readonly string _interpreter;
    private readonly string[] _searchPath;

    /// <param name="folder"><c>python</c> or <c>python/lib/python3.X/site-packages</c>.</param>
    /// <param name="runtimes">Those that import from the folder.</param>
    /// <param name="single">The layer serves one Python only.</param>
    public WheelInstallation(ResolvedWheel wheel, WheelIndex index, string folder, IReadOnlyList<LambdaRuntime> runtimes, bool single)
    {
        _wheel = wheel;
        _index = index;
        Folder = folder;
        _interpreter = runtimes.Count == 1 ? $"/var/lang/bin/python{runtimes[0].PythonVersion}" : "/var/lang/bin/python3";
        // From the folder of a script to where its package, and what it requires, may lie.
        _searchPath = folder != "python" ? ["'..'", "'../../../../..'"]
            : single ? ["'..'"]
            : ["'../lib/python%d.%d/site-packages' % sys.version_info[:2]", "'..'"];
        Package = new InstalledPackage(index.Name, index.Version, wheel.FileName, wheel.Sha256, wheel.Requested, folder)
        {
            Runtimes = runtimes,
            Requires = wheel.Requires,
            Metadata = index.Metadata,
        };
    }

    public string Folder { get; }

    public InstalledPackage Package { get; }

    /// <summary>Full path of the wheel.</summary>
    public string WheelPath => _wheel.Path;

    /// <summary>Where RECORD of this installation goes.</summary>
    public string RecordPath => $"{Folder}/{_index.DistInfo}/RECORD";

    public IReadOnlyList<WheelMember> Members => _index.Members;

    /// <summary>Adds everything but RECORD, in no order.</summary>
    public void AddTo(List<PlacedFile> files)
    {
        List<ConsoleScript> scripts = EntryPoints.Scripts(_index.EntryPoints);
        var names = scripts.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        string bin = Folder + "/bin/";
        foreach (WheelMember member in _index.Members)
        {
            if (member.Place != WheelPlace.Scripts)
            {
                files.Add(Place(member, bin));
            }
            else if (!names.Contains(WithoutLauncherSuffix(member.Path)))
            {
                files.Add(new PlacedFile(bin + member.Path, EntryKind.Executable, Script(member), this));
            }
        }

        foreach (ConsoleScript script in scripts.DistinctBy(s => s.Name))
        {
            byte[] wrapper = EntryPoints.Wrapper(script, _interpreter, _searchPath);
            files.Add(new PlacedFile(bin + script.Name, EntryKind.Executable, new GeneratedContent(wrapper), this));
        }

        string info = $"{Folder}/{_index.DistInfo}/";
        files.Add(new PlacedFile(info + "INSTALLER", EntryKind.File, Installer, this));
        if (_wheel.Requested)
        {
            files.Add(new PlacedFile(info + "REQUESTED", EntryKind.File, new GeneratedContent(default), this));
        }
    }

    private PlacedFile Place(WheelMember member, string bin)
    {
        string path = $"{Folder}/{member.Path}";
        bool executable = member.Has(WheelMemberTraits.Executable) || path.StartsWith(bin, StringComparison.Ordinal);
        return new PlacedFile(path, executable ? EntryKind.Executable : EntryKind.File, new WheelContent(_wheel, member), this);
    }

    /// <summary>RECORD of the files that came into the tree for this installation, and of itself.</summary>
    /// <param name="files">Full zip paths, sorted, with what lies there in the end.</param>
    public GeneratedContent Record(List<PlacedFile> files)
    {
        var record = new ArrayBufferWriter<byte>(files.Count * 128);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (PlacedFile file in files)
        {
            ReadOnlySpan<char> relative = file.Path.AsSpan(Folder.Length + 1);
            if (file.Path == RecordPath)
            {
                WheelRecord.WriteRow(record, relative);
                continue;
            }

            file.Content.HashTo(hash);
            WheelRecord.WriteRow(record, relative, hash, file.Content.Size);
        }

        return new GeneratedContent(record.WrittenMemory);
    }

    /// <summary>Windows launchers and the scripts behind them are no scripts of their own (as pip has it).</summary>
    private static string WithoutLauncherSuffix(string script)
    {
        foreach (string suffix in (string[])[".exe", "-script.py", "-script.pyw", ".pya"])
        {
            if (script.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return script[..^suffix.Length];
            }
        }

        return script;
    }

    private EntryContent Script(WheelMember member)
    {
        var content = new WheelContent(_wheel, member);
        if (!member.Has(WheelMemberTraits.PythonScript))
        {
            return content;
        }

        byte[] source = new byte[content.Size];
        using (Stream stream = content.Open())
        {
            stream.ReadExactly(source);
        }

        int end = source.AsSpan().IndexOf((byte)'\n');
        ReadOnlySpan<byte> rest = end < 0 ? [] : source.AsSpan(end + 1);
        return new GeneratedContent((byte[])[.. Encoding.UTF8.GetBytes($"#!{_interpreter}\n"), .. rest]);
    }
}
