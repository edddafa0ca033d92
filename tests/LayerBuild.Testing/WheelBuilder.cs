using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LayerBuild.Testing;

/// <summary>
/// Makes wheels: right ones by the binary distribution format, and, through its options, each wrong one a test needs.
/// <code>
/// string path = new WheelBuilder("My-Dist", "1.0").File("my_dist/__init__.py", "x = 1\n").Requires("six>=1").WriteTo(folder);
/// </code>
/// </summary>
internal sealed class WheelBuilder(string name, string version, string tag = "py3-none-any")
{
    private const int Regular = 0x8000; // 0100000

    private readonly List<ZipMember> _members = [];
    private readonly List<string> _metadata = [];
    private readonly List<string> _extraRecord = [];
    private readonly Dictionary<string, string> _recordRows = [];
    private readonly HashSet<string> _unlisted = [];
    private readonly SortedDictionary<string, List<string>> _entryPoints = new(StringComparer.Ordinal);
    private string _body = "";
    private string _wheelVersion = "1.0";
    private bool _pure = true;
    private bool _record = true;
    private bool _wheel = true;
    private bool _metadataFile = true;
    private string? _distInfo;
    private string? _fileName;
    private Func<ZipMember, ZipMember> _change = m => m;

    /// <summary>Name of the file: the distribution's name escaped, version, tag.</summary>
    public string FileName => _fileName ?? $"{Escape(name)}-{version.Replace("-", "_", StringComparison.Ordinal)}-{tag}.whl";

    /// <summary><c>{name}-{version}.dist-info</c>.</summary>
    public string DistInfo => _distInfo ?? $"{Escape(name)}-{version}.dist-info";

    /// <summary><c>{name}-{version}.data</c>.</summary>
    public string DataFolder => $"{Escape(name)}-{version}.data";

    public WheelBuilder File(string path, string text, bool executable = false) => File(path, Encoding.UTF8.GetBytes(text), executable);

    /// <summary>A file of the root: listed in RECORD, deflated, 0644 or 0755.</summary>
    public WheelBuilder File(string path, byte[] bytes, bool executable = false) =>
        Member(new ZipMember(path, bytes) { Mode = Regular | Convert.ToInt32(executable ? "755" : "644", 8) });

    /// <summary>A file of <c>{name}-{version}.data/{key}/</c>: purelib, platlib, scripts, headers or data.</summary>
    public WheelBuilder Data(string key, string path, string text, bool executable = false) =>
        File($"{DataFolder}/{key}/{path}", text, executable);

    /// <summary>A file of the dist-info folder, besides those that every wheel has.</summary>
    public WheelBuilder Info(string path, string text) => File($"{DistInfo}/{path}", text);

    /// <summary>A member with anything about it: a hostile name, a method, flags, a wrong CRC. Listed in RECORD as it is.</summary>
    public WheelBuilder Member(ZipMember member)
    {
        _members.Add(member);
        return this;
    }

    /// <summary>A symbolic link, as zip -y writes it.</summary>
    public WheelBuilder Link(string path, string target) =>
        Member(new ZipMember(path, Encoding.UTF8.GetBytes(target)) { Mode = Convert.ToInt32("120777", 8) });

    /// <summary>Headers of METADATA behind Metadata-Version, Name and Version: <c>Requires-Python: &gt;=3.9</c>.</summary>
    public WheelBuilder Metadata(params string[] lines)
    {
        _metadata.AddRange(lines);
        return this;
    }

    /// <summary>Requires-Dist headers: <c>six&gt;=1; python_version &lt; "3.12"</c>.</summary>
    public WheelBuilder Requires(params string[] requirements) => Metadata([.. requirements.Select(r => "Requires-Dist: " + r)]);

    /// <summary>The text below the headers of METADATA.</summary>
    public WheelBuilder Description(string text)
    {
        _body = text;
        return this;
    }

    /// <summary>A line of entry_points.txt: <c>EntryPoint("console_scripts", "tool", "my_dist.cli:main")</c>.</summary>
    public WheelBuilder EntryPoint(string group, string entry, string reference)
    {
        if (!_entryPoints.TryGetValue(group, out List<string>? lines))
        {
            _entryPoints[group] = lines = [];
        }

        lines.Add($"{entry} = {reference}");
        return this;
    }

    /// <summary>Root-Is-Purelib: false.</summary>
    public WheelBuilder Platlib()
    {
        _pure = false;
        return this;
    }

    /// <summary>Wheel-Version of the WHEEL file: <c>2.0</c>.</summary>
    public WheelBuilder WheelVersion(string value)
    {
        _wheelVersion = value;
        return this;
    }

    /// <summary>RECORD does not list the file.</summary>
    public WheelBuilder Unlisted(string path)
    {
        _unlisted.Add(path);
        return this;
    }

    /// <summary>RECORD's row for the file, instead of the true one: <c>RecordRow("a.py", "a.py,sha256=AAAA,3")</c>.</summary>
    public WheelBuilder RecordRow(string path, string row)
    {
        _recordRows[path] = row;
        return this;
    }

    /// <summary>A further row of RECORD, for a file that is not there.</summary>
    public WheelBuilder ExtraRecordRow(string row)
    {
        _extraRecord.Add(row);
        return this;
    }

    public WheelBuilder WithoutRecord()
    {
        _record = false;
        return this;
    }

    public WheelBuilder WithoutWheelFile()
    {
        _wheel = false;
        return this;
    }

    public WheelBuilder WithoutMetadata()
    {
        _metadataFile = false;
        return this;
    }

    /// <summary>Another name for the dist-info folder than the file's name says.</summary>
    public WheelBuilder NamedDistInfo(string folder)
    {
        _distInfo = folder;
        return this;
    }

    /// <summary>Another name for the file than the distribution says.</summary>
    public WheelBuilder NamedFile(string fileName)
    {
        _fileName = fileName;
        return this;
    }

    /// <summary>Changes every member just before it is written: all stored, all with data descriptors.</summary>
    public WheelBuilder EachMember(Func<ZipMember, ZipMember> change)
    {
        Func<ZipMember, ZipMember> before = _change;
        _change = m => change(before(m));
        return this;
    }

    public byte[] ToBytes()
    {
        List<ZipMember> members = [.. _members];
        if (_metadataFile)
        {
            members.Add(Text($"{DistInfo}/METADATA",
                string.Join('\n', ["Metadata-Version: 2.1", $"Name: {name}", $"Version: {version}", .. _metadata]) + "\n" + (_body.Length > 0 ? "\n" + _body : "")));
        }

        if (_wheel)
        {
            members.Add(Text($"{DistInfo}/WHEEL",
                $"Wheel-Version: {_wheelVersion}\nGenerator: layerbuild-tests\nRoot-Is-Purelib: {(_pure ? "true" : "false")}\n"
                + string.Concat(Tags().Select(t => $"Tag: {t}\n"))));
        }

        if (_entryPoints.Count > 0)
        {
            members.Add(Text($"{DistInfo}/entry_points.txt",
                string.Concat(_entryPoints.Select(g => $"[{g.Key}]\n{string.Join('\n', g.Value)}\n"))));
        }

        if (_record)
        {
            var rows = new StringBuilder();
            foreach (ZipMember member in members.Where(m => !_unlisted.Contains(m.Name) && !m.Name.EndsWith('/')))
            {
                rows.Append(_recordRows.TryGetValue(member.Name, out string? row) ? row : Row(member)).Append('\n');
            }

            _extraRecord.ForEach(row => rows.Append(row).Append('\n'));
            rows.Append(Quote($"{DistInfo}/RECORD")).Append(",,\n");
            members.Add(Text($"{DistInfo}/RECORD", rows.ToString()));
        }

        var zip = new ZipBuilder();
        members.ForEach(m => zip.Add(_change(m)));
        return zip.ToBytes();
    }

    /// <returns>Full path of the wheel in <paramref name="folder"/>, which is made if it is missing.</returns>
    public string WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileName);
        System.IO.File.WriteAllBytes(path, ToBytes());
        return path;
    }

    private static ZipMember Text(string path, string text) => new(path, Encoding.UTF8.GetBytes(text));

    private static string Escape(string distribution) =>
        string.Join('_', distribution.Split('-', '_', '.').Where(p => p.Length > 0)).ToLowerInvariant();

    private static string Row(ZipMember member)
    {
        string hash = Convert.ToBase64String(SHA256.HashData(member.Data)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return string.Create(CultureInfo.InvariantCulture, $"{Quote(member.Name)},sha256={hash},{member.Data.Length}");
    }

    private static string Quote(string path) =>
        path.AsSpan().IndexOfAny(',', '"', '\n') < 0 ? path : $"\"{path.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private IEnumerable<string> Tags()
    {
        string[] parts = tag.Split('-');
        string[] three = parts[^3..];
        return from python in three[0].Split('.') from abi in three[1].Split('.') from platform in three[2].Split('.')
               select $"{python}-{abi}-{platform}";
    }
}
