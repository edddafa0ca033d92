using System.Text.Json;
using LayerBuild.Files;
using LayerBuild.Lambda;
using LayerBuild.Steps.Verify;

namespace LayerBuild.Formats.Npm;

/// <summary>What a package-lock.json (or npm-shrinkwrap.json) says of the packages it places.</summary>
internal sealed class NpmLock
{
    private readonly Dictionary<string, NpmLockEntry> _entries = new(StringComparer.Ordinal);

    private NpmLock()
    {
    }

    /// <summary>
    /// Whether npm makes a copy of the local folders that <c>file:</c> dependencies name, rather than a link to them: the
    /// same choice must be made that the lock was written with. Links are followed when the files are collected.
    /// </summary>
    public bool CopiesLocalFolders { get; private set; } = true;

    /// <summary>Whether one installation serves all architectures.</summary>
    public bool SuitsAllArchitectures { get; private set; }

    public IEnumerable<KeyValuePair<string, NpmLockEntry>> Entries => _entries;

    /// <summary>Folders, relative to the project's, that are linked into node_modules.</summary>
    public IReadOnlyList<string> LinkedFolders { get; private set; } = [];

    /// <summary>
    /// Those of <see cref="LinkedFolders"/> outside of the project that need other packages: npm neither pins nor installs
    /// what they need.
    /// </summary>
    public IEnumerable<string> UnpinnedFolders => LinkedFolders.Where(f =>
        (f == ".." || f.StartsWith("../", StringComparison.Ordinal)) && _entries.GetValueOrDefault(f) is { NeedsOthers: true });

    /// <param name="json">UTF-8, with or without a byte order mark.</param>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static NpmLock Parse(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("It is not an object.");
        }

        var result = new NpmLock();
        // Version 1 has no packages; npm takes it, and looks the rest up.
        if (document.RootElement.FindObject("packages") is not { } packages)
        {
            return result;
        }

        foreach (JsonProperty package in packages.EnumerateObject())
        {
            result._entries[package.Name] = NpmLockEntry.Read(package.Value);
        }

        IReadOnlySet<string> local = result._entries.GetValueOrDefault("")?.LocalDependencies ?? new HashSet<string>();
        result.CopiesLocalFolders = !local.Any(name => result._entries.GetValueOrDefault($"node_modules/{name}") is { IsLink: true });
        result.LinkedFolders =
        [
            .. result._entries.Values.Where(e => e.IsLink).Select(e => e.Resolved).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
        result.SuitsAllArchitectures = result._entries.Values.All(e => e.IsDevelopment || e.SuitsAnyCpu);
        return result;
    }

    /// <param name="path">Of a package below the project's folder: <c>node_modules/a/node_modules/b</c>, along links too.</param>
    public NpmLockEntry? Find(string path)
    {
        string folder = "";
        NpmLockEntry? entry = null;
        foreach (string name in path.Split("node_modules/", StringSplitOptions.RemoveEmptyEntries))
        {
            folder = $"{folder}{(folder.Length > 0 ? "/" : "")}node_modules/{name.TrimEnd('/')}";
            entry = _entries.GetValueOrDefault(folder);
            if (entry is { IsLink: true, Resolved: { } target })
            {
                folder = target;
                entry = _entries.GetValueOrDefault(target);
            }
        }

        return entry;
    }
}

/// <summary>One entry of a lock file: a package, at its place.</summary>
internal sealed record NpmLockEntry
{
    /// <summary>As it states it; empty for the root of a project without a version.</summary>
    public required string Version { get; init; }

    /// <summary>Subresource integrity of the tarball: <c>sha512-…</c>; null for local packages.</summary>
    public string? Integrity { get; init; }

    /// <summary>Only development needs it.</summary>
    public bool IsDevelopment { get; init; }

    /// <summary>Left out where it does not suit the platform.</summary>
    public bool IsOptional { get; init; }

    /// <summary>A link to the folder <see cref="Resolved"/>.</summary>
    public bool IsLink { get; init; }

    /// <summary>Where it comes from; of a link, the folder, relative to the project's.</summary>
    public string? Resolved { get; init; }

    /// <summary>Whether other packages are installed with it.</summary>
    public bool NeedsOthers { get; init; }

    public bool SuitsAnyCpu { get; init; }

    /// <summary>Whether it is for some systems, processors or C libraries only.</summary>
    public bool NamesPlatform { get; init; }

    /// <summary>Why it is not for linux on x64 with glibc, and on arm64; null where it is.</summary>
    public required IReadOnlyDictionary<Architecture, string?> Excluded { get; init; }

    /// <summary>Names of its dependencies that are folders or files.</summary>
    public required IReadOnlySet<string> LocalDependencies { get; init; }

    public static NpmLockEntry Read(JsonElement entry)
    {
        var local = new HashSet<string>(StringComparer.Ordinal);
        foreach (string group in new[] { "dependencies", "optionalDependencies", "devDependencies", "peerDependencies" })
        {
            if (entry.FindObject(group) is { } dependencies)
            {
                local.UnionWith(dependencies.EnumerateObject()
                    .Where(d => d.Value.ValueKind == JsonValueKind.String && LocalDependency.IsLocal(d.Value.GetString()!))
                    .Select(d => d.Name));
            }
        }

        return new NpmLockEntry
        {
            Version = entry.FindText("version") ?? "",
            Integrity = entry.FindText("integrity"),
            IsDevelopment = Is("dev"),
            IsOptional = Is("optional") || Is("devOptional"),
            IsLink = Is("link"),
            Resolved = entry.FindText("resolved"),
            NeedsOthers = Has("dependencies") || Has("optionalDependencies") || Has("peerDependencies"),
            SuitsAnyCpu = entry.Find("cpu") is null,
            NamesPlatform = (entry.Find("cpu") ?? entry.Find("os") ?? entry.Find("libc")) is not null,
            Excluded = Architecture.All.ToDictionary(a => a, a => NpmPlatform.Excluded(entry, a)),
            LocalDependencies = local,
        };

        bool Has(string property) => entry.FindObject(property)?.EnumerateObject().Any() == true;

        bool Is(string property) => entry.Find(property)?.ValueKind == JsonValueKind.True;
    }
}
