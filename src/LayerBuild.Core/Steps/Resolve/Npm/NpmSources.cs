using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Npm;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>
/// The files that npm reads for a layer: package.json, lock file, .npmrc, and what <c>file:</c> dependencies and
/// workspaces name. npm works on a copy of them, in which they lie to each other as they do in the project.
/// </summary>
internal sealed class NpmSources
{
    /// <summary>Name of the lock file in a copy, whatever its own: npm 12 does not know the other any more.</summary>
    public const string CopiedLock = "package-lock.json";

    /// <summary>The first that exists counts; their content is the same.</summary>
    private static readonly string[] LockNames = ["npm-shrinkwrap.json", CopiedLock];

    /// <summary>Never part of a package that npm packs; credentials among them.</summary>
    private static readonly string[] NotPacked = ["node_modules", ".git", ".svn", ".hg", ".npmrc", ".DS_Store", "package-lock.json"];

    private readonly string _root;
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    private NpmSources(string packageJson, string root, NpmManifest manifest)
    {
        PackageJson = packageJson;
        ProjectDirectory = Path.GetDirectoryName(packageJson)!;
        Manifest = manifest;
        _root = root;
    }

    /// <summary>Full path.</summary>
    public string PackageJson { get; }

    /// <summary>Full path of the folder of <see cref="PackageJson"/>.</summary>
    public string ProjectDirectory { get; }

    public NpmManifest Manifest { get; }

    /// <summary>Full path of the lock file that exists; else where npm would write one.</summary>
    public string LockFile => LockNames.Select(n => Path.Combine(ProjectDirectory, n)).FirstOrDefault(File.Exists)
        ?? Path.Combine(ProjectDirectory, LockNames[^1]);

    /// <summary>Whether a local dependency has local dependencies of its own.</summary>
    public bool HasNestedLocalPackages { get; private init; }

    private string Settings => Path.Combine(ProjectDirectory, ".npmrc");

    /// <summary>Full paths of all files that the installation depends on, those too that do not exist yet.</summary>
    public IReadOnlyList<string> InputFiles =>
        [.. LockNames.Select(n => Path.Combine(ProjectDirectory, n)).Append(PackageJson).Append(Settings).Concat(_files.Values).Distinct(StringComparer.Ordinal)];

    /// <summary>Where <see cref="ProjectDirectory"/> lies within a copy; empty for its root.</summary>
    public string ProjectFolder => Path.GetRelativePath(_root, ProjectDirectory) is var path && path == "." ? "" : path;

    /// <param name="packageJson">Full path.</param>
    /// <param name="own">Full path of a folder that is not looked into: the build's own.</param>
    /// <exception cref="DiagnosticException">LB2011: a file is missing or cannot be read as npm would.</exception>
    public static NpmSources Read(string packageJson, string own)
    {
        NpmManifest manifest = ReadManifest(packageJson, "the layer");
        var folders = new List<string>();
        var tarballs = new List<string>();
        bool nested = FindLocal(packageJson, manifest, folders, tarballs, isRoot: true);

        string project = Path.GetDirectoryName(packageJson)!;
        foreach (string pattern in manifest.Workspaces.Where(p => !p.StartsWith('!')))
        {
            // npm decides which folders are workspaces; more than those may be copied.
            string[] parts = pattern.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);
            string[] plain = [.. parts.TakeWhile(p => p.IndexOfAny(['*', '?', '[', '{', '(', '!']) < 0)];
            string folder = Path.GetFullPath(Path.Combine([project, .. plain]));
            if (Directory.Exists(folder))
            {
                folders.Add(folder);
            }
        }

        string root = folders.Concat(tarballs.Select(t => Path.GetDirectoryName(t)!)).Aggregate(project, CommonFolder);
        var sources = new NpmSources(packageJson, root, manifest) { HasNestedLocalPackages = nested };
        foreach (string folder in folders)
        {
            sources.AddFolder(new DirectoryInfo(folder), Path.TrimEndingDirectorySeparator(own));
        }

        foreach (string file in tarballs.Append(packageJson).Append(sources.Settings).Where(File.Exists))
        {
            sources.Add(file);
        }

        return sources;
    }

    /// <summary>SHA-256 over names and bytes, lower-case hex; does not depend on where the project lies.</summary>
    public string Hash(params ReadOnlySpan<string> more)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in more)
        {
            Append(text);
        }

        Append(ProjectFolder.Replace('\\', '/'));
        foreach ((string name, string path) in _files)
        {
            Append(name);
            using FileStream stream = File.OpenRead(path);
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(string text) => hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Copies them into an empty folder, without the lock file.</summary>
    public void CopyTo(string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetFullPath(Path.Combine(folder, ProjectFolder)));
        foreach ((string name, string path) in _files)
        {
            cancellation.ThrowIfCancellationRequested();
            string target = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target, overwrite: true);
        }
    }

    /// <summary>The settings that the project itself makes, by npm's names for them.</summary>
    public IReadOnlySet<string> ReadSettings()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (File.Exists(Settings))
        {
            foreach (string line in File.ReadLines(Settings))
            {
                string text = line.Trim();
                if (text.Length > 0 && text[0] is not (';' or '#' or '['))
                {
                    names.Add(text.Split('=', 2)[0].Trim().Replace("[]", "", StringComparison.Ordinal));
                }
            }
        }

        return names;
    }

    /// <summary>Local dependencies, and theirs.</summary>
    /// <returns>Whether a dependency has some.</returns>
    private static bool FindLocal(string packageJson, NpmManifest manifest, List<string> folders, List<string> tarballs, bool isRoot)
    {
        // Of a dependency, npm installs nothing that only its development needs.
        IEnumerable<KeyValuePair<string, string>> dependencies = isRoot
            ? manifest.Dependencies.Concat(manifest.DevDependencies)
            : manifest.Dependencies;
        bool nested = false;
        foreach ((string name, string range) in dependencies.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            if (LocalDependency.PathOf(range) is not { } written)
            {
                continue;
            }

            nested |= !isRoot;

            if (LocalDependency.IsOfOneMachine(written))
            {
                throw Failed(packageJson, $"{packageJson} names the dependency '{name}' by a path on this machine ('{range}'). Make it relative to the file, like file:../{name}.");
            }

            string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(written, Path.GetDirectoryName(packageJson)!));
            if (Directory.Exists(path))
            {
                if (!folders.Contains(path))
                {
                    folders.Add(path);
                    string inner = Path.Combine(path, "package.json");
                    if (!File.Exists(inner))
                    {
                        throw Failed(packageJson, $"{packageJson} names the folder {path} as the dependency '{name}', but there is no package.json in it. Correct the path, or add the file.");
                    }

                    nested |= FindLocal(inner, ReadManifest(inner, $"the dependency '{name}'"), folders, tarballs, isRoot: false);
                }
            }
            else if (File.Exists(path))
            {
                tarballs.Add(path);
            }
            else
            {
                throw Failed(packageJson, $"{packageJson} names the dependency '{name}' as '{range}', but {path} does not exist. Paths are relative to the file that names them.");
            }
        }

        return nested;
    }

    private static NpmManifest ReadManifest(string path, string whose)
    {
        try
        {
            return NpmManifest.Read(path);
        }
        catch (JsonException e)
        {
            int line = (int)(e.LineNumber ?? -1) + 1;
            throw new DiagnosticException(Diagnostic.Error("LB2033", $"The package.json of {whose} is not valid JSON: {path}. {e.Message}") with { File = path, Line = line });
        }
    }

    private static DiagnosticException Failed(string file, string message) =>
        new(Diagnostic.Error("LB2034", message) with { File = file });

    private static string CommonFolder(string a, string b)
    {
        string common = a;
        while (!WithSeparator(b).StartsWith(WithSeparator(common), StringComparison.Ordinal))
        {
            common = Path.GetDirectoryName(common) ?? throw new DiagnosticException(Diagnostic.Error(
                "LB2034", $"{a} and {b} are on different drives, so npm cannot install one as a dependency of the other. Put them on the same drive."));
        }

        return common;

        static string WithSeparator(string path) => Path.EndsInDirectorySeparator(path) ? path : path + Path.DirectorySeparatorChar;
    }

    private void AddFolder(DirectoryInfo folder, string own)
    {
        foreach (FileSystemInfo info in folder.EnumerateFileSystemInfos())
        {
            // npm does not pack links either.
            if (NotPacked.Contains(info.Name, StringComparer.Ordinal) || info.LinkTarget is not null)
            {
                continue;
            }

            if (info is FileInfo)
            {
                if (info.FullName != LockFile)
                {
                    Add(info.FullName);
                }
            }
            else if (info.FullName != own)
            {
                AddFolder((DirectoryInfo)info, own);
            }
        }
    }

    private void Add(string file) => _files[Path.GetRelativePath(_root, file).Replace('\\', '/')] = file;
}
