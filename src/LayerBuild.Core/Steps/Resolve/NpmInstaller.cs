using System.Security.Cryptography;
using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve;

/// <summary>How npm's lock files are treated.</summary>
internal sealed record NpmOptions
{
    /// <summary>A lock file that is missing or does not fit package.json is not resolved again.</summary>
    public bool LockedMode { get; init; }

    /// <summary>Whether <see cref="LockedMode"/> was asked for by name, not only taken from the CI's settings.</summary>
    public bool LockedModeExplicit { get; init; }
}

/// <summary>What npm installed for a layer.</summary>
/// <param name="Installations">By architecture.</param>
/// <param name="InputFiles">Full paths of the files that it depends on.</param>
internal sealed record NpmContent(IReadOnlyDictionary<Architecture, NpmInstallation> Installations, IReadOnlyList<string> InputFiles)
{
    public static readonly NpmContent None = new(Architecture.All.ToDictionary(a => a, _ => NpmInstallation.Empty), []);
}

/// <summary>
/// Installs the packages of Node.js layers: <c>npm ci</c> for Linux with glibc, once for each architecture, in a folder of
/// the build's own; and only when what npm reads has changed.
/// </summary>
internal sealed class NpmInstaller(NpmOptions options, NpmEnvironment environment)
{
    /// <summary>Changes when the same sources come to be installed in another way.</summary>
    private const string Format = "layerbuild-npm-1";

    private NpmProgram? _npm;

    /// <param name="folder">Full path of the layer's intermediate folder, which no other build works in now.</param>
    /// <returns>Null when an error was logged.</returns>
    /// <exception cref="DiagnosticException">npm cannot do it.</exception>
    public async Task<NpmContent?> InstallAsync(LayerDeclaration layer, string folder, DiagnosticLog log, CancellationToken cancellation)
    {
        if (!layer.HasNpmPackages)
        {
            return NpmContent.None;
        }

        NpmSources sources = NpmSources.Read(layer.PackageJson!, folder);
        if (sources.Manifest.Dependencies.Count == 0 && sources.Manifest.Workspaces.Count == 0)
        {
            return NpmContent.None with { InputFiles = sources.InputFiles };
        }

        string lockName = Path.GetRelativePath(layer.ProjectDirectory, sources.LockFile);
        byte[]? lockFile = File.Exists(sources.LockFile) ? await File.ReadAllBytesAsync(sources.LockFile, cancellation).ConfigureAwait(false) : null;
        if (lockFile is null)
        {
            if (options.LockedMode)
            {
                string missing = $"Layer '{layer.Name}': There is no lock file {lockName}, and the build is in locked mode";
                const string Advice = "Run dotnet build -t:LockLambdaLayers and commit the file.";
                if (options.LockedModeExplicit)
                {
                    log.Error("LB2005", $"{missing}. {Advice}");
                    return null;
                }

                log.Warning("LB2005", $"{missing} because ContinuousIntegrationBuild is true: its packages are resolved anew and may differ from build to build. {Advice}");
            }

            lockFile = await LockAsync(layer, sources, null, folder, cancellation).ConfigureAwait(false);
            if (!options.LockedMode && WriteLock(layer, sources, lockFile, log))
            {
                log.Note($"{layer.Name}: wrote {lockName}. Commit it.");
            }
        }

        InstalledTrees trees = await InstallAllAsync(layer, sources, lockFile, folder, cancellation).ConfigureAwait(false);
        if (trees.Failure is { IsOutOfSync: true } misfit)
        {
            string manifestName = Path.GetRelativePath(layer.ProjectDirectory, sources.PackageJson);
            string what = $"{lockName} does not fit {manifestName}{(misfit.Disagreements.Count > 0 ? $" ({string.Join("; ", misfit.Disagreements)})" : "")}";
            if (options.LockedMode)
            {
                log.Add(Diagnostic.Error("LB2005", $"Layer '{layer.Name}': {what}. Run dotnet build -t:LockLambdaLayers and commit the file, or build with LambdaLayerLockedMode=false.") with { File = sources.LockFile });
                return null;
            }

            lockFile = await LockAsync(layer, sources, lockFile, folder, cancellation).ConfigureAwait(false);
            if (WriteLock(layer, sources, lockFile, log))
            {
                log.Note($"{layer.Name}: {what}; npm resolved again and wrote it.");
            }

            trees = await InstallAllAsync(layer, sources, lockFile, folder, cancellation).ConfigureAwait(false);
        }

        if (trees.Failure is not null)
        {
            log.Add(NpmDiagnostic.Of(trees.Failure, layer, sources, trees.Locked));
            return null;
        }

        return Describe(layer, sources, trees, folder, log, cancellation);
    }

    /// <summary>Resolves again, whatever the lock file says, and writes it.</summary>
    /// <param name="folder">Full path of the layer's intermediate folder, which no other build works in now.</param>
    public async Task RelockAsync(LayerDeclaration layer, string folder, DiagnosticLog log, CancellationToken cancellation)
    {
        NpmSources sources = NpmSources.Read(layer.PackageJson!, folder);
        byte[] lockFile = await LockAsync(layer, sources, null, folder, cancellation).ConfigureAwait(false);
        string lockName = Path.GetRelativePath(layer.ProjectDirectory, sources.LockFile);
        if (File.Exists(sources.LockFile) && File.ReadAllBytes(sources.LockFile).AsSpan().SequenceEqual(lockFile))
        {
            log.Note($"{layer.Name}: {lockName} is up to date.");
        }
        else if (WriteLock(layer, sources, lockFile, log))
        {
            log.Note($"{layer.Name}: wrote {lockName}. Commit it.");
        }
    }

    /// <returns>Whether it is there now.</returns>
    private static bool WriteLock(LayerDeclaration layer, NpmSources sources, byte[] lockFile, DiagnosticLog log)
    {
        try
        {
            AtomicFile.Write(sources.LockFile, lockFile);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warning("LB2014", $"Layer '{layer.Name}': The lock file {Path.GetRelativePath(layer.ProjectDirectory, sources.LockFile)} cannot be written: {e.Message} Without it the next build resolves again.");
            return false;
        }
    }

    private static NpmLock ParseLock(NpmSources sources, byte[] lockFile)
    {
        try
        {
            return NpmLock.Parse(lockFile);
        }
        catch (JsonException e)
        {
            throw new DiagnosticException(
                Diagnostic.Error("LB2011", $"{sources.LockFile} is not valid JSON: {e.Message} If it holds the marks of a merge, take one side and run: npm install --package-lock-only")
                with { File = sources.LockFile, Line = (int)(e.LineNumber ?? -1) + 1 });
        }
    }

    /// <summary>The first stands for all when the lock file holds nothing of one architecture only.</summary>
    private static Architecture SourceOf(Architecture architecture, LayerDeclaration layer, NpmLock locked) =>
        locked.SuitsAllArchitectures ? layer.Architectures[0] : architecture;

    private static string WorkFolder(string folder, Architecture architecture) => Path.Combine(folder, $"npm-{architecture}");

    private static string ListOf(string work) => Path.Combine(work, "installed.txt");

    private static string TreeOf(string work, NpmSources sources) => Path.GetFullPath(Path.Combine(work, "tree", sources.ProjectFolder));

    private static string KeyOf(NpmSources sources, byte[] lockFile, Architecture architecture) =>
        sources.Hash(Format, architecture.Id, Convert.ToHexStringLower(SHA256.HashData(lockFile)));

    private async Task<NpmProgram> FindNpmAsync(string folder, CancellationToken cancellation) =>
        _npm ??= await NpmProgram.FindAsync(environment, folder, cancellation).ConfigureAwait(false);

    private async Task<InstalledTrees> InstallAllAsync(LayerDeclaration layer, NpmSources sources, byte[] lockFile, string folder, CancellationToken cancellation)
    {
        var trees = new InstalledTrees(ParseLock(sources, lockFile));
        string[] unpinned = [.. trees.Locked.UnpinnedFolders];
        if (unpinned.Length > 0)
        {
            return trees with
            {
                Failure = NpmFailure.OutOfSync([.. unpinned.Select(f => $"it links to {f} and does not pin what that needs; install-links=true in the .npmrc beside package.json makes npm pin it")]),
            };
        }

        foreach (Architecture architecture in layer.Architectures.Select(a => SourceOf(a, layer, trees.Locked)).Distinct())
        {
            CheckPlatform(layer, sources, trees.Locked, architecture);
            string work = WorkFolder(folder, architecture);
            string key = KeyOf(sources, lockFile, architecture);
            IReadOnlyList<NodeFile>? files = NodeModules.ReadFinished(ListOf(work), key, TreeOf(work, sources));
            if (files is null)
            {
                (files, NpmFailure? failure) = await InstallAsync(sources, trees.Locked, lockFile, work, architecture, cancellation).ConfigureAwait(false);
                if (failure is not null)
                {
                    return trees with { Failure = failure };
                }

                NodeModules.WriteFinished(ListOf(work), key, files);
            }

            trees.Files[architecture] = files;
        }

        return trees;
    }

    private async Task<(IReadOnlyList<NodeFile> Files, NpmFailure? Failure)> InstallAsync(
        NpmSources sources,
        NpmLock locked,
        byte[] lockFile,
        string work,
        Architecture architecture,
        CancellationToken cancellation)
    {
        NpmCommand command = await PrepareAsync(sources, lockFile, work, architecture, cancellation).ConfigureAwait(false) with
        {
            CopiesLocalFolders = locked.CopiesLocalFolders,
            HasLinks = locked.LinkedFolders.Count > 0,
            // npm holds what is required against the machine that it runs on; it was held against the target before.
            IgnoresHost = locked.Entries.Any(e => e.Value is { IsOptional: false, IsDevelopment: false, NamesPlatform: true }),
        };
        try
        {
            NpmFailure? failure = await command.InstallAsync(cancellation).ConfigureAwait(false);
            return failure is null
                ? (new NodeModules(command.Folder, locked, architecture, await ListPackedAsync(command, locked, cancellation).ConfigureAwait(false)).List(cancellation), null)
                : ([], failure);
        }
        finally
        {
            ForgetSettings(command);
        }
    }

    private static async Task<IReadOnlyDictionary<string, IReadOnlySet<string>>> ListPackedAsync(NpmCommand command, NpmLock locked, CancellationToken cancellation)
    {
        var packed = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        foreach (string folder in locked.LinkedFolders.Select(f => Path.GetFullPath(f, command.Folder)).Where(Directory.Exists))
        {
            if (await command.ListPackedAsync(folder, cancellation).ConfigureAwait(false) is { } files)
            {
                packed[folder] = files;
            }
        }

        return packed;
    }

    private static void CheckPlatform(LayerDeclaration layer, NpmSources sources, NpmLock locked, Architecture architecture)
    {
        foreach ((string path, NpmLockEntry entry) in locked.Entries.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            if (entry is { IsOptional: false, IsDevelopment: false } && entry.Excluded[architecture] is { } words)
            {
                string name = path[(path.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length)..];
                throw new DiagnosticException(
                    Diagnostic.Error("LB2011", $"Layer '{layer.Name}': The package {name} {entry.Version} is needed, and is not for Linux with glibc on {architecture} (its package.json says {words}). "
                        + "Name it in optionalDependencies, or take the package that chooses between its platforms by itself.")
                    with { File = sources.PackageJson });
            }
        }
    }

    /// <summary>Has npm write a lock file, from the earlier one where there is one.</summary>
    private async Task<byte[]> LockAsync(LayerDeclaration layer, NpmSources sources, byte[]? earlier, string folder, CancellationToken cancellation)
    {
        string work = Path.Combine(folder, "npm-lock");
        NpmLock? locked = earlier is null ? null : ParseLock(sources, earlier);
        NpmCommand command = await PrepareAsync(sources, earlier, work, layer.Architectures[0], cancellation).ConfigureAwait(false) with
        {
            CopiesLocalFolders = locked is null || locked.CopiesLocalFolders || locked.UnpinnedFolders.Any(),
        };
        try
        {
            NpmFailure? failure = await command.LockAsync(cancellation).ConfigureAwait(false);
            if (failure is { Code: "EBADPLATFORM" })
            {
                failure = await (command with { IgnoresHost = true }).LockAsync(cancellation).ConfigureAwait(false);
            }

            return failure is null
                ? await File.ReadAllBytesAsync(Path.Combine(command.Folder, NpmSources.CopiedLock), cancellation).ConfigureAwait(false)
                : throw new DiagnosticException(NpmDiagnostic.Of(failure, layer, sources, locked));
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>A fresh folder with all that npm reads.</summary>
    private async Task<NpmCommand> PrepareAsync(
        NpmSources sources,
        byte[]? lockFile,
        string work,
        Architecture architecture,
        CancellationToken cancellation)
    {
        if (Directory.Exists(work))
        {
            // The list first: without it, what a killed build leaves of the folder is not trusted.
            File.Delete(ListOf(work));
            Directory.Delete(work, recursive: true);
        }

        Directory.CreateDirectory(work);
        NpmProgram npm = await FindNpmAsync(work, cancellation).ConfigureAwait(false);
        string tree = sources.CopyTo(Path.Combine(work, "tree"), cancellation);
        if (lockFile is not null)
        {
            await File.WriteAllBytesAsync(Path.Combine(tree, NpmSources.CopiedLock), lockFile, cancellation).ConfigureAwait(false);
        }

        return new NpmCommand(npm, environment)
        {
            Folder = tree,
            Architecture = architecture,
            ProjectSettings = sources.ReadSettings(),
            HasLinks = sources.Manifest.Workspaces.Count > 0,
        };
    }

    /// <summary>They may hold credentials, and were copied for npm alone.</summary>
    private static void ForgetSettings(NpmCommand command) => File.Delete(Path.Combine(command.Folder, ".npmrc"));

    private static NpmContent Describe(
        LayerDeclaration layer,
        NpmSources sources,
        InstalledTrees trees,
        string folder,
        DiagnosticLog log,
        CancellationToken cancellation)
    {
        LambdaRuntime[] runtimes = [.. layer.Runtimes.Where(r => r.Family == RuntimeFamily.Node)];
        var installations = new Dictionary<Architecture, NpmInstallation>();
        var manifests = new SortedDictionary<string, NpmManifest>(StringComparer.Ordinal);
        var unbuilt = new List<(string Packages, IReadOnlyList<string> Names, Architecture Architecture)>();
        foreach (Architecture architecture in layer.Architectures)
        {
            cancellation.ThrowIfCancellationRequested();
            Architecture source = SourceOf(architecture, layer, trees.Locked);
            string tree = TreeOf(WorkFolder(folder, source), sources);
            IReadOnlyList<NodeFile> files = trees.Files[source];
            if (layer.Slim)
            {
                files = [.. files.Where(f => !NodeSlimRule.Drops(f.Path))];
            }

            var packages = new NpmPackages(tree, files);
            installations[architecture] = NpmInstallation.Create(tree, files, packages.Describe(sources.Manifest, trees.Locked, runtimes));
            foreach ((string path, NpmManifest manifest) in packages.Manifests)
            {
                manifests[path] = manifest;
            }

            IReadOnlyList<string> names = InstallScriptCheck.Find(layer, architecture, tree, files, packages);
            unbuilt.Add((string.Join(',', names), names, architecture));
        }

        NodeVersionCheck.Run(layer, manifests.Values, log);
        foreach (IGrouping<string, (string Packages, IReadOnlyList<string> Names, Architecture Architecture)> same in unbuilt.GroupBy(u => u.Packages, StringComparer.Ordinal))
        {
            InstallScriptCheck.Report(layer, same.First().Names, [.. same.Select(s => s.Architecture)], log);
        }

        return new NpmContent(installations, sources.InputFiles);
    }

    /// <summary>What npm left: lists of files by the architecture that it installed for, or a failure.</summary>
    private sealed record InstalledTrees(NpmLock Locked)
    {
        public Dictionary<Architecture, IReadOnlyList<NodeFile>> Files { get; } = [];

        public NpmFailure? Failure { get; init; }
    }
}
