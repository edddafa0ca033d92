using System.Security.Cryptography;
using System.Text.Json;
using LayerBuild.Build;
using LayerBuild.Collect;
using LayerBuild.Diagnostics;
using LayerBuild.Stage;

namespace LayerBuild.Npm;

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

        byte[]? lockFile = File.Exists(sources.LockFile) ? await File.ReadAllBytesAsync(sources.LockFile, cancellation).ConfigureAwait(false) : null;
        if (lockFile is null)
        {
            if (options.LockedMode)
            {
                string missing = $"The layer '{layer.Name}' has no lock file beside {sources.PackageJson}.";
                const string Advice = "Build once without it, or run: dotnet build -t:LockLambdaLayers, and commit package-lock.json.";
                if (options.LockedModeExplicit)
                {
                    log.Error("LB2005", $"{missing} LambdaLayerLockedMode is on. {Advice}");
                    return null;
                }

                log.Warning("LB2005", $"{missing} It was resolved for this build alone, and may come out otherwise tomorrow. {Advice}");
            }

            lockFile = await LockAsync(layer, sources, null, folder, cancellation).ConfigureAwait(false);
            if (!options.LockedMode)
            {
                WriteLock(sources, lockFile, log);
            }
        }

        NpmFailure? failure = await InstallAllAsync(layer, sources, lockFile, folder, cancellation).ConfigureAwait(false);
        if (failure is { IsOutOfSync: true })
        {
            string misfit = $"{sources.LockFile} does not fit {sources.PackageJson}{(failure.Disagreements.Count > 0 ? $" ({string.Join("; ", failure.Disagreements)})" : "")}.";
            if (options.LockedMode)
            {
                log.Add(Diagnostic.Error("LB2005", $"{misfit} Run dotnet build -t:LockLambdaLayers, or npm install beside package.json, and commit the lock file.") with { File = sources.LockFile });
                return null;
            }

            lockFile = await LockAsync(layer, sources, lockFile, folder, cancellation).ConfigureAwait(false);
            WriteLock(sources, lockFile, log);
            log.Note($"{misfit} npm resolved again and the lock file was written.");
            failure = await InstallAllAsync(layer, sources, lockFile, folder, cancellation).ConfigureAwait(false);
        }

        if (failure is not null)
        {
            log.Add(NpmDiagnostic.Of(failure, layer, sources, ParseLock(sources, lockFile)));
            return null;
        }

        return Collect(layer, sources, lockFile, folder, log, cancellation);
    }

    /// <summary>Resolves again, whatever the lock file says, and writes it.</summary>
    /// <param name="folder">Full path of the layer's intermediate folder, which no other build works in now.</param>
    public async Task RelockAsync(LayerDeclaration layer, string folder, DiagnosticLog log, CancellationToken cancellation)
    {
        NpmSources sources = NpmSources.Read(layer.PackageJson!, folder);
        WriteLock(sources, await LockAsync(layer, sources, null, folder, cancellation).ConfigureAwait(false), log);
        log.Note($"{layer.Name}: wrote {sources.LockFile}");
    }

    private static void WriteLock(NpmSources sources, byte[] lockFile, DiagnosticLog log)
    {
        try
        {
            if (!File.Exists(sources.LockFile) || !File.ReadAllBytes(sources.LockFile).AsSpan().SequenceEqual(lockFile))
            {
                AtomicFile.Write(sources.LockFile, lockFile);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warning("LB2005", $"The lock file {sources.LockFile} could not be written: {e.Message} The next build will resolve again.");
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
        sources.Hash(Format, architecture.Id, Path.GetFileName(sources.LockFile), Convert.ToHexStringLower(SHA256.HashData(lockFile)));

    private async Task<NpmProgram> FindNpmAsync(string folder, CancellationToken cancellation) =>
        _npm ??= await NpmProgram.FindAsync(environment, folder, cancellation).ConfigureAwait(false);

    /// <returns>The failure of the first that failed.</returns>
    private async Task<NpmFailure?> InstallAllAsync(LayerDeclaration layer, NpmSources sources, byte[] lockFile, string folder, CancellationToken cancellation)
    {
        NpmLock locked = ParseLock(sources, lockFile);
        foreach (Architecture architecture in layer.Architectures.Select(a => SourceOf(a, layer, locked)).Distinct())
        {
            string work = WorkFolder(folder, architecture);
            string tree = TreeOf(work, sources);
            string key = KeyOf(sources, lockFile, architecture);
            if (NodeModules.ReadFinished(ListOf(work), key, tree) is not null)
            {
                continue;
            }

            NpmCommand command = await PrepareAsync(layer, sources, lockFile, work, architecture, cancellation).ConfigureAwait(false);
            CheckPlatform(layer, sources, locked, architecture);
            command = command with
            {
                CopiesLocalFolders = locked.CopiesLocalFolders,
                // npm holds what is required against the machine that it runs on; it was held against the target above.
                IgnoresHost = locked.Entries.Any(e => e.Value is { IsOptional: false, IsDevelopment: false, NamesPlatform: true }),
            };
            if (await command.InstallAsync(cancellation).ConfigureAwait(false) is { } failure)
            {
                return failure;
            }

            IReadOnlyList<NodeFile> files = new NodeModules(tree, locked, architecture).List(cancellation);
            ForgetSettings(tree);
            NodeModules.WriteFinished(ListOf(work), key, files);
        }

        return null;
    }

    private static void CheckPlatform(LayerDeclaration layer, NpmSources sources, NpmLock locked, Architecture architecture)
    {
        foreach ((string path, NpmLockEntry entry) in locked.Entries.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            if (entry is { IsOptional: false, IsDevelopment: false } && entry.Excluded[architecture] is { } words)
            {
                string name = path[(path.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length)..];
                throw new DiagnosticException(
                    Diagnostic.Error("LB2011", $"The layer '{layer.Name}' needs the package {name} {entry.Version}, which is not for Linux with glibc on {architecture} (its package.json says {words}). "
                        + "Name it in optionalDependencies, or take the package that chooses between its platforms by itself.")
                    with { File = sources.PackageJson });
            }
        }
    }

    /// <summary>Writes a lock file, from the earlier one where there is one.</summary>
    private async Task<byte[]> LockAsync(LayerDeclaration layer, NpmSources sources, byte[]? earlier, string folder, CancellationToken cancellation)
    {
        string work = Path.Combine(folder, "npm-lock");
        NpmCommand command = await PrepareAsync(layer, sources, earlier, work, layer.Architectures[0], cancellation).ConfigureAwait(false);
        NpmLock? locked = earlier is null ? null : ParseLock(sources, earlier);
        command = command with { CopiesLocalFolders = locked?.CopiesLocalFolders ?? true };
        NpmFailure? failure = await command.LockAsync(cancellation).ConfigureAwait(false);
        if (failure is { Code: "EBADPLATFORM" })
        {
            failure = await (command with { IgnoresHost = true }).LockAsync(cancellation).ConfigureAwait(false);
        }

        if (failure is not null)
        {
            throw new DiagnosticException(NpmDiagnostic.Of(failure, layer, sources, locked));
        }

        string tree = TreeOf(work, sources);
        byte[] written = await File.ReadAllBytesAsync(Path.Combine(tree, Path.GetFileName(sources.LockFile)), cancellation).ConfigureAwait(false);
        Directory.Delete(work, recursive: true);
        return written;
    }

    /// <summary>A fresh folder with all that npm reads.</summary>
    private async Task<NpmCommand> PrepareAsync(
        LayerDeclaration layer,
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
            await File.WriteAllBytesAsync(Path.Combine(tree, Path.GetFileName(sources.LockFile)), lockFile, cancellation).ConfigureAwait(false);
        }

        return new NpmCommand(npm, environment)
        {
            Folder = tree,
            Architecture = architecture,
            ProjectSettings = sources.ReadSettings(),
            HasWorkspaces = sources.Manifest.Workspaces.Count > 0,
        };
    }

    /// <summary>They may hold credentials, and were copied for npm alone.</summary>
    private static void ForgetSettings(string tree) => File.Delete(Path.Combine(tree, ".npmrc"));

    private static NpmContent Collect(
        LayerDeclaration layer,
        NpmSources sources,
        byte[] lockFile,
        string folder,
        DiagnosticLog log,
        CancellationToken cancellation)
    {
        NpmLock locked = ParseLock(sources, lockFile);
        LambdaRuntime[] runtimes = [.. layer.Runtimes.Where(r => r.Family == RuntimeFamily.Node)];
        var installations = new Dictionary<Architecture, NpmInstallation>();
        var unbuilt = new List<(string Packages, IReadOnlyList<string> Names, Architecture Architecture)>();
        foreach (Architecture architecture in layer.Architectures)
        {
            cancellation.ThrowIfCancellationRequested();
            string work = WorkFolder(folder, SourceOf(architecture, layer, locked));
            string tree = TreeOf(work, sources);
            string key = KeyOf(sources, lockFile, SourceOf(architecture, layer, locked));
            IReadOnlyList<NodeFile> files = NodeModules.ReadFinished(ListOf(work), key, tree)
                ?? throw new IOException($"{work} was changed while the layer was being built.");
            if (layer.Slim)
            {
                files = [.. files.Where(f => !NodeSlimRule.Drops(f.Path))];
            }

            var packages = new NpmPackages(tree, files);
            installations[architecture] = NpmInstallation.Create(tree, files, packages.Describe(sources.Manifest, locked, runtimes));
            IReadOnlyList<string> names = InstallScriptCheck.Find(layer, architecture, tree, files, packages);
            unbuilt.Add((string.Join(',', names), names, architecture));
        }

        foreach (IGrouping<string, (string Packages, IReadOnlyList<string> Names, Architecture Architecture)> same in unbuilt.GroupBy(u => u.Packages, StringComparer.Ordinal))
        {
            InstallScriptCheck.Report(layer, same.First().Names, [.. same.Select(s => s.Architecture)], log);
        }

        return new NpmContent(installations, sources.InputFiles);
    }
}
