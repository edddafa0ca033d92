using LayerBuild.Diagnostics;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>
/// Installs the packages of Node.js layers: <c>npm ci</c> for Linux with glibc, once for each architecture, in a folder of
/// the build's own.
/// </summary>
internal sealed class NpmInstaller
{
    private readonly NpmOptions _options;
    private readonly NpmLocker _locker;
    private readonly NpmTreeInstaller _trees;

    public NpmInstaller(NpmOptions options, NpmEnvironment environment)
    {
        _options = options;
        var starter = new NpmStarter(environment);
        _locker = new NpmLocker(starter);
        _trees = new NpmTreeInstaller(starter);
    }

    /// <param name="folder">Full path of the layer's intermediate folder, which no other build works in now.</param>
    /// <returns>Null when an error was logged.</returns>
    /// <exception cref="DiagnosticException">npm cannot do it.</exception>
    public async Task<NpmContent?> InstallAsync(LayerDeclaration declaration, string folder, DiagnosticLog log, CancellationToken cancellation)
    {
        if (!declaration.HasNpmPackages)
        {
            return NpmContent.None;
        }

        NpmLayer layer = NpmLayer.Read(declaration, folder, log);
        if (layer.Sources.Manifest is { Dependencies.Count: 0, Workspaces.Count: 0 })
        {
            return NpmContent.None with { InputFiles = layer.Sources.InputFiles };
        }

        byte[]? lockFile = File.Exists(layer.Sources.LockFile)
            ? await File.ReadAllBytesAsync(layer.Sources.LockFile, cancellation).ConfigureAwait(false)
            : await LockFirstAsync(layer, cancellation).ConfigureAwait(false);
        if (lockFile is null)
        {
            return null;
        }

        NpmTrees trees = await _trees.InstallAsync(layer, lockFile, cancellation).ConfigureAwait(false);
        if (trees.Failure is { IsOutOfSync: true } misfit)
        {
            lockFile = await LockAgainAsync(layer, lockFile, misfit, cancellation).ConfigureAwait(false);
            if (lockFile is null)
            {
                return null;
            }

            trees = await _trees.InstallAsync(layer, lockFile, cancellation).ConfigureAwait(false);
        }

        if (trees.Failure is not null)
        {
            log.Add(NpmDiagnostic.Of(trees.Failure, layer, trees.Locked));
            return null;
        }

        return Describe(layer, trees, cancellation);
    }

    /// <summary>Resolves again, whatever the lock file says, and writes it.</summary>
    /// <param name="folder">Full path of the layer's intermediate folder, which no other build works in now.</param>
    public async Task RelockAsync(LayerDeclaration declaration, string folder, DiagnosticLog log, CancellationToken cancellation)
    {
        NpmLayer layer = NpmLayer.Read(declaration, folder, log);
        byte[] lockFile = await _locker.ResolveAsync(layer, null, cancellation).ConfigureAwait(false);
        if (File.Exists(layer.Sources.LockFile) && File.ReadAllBytes(layer.Sources.LockFile).AsSpan().SequenceEqual(lockFile))
        {
            log.Note($"Layer '{layer.Name}': {layer.LockName} is up to date.");
        }
        else if (NpmLocker.Write(layer, lockFile))
        {
            log.Note($"Layer '{layer.Name}': wrote {layer.LockName}. Commit it.");
        }
    }

    /// <summary>There is no lock file: resolves, unless locked mode was asked for by name.</summary>
    /// <returns>Null when an error was logged.</returns>
    private async Task<byte[]?> LockFirstAsync(NpmLayer layer, CancellationToken cancellation)
    {
        if (_options.LockedMode)
        {
            string missing = $"Layer '{layer.Name}': there is no lock file {layer.LockName}, and the build is in locked mode";
            const string Advice = "Run dotnet build -t:LockLambdaLayers and commit the file.";
            if (_options.LockedModeExplicit)
            {
                layer.Log.Error("LB2005", $"{missing}. {Advice}");
                return null;
            }

            layer.Log.Warning("LB2005", $"{missing} because ContinuousIntegrationBuild is true: its packages are resolved again and may differ from build to build. {Advice}");
        }

        byte[] lockFile = await _locker.ResolveAsync(layer, null, cancellation).ConfigureAwait(false);
        if (!_options.LockedMode && NpmLocker.Write(layer, lockFile))
        {
            layer.Log.Note($"Layer '{layer.Name}': wrote {layer.LockName}. Commit it.");
        }

        return lockFile;
    }

    /// <summary>The lock file does not fit package.json: resolves again, unless in locked mode.</summary>
    /// <returns>Null when an error was logged.</returns>
    private async Task<byte[]?> LockAgainAsync(NpmLayer layer, byte[] earlier, NpmFailure misfit, CancellationToken cancellation)
    {
        string what = $"{layer.LockName} does not match {layer.ManifestName}{(misfit.Disagreements.Count > 0 ? $" ({string.Join("; ", misfit.Disagreements)})" : "")}";
        if (_options.LockedMode)
        {
            layer.Log.Add(Diagnostic.Error("LB2005", $"Layer '{layer.Name}': {what}. Run dotnet build -t:LockLambdaLayers and commit the file, or build with LambdaLayerLockedMode=false.") with { File = layer.Sources.LockFile });
            return null;
        }

        byte[] lockFile = await _locker.ResolveAsync(layer, earlier, cancellation).ConfigureAwait(false);
        if (NpmLocker.Write(layer, lockFile))
        {
            layer.Log.Note($"Layer '{layer.Name}': {what}; npm resolved again and updated it.");
        }

        return lockFile;
    }

    /// <summary>Says whose the installed files are, and warns of packages that may not work in Lambda.</summary>
    private static NpmContent Describe(NpmLayer layer, NpmTrees trees, CancellationToken cancellation)
    {
        LayerDeclaration declaration = layer.Declaration;
        LambdaRuntime[] runtimes = [.. declaration.Runtimes.Where(r => r.Family == RuntimeFamily.Node)];
        var installations = new Dictionary<Architecture, NpmInstallation>();
        var manifests = new SortedDictionary<string, NpmManifest>(StringComparer.Ordinal);
        var unbuilt = new List<(string Packages, IReadOnlyList<string> Names, Architecture Architecture)>();
        foreach (Architecture architecture in declaration.Architectures)
        {
            cancellation.ThrowIfCancellationRequested();
            Architecture source = layer.InstalledFor(architecture, trees.Locked);
            string tree = NpmWorkFolder.ForInstalling(layer, source).Tree;
            IReadOnlyList<NodeFile> files = trees.Files[source];
            if (declaration.Slim)
            {
                files = [.. files.Where(f => !NodeSlimRule.Drops(f.Path))];
            }

            var packages = new NpmPackages(tree, files);
            installations[architecture] = NpmInstallation.Create(tree, files, packages.Describe(layer.Sources.Manifest, trees.Locked, runtimes));
            foreach ((string path, NpmManifest manifest) in packages.Manifests)
            {
                manifests[path] = manifest;
            }

            IReadOnlyList<string> names = InstallScriptCheck.Find(declaration, architecture, tree, files, packages);
            unbuilt.Add((string.Join(',', names), names, architecture));
        }

        NodeVersionCheck.Run(declaration, manifests.Values, layer.Log);
        foreach (IGrouping<string, (string Packages, IReadOnlyList<string> Names, Architecture Architecture)> same in unbuilt.GroupBy(u => u.Packages, StringComparer.Ordinal))
        {
            InstallScriptCheck.Report(declaration, same.First().Names, [.. same.Select(s => s.Architecture)], layer.Log);
        }

        return new NpmContent(installations, layer.Sources.InputFiles);
    }
}
