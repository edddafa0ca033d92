using System.Globalization;
using System.Text;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks.UpToDate;

/// <summary>
/// Everything that is known of a layer before it is built, as names and values: the items' metadata, the options of the
/// tasks that build, source files by their stamps. The task that looks what is out of date and the one that builds make this
/// list of the same parameters; any difference rebuilds the layer.
/// </summary>
/// <param name="options">The one item whose metadata are the options.</param>
/// <param name="projectDirectory">Full path of the folder that relative paths start from.</param>
internal sealed class DeclaredInputs(ITaskItem[] layers, ITaskItem[] content, ITaskItem options, string projectDirectory)
{
    /// <summary>Endings of the names that the zips of a layer may have: its own, and one for each architecture.</summary>
    internal static readonly string[] ZipEndings = ["", "-x86_64", "-arm64"];

    /// <summary>What npm keeps beside a package.json: locks, which a build may write (its state names them), and what it installs for this machine.</summary>
    private static readonly string[] Npms = ["package-lock.json", "npm-shrinkwrap.json", "node_modules"];

    private readonly HashSet<string> _names = new(layers.Select(l => l.ItemSpec), StringComparer.Ordinal);

    private readonly List<KeyValuePair<string, string>> _common = Common(options);

    private readonly List<KeyValuePair<string, string>> _baseline = Baseline(options, projectDirectory);

    private List<KeyValuePair<string, string>>? _watched;

    /// <summary>Full paths of the advisories that packages are looked up in.</summary>
    public IReadOnlyList<string> Advisories { get; } = AdvisoryPaths(options, projectDirectory);

    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public List<KeyValuePair<string, string>> Of(ITaskItem layer)
    {
        _watched ??= [.. Advisories.Select(path => KeyValuePair.Create($"advisories {path}", AdvisoryStamp(path)))];
        List<KeyValuePair<string, string>> inputs = [.. _common, .. _watched];
        foreach ((string name, string value) in Metadata(layer))
        {
            // With whom a layer is shared is the publisher's business; that it is decides what a check says.
            inputs.Add(new($"metadata {name}", name.Equals("ShareWith", StringComparison.OrdinalIgnoreCase) ? "anybody" : value));
        }

        string source = FullPath(layer.GetMetadata("SourceDirectory") is { Length: > 0 } written ? written : $"layers/{layer.ItemSpec}");
        string[] requirements = Files(layer, "Requirements");
        string[] manifests = Files(layer, "PackageJson");
        foreach (string file in (string[])[.. requirements, .. manifests])
        {
            inputs.Add(new($"file {file}", StateFile.StampOf(file)));
        }

        FolderFiles.Add(source, Skipped(source, requirements, manifests), inputs);
        foreach (ITaskItem item in content)
        {
            if (IsFor(item, layer.ItemSpec))
            {
                string path = item.GetMetadata("FullPath");
                inputs.Add(new($"content {path}", $"{StateFile.StampOf(path)} {item.GetMetadata("RecursiveDir")} {Digest(item, except: "Layer")}"));
            }
        }

        foreach (KeyValuePair<string, string> file in _baseline)
        {
            if (IsOf(Path.GetFileName(file.Key), layer.ItemSpec))
            {
                inputs.Add(file);
            }
        }

        return inputs;
    }

    /// <summary>Name and value of an item's metadata that are not blank, sorted by name.</summary>
    private static List<KeyValuePair<string, string>> Metadata(ITaskItem item)
    {
        var metadata = new List<KeyValuePair<string, string>>();
        foreach (string name in item.CloneCustomMetadata().Keys)
        {
            if (item.GetMetadata(name) is var value && !string.IsNullOrWhiteSpace(value))
            {
                metadata.Add(new(name, value));
            }
        }

        metadata.Sort((a, b) => string.Compare(a.Key, b.Key, StringComparison.OrdinalIgnoreCase));
        return metadata;
    }

    /// <summary>Changes with an item's metadata.</summary>
    /// <param name="except">One that does not count: which other layers have a file is no matter of this one's.</param>
    internal static string Digest(ITaskItem item, string? except = null)
    {
        var text = new StringBuilder();
        foreach ((string name, string value) in Metadata(item).Where(m => !m.Key.Equals(except, StringComparison.OrdinalIgnoreCase)))
        {
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        return Hash(text.ToString());
    }

    /// <summary>LayerBuild itself and the options. Their values may hold credentials of an index: a hash of them is kept.</summary>
    internal static List<KeyValuePair<string, string>> Common(ITaskItem options)
    {
        List<KeyValuePair<string, string>> inputs = [new("LayerBuild", Tool.Identity)];
        foreach ((string name, string value) in Metadata(options))
        {
            inputs.Add(new($"option {name}", Hash(value)));
        }

        return inputs;
    }

    /// <summary>The manifests that layers are compared with: those of a folder, or the zip that holds them.</summary>
    internal static List<KeyValuePair<string, string>> Baseline(ITaskItem options, string projectDirectory)
    {
        if (options.GetMetadata("Baseline") is not { Length: > 0 } written)
        {
            return [];
        }

        string path = Path.GetFullPath(written, projectDirectory);
        string[] files = [path];
        if (Directory.Exists(path))
        {
            files = Directory.GetFiles(path, "*.layer.json", SearchOption.AllDirectories);
            Array.Sort(files, StringComparer.Ordinal);
        }

        string own = options.GetMetadata("OutputPath");
        return [.. files.Where(file => !file.StartsWith(own, StringComparison.Ordinal)).Select(file => KeyValuePair.Create($"baseline {file}", StateFile.StampOf(file)))];
    }

    private static string[] AdvisoryPaths(ITaskItem options, string projectDirectory) =>
        Array.ConvertAll(Split(options.GetMetadata("Advisories")), path => FullPath(path, projectDirectory));

    /// <summary>Of a folder, one for all of its files: there may be hundreds of thousands.</summary>
    private static string AdvisoryStamp(string path) => Directory.Exists(path)
        ? Hash(string.Join('\n', AdvisoryFiles.Below(path).Select(file => $"{file} {TargetStamp(file)}")))
        : TargetStamp(path);

    /// <summary>Of what a link leads to: that is what is read.</summary>
    private static string TargetStamp(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? StateFile.StampOf(file)
            : file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? $"{target.FullName} {StateFile.StampOf(target)}"
            : "-";
    }

    private static bool IsOf(string file, string layer) =>
        !file.EndsWith(".json", StringComparison.Ordinal) || Array.Exists(ZipEndings, ending => file == $"{layer}{ending}.layer.json");

    /// <summary>Full paths of what lies in the source directory and is not looked at.</summary>
    private static HashSet<string> Skipped(string source, string[] requirements, string[] manifests)
    {
        var skipped = new HashSet<string>(StringComparer.Ordinal);
        foreach (string file in requirements)
        {
            skipped.Add(Path.ChangeExtension(file, ".lock.txt"));
        }

        foreach (string folder in manifests.Select(file => Path.GetDirectoryName(file)!).Append(source))
        {
            skipped.UnionWith(Npms.Select(name => Path.Combine(folder, name)));
        }

        foreach (string folder in new[] { source, Path.Combine(source, "python") }.Where(Directory.Exists))
        {
            skipped.UnionWith(Directory.EnumerateFiles(folder, "requirements*.lock.txt"));
        }

        return skipped;
    }

    /// <summary>One that is for no layer of the project is every layer's: the build says what is wrong with it.</summary>
    private bool IsFor(ITaskItem item, string layer)
    {
        string[] owners = Split(item.GetMetadata("Layer"));
        return owners.Length == 0 || owners.Contains(layer, StringComparer.Ordinal) || !Array.TrueForAll(owners, _names.Contains);
    }

    private string[] Files(ITaskItem layer, string metadata) => Array.ConvertAll(Split(layer.GetMetadata(metadata)), FullPath);

    private static string[] Split(string list) => list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private string FullPath(string path) => FullPath(path, projectDirectory);

    private static string FullPath(string path, string projectDirectory) =>
        Path.GetFullPath(Path.DirectorySeparatorChar == '/' ? path.Trim().Replace('\\', '/') : path.Trim(), projectDirectory);

    /// <summary>FNV-1a, 64 bits: cheap, and enough to tell two values apart.</summary>
    private static string Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in text)
        {
            hash = unchecked((hash ^ c) * 1099511628211);
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}
