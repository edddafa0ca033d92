using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Python;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Declare;

/// <summary>What applies to all layers of a project.</summary>
internal sealed record ProjectDefaults
{
    /// <summary>Full path of the folder of the project file.</summary>
    public required string Directory { get; init; }

    /// <summary><c>LambdaLayerRuntimes</c>, as written.</summary>
    public string? Runtimes { get; init; }

    /// <summary><c>LambdaLayerArchitectures</c>, as written.</summary>
    public string? Architectures { get; init; }

    /// <summary>Full paths of the folders that the build writes to.</summary>
    public IReadOnlyList<string> BuildFolders { get; init; } = [];

    /// <summary>The day that deprecation dates are compared with.</summary>
    public required DateOnly Today { get; init; }
}

/// <summary>Turns <c>LambdaLayer</c> and <c>LambdaLayerContent</c> items into valid declarations, or says what is wrong.</summary>
internal sealed class LayerReader(ProjectDefaults defaults, DiagnosticLog log)
{
    private const int MaxRuntimes = 15;
    private const int MaxDescription = 256;
    private const int MaxLicenseInfo = 512;

    private static readonly Dictionary<string, string> ArchitectureAliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["x64"] = "x86_64",
        ["amd64"] = "x86_64",
        ["x86-64"] = "x86_64",
        ["intel"] = "x86_64",
        ["aarch64"] = "arm64",
        ["armv8"] = "arm64",
        ["graviton"] = "arm64",
    };

    /// <summary>
    /// Whether to warn about a layer, by name: the warnings of one that is up to date are not the reader's business. Its
    /// errors are: they come from the items beside it.
    /// </summary>
    public Func<string, bool> Warns { get; init; } = _ => true;

    /// <summary>Reads all items; those with an error are left out of the result.</summary>
    public IReadOnlyList<LayerDeclaration> Read(IReadOnlyList<LayerItem> layers, IReadOnlyList<LayerItem> content)
    {
        // A layer without a file that it was to hold must not be built: it would look finished.
        var failed = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        Dictionary<string, List<ContentFile>> contentOf = ReadContent(layers, content, failed);
        var declarations = new List<LayerDeclaration>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (LayerItem item in layers)
        {
            DiagnosticLog parent = Warns(item.Include) ? log : new DiagnosticLog(d => (d.Severity == Severity.Error ? log : new DiagnosticLog()).Add(d));
            DiagnosticLog itemLog = parent.Child(item.DefiningFile);
            if (!names.Add(item.Include))
            {
                itemLog.Error("LB1009", $"Layer '{item.Include}': it is declared twice (names that differ only in case would share a zip on some disks). Give each LambdaLayer item its own name.");
                failed.Add(item.Include);
                continue;
            }

            LayerDeclaration? declaration = Read(item, itemLog, contentOf.GetValueOrDefault(item.Include, []));
            if (declaration is not null && !itemLog.HasErrors)
            {
                declarations.Add(declaration with { Warnings = itemLog.Warnings });
            }
        }

        return [.. declarations.Where(d => !failed.Contains(d.Name.Value))];
    }

    private LayerDeclaration? Read(LayerItem item, DiagnosticLog itemLog, List<ContentFile> content)
    {
        if (!LayerName.TryParse(item.Include, out LayerName name))
        {
            itemLog.Error("LB1001", $"Layer '{item.Include}': the name is not valid in Lambda. Use 1 to {LayerName.MaxLength} letters (a-z, A-Z), digits, hyphens and underscores.");
            return null;
        }

        WarnOfMisspeltMetadata(item, itemLog);
        IReadOnlyList<LambdaRuntime> runtimes = ReadRuntimes(item, itemLog);
        Architecture[] architectures = ReadArchitectures(item, runtimes, itemLog);
        int longest = LayerName.MaxLength - (architectures.Length > 1 ? architectures.Max(a => a.Id.Length) + 1 : 0);
        if (name.Value.Length > longest)
        {
            itemLog.Error("LB1001", $"Layer '{name}': the name has {name.Value.Length} characters. For two architectures it can have at most {longest}, because the layers are published as <name>-x86_64 and <name>-arm64.");
        }

        var declaration = new LayerDeclaration
        {
            Name = name,
            ProjectFile = item.DefiningFile,
            ProjectDirectory = defaults.Directory,
            Runtimes = runtimes,
            Architectures = architectures,
            Description = Limited(item, "Description", MaxDescription, itemLog),
            LicenseInfo = Limited(item, "LicenseInfo", MaxLicenseInfo, itemLog),
            SourceDirectory = ReadSourceDirectory(item, itemLog),
            Packages = item.List("Packages"),
            AllowSdist = [.. item.List("AllowSdist").Select(DistributionName.Normalize)],
            ExcludeFiles = item.List("ExcludeFiles"),
            Slim = ReadBoolean(item, "Slim", itemLog),
            Bytecode = ReadBytecode(item, itemLog),
            Imports = item.List("Imports"),
            MaxZippedSize = ReadSize(item, "MaxZippedSize", itemLog),
            MaxUnzippedSize = ReadSize(item, "MaxUnzippedSize", itemLog),
            MaxGrowth = ReadGrowth(item, itemLog),
            ShareWith = item.List("ShareWith"),
            AllowPublic = ReadBoolean(item, "AllowPublic", itemLog),
            AllowFindings = item.List("AllowFindings"),
            DisallowLicenses = item.List("DisallowLicenses"),
            ContentItems = content,
        };
        WarnOfDeprecatedRuntimes(declaration, itemLog);
        declaration = declaration with
        {
            RequirementFiles = ReadFiles(item, "Requirements", "requirements.txt", declaration.SourceDirectory, itemLog),
            PackageJson = ReadFiles(item, "PackageJson", "package.json", declaration.SourceDirectory, itemLog).FirstOrDefault(),
        };
        if (item.Get("Kind") is { } kind && !kind.Equals("content", StringComparison.OrdinalIgnoreCase))
        {
            itemLog.Error("LB1010", $"Layer '{name}': Kind is '{kind}'. Expected content, the only kind in this version.");
        }

        if (item.Get("Command") is not null)
        {
            itemLog.Error("LB1021", $"Layer '{name}': this version does not run a Command. Make the files in a target of your own that runs before BuildLambdaLayers, and add them as LambdaLayerContent items.");
        }

        if (declaration.HasRequirements && !declaration.PythonRuntimes.Any() && !itemLog.HasErrors)
        {
            itemLog.Error("LB1022", $"Layer '{name}': it asks for Python packages but declares no Python runtime. Declare the runtimes that it is for, like CompatibleRuntimes=\"python3.13\".");
        }

        // A Python layer may hold a package.json of other tools; one that is named, or that has no runtime to go by, is meant.
        if (declaration.PackageJson is not null && !declaration.HasNpmPackages && (item.Get("PackageJson") is not null || declaration.Runtimes.Count == 0))
        {
            itemLog.Error("LB1022", $"Layer '{name}': it has a package.json but declares no Node.js runtime. Declare the runtimes that it is for, like CompatibleRuntimes=\"nodejs22.x\".");
        }

        return declaration;
    }

    private void WarnOfDeprecatedRuntimes(LayerDeclaration layer, DiagnosticLog itemLog)
    {
        foreach (LambdaRuntime runtime in layer.Runtimes)
        {
            if (runtime.Deprecated is { } deprecated && deprecated <= defaults.Today && !layer.Accepts("LB1008", runtime.Id))
            {
                itemLog.Warning("LB1008", $"Layer '{layer.Name}': {runtime} has been deprecated since {Day(deprecated)}{Blocked("no function can be created with it from", runtime.CreateBlocked)}{Blocked("none can be updated from", runtime.UpdateBlocked)}. Move its functions to a later runtime.");
            }
        }

        static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        static string Blocked(string what, DateOnly? day) => day is null ? "" : $"; {what} {Day(day.Value)}";
    }

    private static void WarnOfMisspeltMetadata(LayerItem item, DiagnosticLog itemLog)
    {
        foreach (string name in item.Metadata.Keys.Order(StringComparer.Ordinal))
        {
            if (name.Equals("Exclude", StringComparison.OrdinalIgnoreCase))
            {
                itemLog.Error("LB1031", $"Layer '{item.Include}': the metadata 'Exclude' is called ExcludeFiles. MSBuild keeps the name Exclude to itself. Write <ExcludeFiles>{item.Get(name)}</ExcludeFiles>.");
            }
            else if (ItemMetadata.Meant(ItemMetadata.Layer, name) is { } meant)
            {
                itemLog.Warning("LB1011", $"Layer '{item.Include}': LayerBuild has no metadata '{name}'. Did you mean '{meant}'?");
            }
        }
    }

    private List<LambdaRuntime> ReadRuntimes(LayerItem item, DiagnosticLog itemLog)
    {
        var runtimes = new List<LambdaRuntime>();
        foreach (string id in LayerItem.Split(item.Get("CompatibleRuntimes") ?? defaults.Runtimes))
        {
            LambdaRuntime? runtime = LambdaRuntime.Find(id);
            if (runtime is null)
            {
                string meant = id.AsSpan().IndexOfAny(',', ' ') >= 0 ? "Separate runtimes with semicolons: python3.12;python3.13."
                    : Spelling.Closest(id, LambdaRuntime.All.Select(r => r.Id)) is { } close ? $"Did you mean '{close}'?"
                    : "Known runtimes: " + string.Join(", ", LambdaRuntime.All.Where(r => r.Deprecated is null || r.Deprecated > defaults.Today).Select(r => r.Id)) + ".";
                itemLog.Error("LB1002", $"Layer '{item.Include}': Lambda has no runtime '{id}'. {meant}");
                continue;
            }

            runtimes.Add(runtime);
        }

        if (runtimes.Count > MaxRuntimes)
        {
            itemLog.Error("LB1023", $"Layer '{item.Include}': it names {runtimes.Count} runtimes; a layer version can have at most {MaxRuntimes}.");
        }

        return runtimes;
    }

    private Architecture[] ReadArchitectures(LayerItem item, IReadOnlyList<LambdaRuntime> runtimes, DiagnosticLog itemLog)
    {
        var found = new HashSet<Architecture>();
        foreach (string id in LayerItem.Split(item.Get("CompatibleArchitectures") ?? defaults.Architectures))
        {
            if (Architecture.Find(id) is { } architecture)
            {
                found.Add(architecture);
                continue;
            }

            string meant = ArchitectureAliases.GetValueOrDefault(id)
                ?? Spelling.Closest(id, Architecture.All.Select(a => a.Id)) ?? "";
            string help = id.AsSpan().IndexOfAny(',', ' ') >= 0 ? "; separate them with a semicolon." : meant.Length == 0 ? "." : $"; did you mean '{meant}'?";
            itemLog.Error("LB1007", $"Layer '{item.Include}': Lambda has no architecture '{id}', only x86_64 and arm64{help}");
        }

        if (found.Count == 0)
        {
            found.Add(Architecture.X64);
        }

        foreach (LambdaRuntime runtime in runtimes)
        {
            foreach (Architecture architecture in found.Except(runtime.Architectures))
            {
                itemLog.Error("LB1007", $"Layer '{item.Include}': it is for {architecture}, but {runtime} runs only on {string.Join(" and ", runtime.Architectures)}. Remove one of them.");
            }
        }

        return [.. Architecture.All.Where(found.Contains)];
    }

    private string? ReadSourceDirectory(LayerItem item, DiagnosticLog itemLog)
    {
        string? written = item.Get("SourceDirectory");
        string directory = FullPath(written ?? Path.Combine("layers", item.Include));
        if (Directory.Exists(directory))
        {
            string prefix = Path.TrimEndingDirectorySeparator(directory) + Path.DirectorySeparatorChar;
            if (defaults.BuildFolders.FirstOrDefault(folder => folder.StartsWith(prefix, StringComparison.Ordinal)) is { } own)
            {
                itemLog.Error("LB1024", $"Layer '{item.Include}': SourceDirectory {directory} contains {own}, which the build writes to, so the layer would contain itself. Put its files in a folder of their own, like layers/{item.Include}.");
            }

            return directory;
        }

        if (written is not null)
        {
            itemLog.Error("LB1012", File.Exists(directory)
                ? $"Layer '{item.Include}': SourceDirectory is a file: {directory}. Name the folder that it is in, or add the file as a LambdaLayerContent item."
                : $"Layer '{item.Include}': SourceDirectory does not exist: {directory}. Paths are relative to the project's folder.");
        }

        return null;
    }

    private string[] ReadFiles(LayerItem item, string metadata, string byDefault, string? sourceDirectory, DiagnosticLog itemLog)
    {
        string[] written = item.List(metadata);
        if (written.Length == 0)
        {
            string? found = sourceDirectory is null ? null : Path.Combine(sourceDirectory, byDefault);
            return File.Exists(found) ? [found] : [];
        }

        string[] files = [.. written.Select(FullPath)];
        foreach (string file in files.Where(f => !File.Exists(f)))
        {
            itemLog.Error("LB1012", $"Layer '{item.Include}': the {metadata} file does not exist: {file}. Paths are relative to the project's folder.");
        }

        return files;
    }

    /// <param name="failed">Takes the names of layers that lack a file because of an error.</param>
    private Dictionary<string, List<ContentFile>> ReadContent(IReadOnlyList<LayerItem> layers, IReadOnlyList<LayerItem> content, HashSet<string> failed)
    {
        var contentOf = new Dictionary<string, List<ContentFile>>(StringComparer.Ordinal);
        string[] names = [.. layers.Select(l => l.Include).Distinct(StringComparer.Ordinal)];
        foreach (LayerItem item in content)
        {
            string[] owners = item.List("Layer");
            if (owners.Length == 0 && names.Length == 1)
            {
                owners = names;
            }

            if (owners.Length == 0 || owners.FirstOrDefault(o => !names.Contains(o, StringComparer.Ordinal)) is { } && names.Length > 0)
            {
                string unknown = owners.FirstOrDefault(o => !names.Contains(o, StringComparer.Ordinal)) ?? "";
                string said = owners.Length == 0 ? "does not say which layer it is for" : $"is for the layer '{unknown}', which the project does not declare";
                log.Add(Diagnostic.Error("LB1013", $"The LambdaLayerContent item '{item.Include}' {said}. Set Layer to one of: {string.Join(", ", names)}.") with { File = item.DefiningFile });
                failed.UnionWith(names);
                continue;
            }

            if (ReadContentFile(item) is not { } file)
            {
                failed.UnionWith(owners);
            }
            else
            {
                foreach (string owner in owners)
                {
                    if (!contentOf.TryGetValue(owner, out List<ContentFile>? files))
                    {
                        contentOf.Add(owner, files = []);
                    }

                    files.Add(file);
                }
            }
        }

        return contentOf;
    }

    private ContentFile? ReadContentFile(LayerItem item)
    {
        string source = FullPath(item.Include);
        var info = new FileInfo(source);
        FileSystemInfo? linked = info.Exists ? info.ResolveLinkTarget(returnFinalTarget: true) : null;
        if (!info.Exists || linked is { Exists: false })
        {
            log.Add(Diagnostic.Error("LB1012", Directory.Exists(source)
                ? $"The LambdaLayerContent item '{item.Include}' is a folder. Include its files, like Include=\"{item.Include.TrimEnd('/', '\\')}/**\"."
                : $"The LambdaLayerContent file '{item.Include}' does not exist ({source}).") with { File = item.DefiningFile });
            return null;
        }

        if (ContentCollector.IsSpecial(linked as FileInfo ?? info))
        {
            log.Add(Diagnostic.Error("LB1003", $"The LambdaLayerContent item '{item.Include}' is a pipe, a socket or a device, which a zip cannot hold. Leave it out.") with { File = item.DefiningFile });
            return null;
        }

        string? targetPath = item.Get("TargetPath")?.Replace('\\', '/');
        string target = targetPath is not null && !targetPath.EndsWith('/')
            ? targetPath
            : (targetPath ?? item.Get("TargetDirectory") ?? "").Replace('\\', '/').TrimEnd('/') + "/"
                + (item.Get("RecursiveDir") ?? "").Replace('\\', '/') + Path.GetFileName(source);
        if (item.Get("TargetDirectory") is null && targetPath is null)
        {
            target = target.TrimStart('/');
        }

        if (!ZipPath.TryParse(target, out ZipPath path))
        {
            log.Add(Diagnostic.Error("LB1003", $"The file '{item.Include}' would go to '{target}', outside the layer. A target path is relative to /opt, with forward slashes and without '..', like python/{Path.GetFileName(source)}.") with { File = item.DefiningFile });
            return null;
        }

        return new ContentFile(path, source, ContentCollector.KindOf(path, source), (linked as FileInfo ?? info).Length);
    }

    private static string? Limited(LayerItem item, string metadata, int longest, DiagnosticLog itemLog)
    {
        string? value = item.Get(metadata);
        if (value?.Length > longest)
        {
            itemLog.Error("LB1025", $"Layer '{item.Include}': {metadata} has {value.Length} characters; Lambda allows at most {longest}.");
        }

        return value;
    }

    private static bool ReadBoolean(LayerItem item, string metadata, DiagnosticLog itemLog)
    {
        string? value = item.Get(metadata);
        if (value is null || bool.TryParse(value, out bool result))
        {
            return value is not null && bool.Parse(value);
        }

        itemLog.Error("LB1010", $"Layer '{item.Include}': {metadata} is '{value}'. Expected true or false.");
        return result;
    }

    private static BytecodeMode ReadBytecode(LayerItem item, DiagnosticLog itemLog)
    {
        switch (item.Get("Bytecode")?.ToLowerInvariant())
        {
            case null or "none":
                return BytecodeMode.None;
            case "unchecked-hash":
                return BytecodeMode.UncheckedHash;
            default:
                itemLog.Error("LB1010", $"Layer '{item.Include}': Bytecode is '{item.Get("Bytecode")}'. Expected none or unchecked-hash.");
                return BytecodeMode.None;
        }
    }

    private static ByteSize? ReadSize(LayerItem item, string metadata, DiagnosticLog itemLog)
    {
        string? value = item.Get(metadata);
        if (value is null)
        {
            return null;
        }

        if (ByteSize.TryParse(value, out ByteSize size))
        {
            return size;
        }

        itemLog.Error("LB1010", $"Layer '{item.Include}': {metadata} is '{value}'. Expected bytes, or a number with a unit, like 12582912, 12 MB (1000s) or 12 MiB (1024s).");
        return null;
    }

    private static string? ReadGrowth(LayerItem item, DiagnosticLog itemLog)
    {
        string? value = item.Get("MaxGrowth");
        if (value is null
            || ByteSize.TryParse(value, out _)
            || (value.EndsWith('%') && decimal.TryParse(value[..^1].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _)))
        {
            return value;
        }

        itemLog.Error("LB1010", $"Layer '{item.Include}': MaxGrowth is '{value}'. Expected a percentage or a size, like 5% or 500 KB.");
        return null;
    }

    private string FullPath(string path) =>
        Path.GetFullPath(Path.DirectorySeparatorChar == '/' ? path.Replace('\\', '/') : path, defaults.Directory);
}
