using System.Security.Cryptography;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>Has npm install what a lock file says, once for each architecture, and only when what npm reads has changed.</summary>
internal sealed class NpmTreeInstaller(NpmStarter starter)
{
    /// <summary>Changes when the same sources come to be installed in another way.</summary>
    private const string Format = "layerbuild-npm-1";

    /// <exception cref="DiagnosticException">LB2011: a package that is needed is not for the layer's platform; or npm cannot be started.</exception>
    public async Task<NpmTrees> InstallAsync(NpmLayer layer, byte[] lockFile, CancellationToken cancellation)
    {
        var trees = new NpmTrees(layer.ParseLock(lockFile));
        string[] unpinned = [.. trees.Locked.UnpinnedFolders];
        if (unpinned.Length > 0)
        {
            return trees with
            {
                Failure = NpmFailure.OutOfSync([.. unpinned.Select(f => $"it links to {f} but does not pin what that needs; install-links=true in the .npmrc beside package.json makes npm pin it")]),
            };
        }

        foreach (Architecture architecture in layer.Declaration.Architectures.Select(a => layer.InstalledFor(a, trees.Locked)).Distinct())
        {
            CheckPlatform(layer, trees.Locked, architecture);
            NpmWorkFolder folder = NpmWorkFolder.ForInstalling(layer, architecture);
            string key = layer.Sources.Hash(Format, architecture.Id, Convert.ToHexStringLower(SHA256.HashData(lockFile)));
            IReadOnlyList<NodeFile>? files = NodeModules.ReadFinished(folder.FinishedList, key, folder.Tree);
            if (files is null)
            {
                NpmCommand command = await starter.PrepareAsync(layer, folder, lockFile, architecture, cancellation).ConfigureAwait(false);
                (files, NpmFailure? failure) = await RunAsync(command, folder, trees.Locked, cancellation).ConfigureAwait(false);
                if (failure is not null)
                {
                    return trees with { Failure = failure };
                }

                NodeModules.WriteFinished(folder.FinishedList, key, files);
            }

            trees.Files[architecture] = files;
        }

        return trees;
    }

    private static async Task<(IReadOnlyList<NodeFile> Files, NpmFailure? Failure)> RunAsync(NpmCommand prepared, NpmWorkFolder folder, NpmLock locked, CancellationToken cancellation)
    {
        NpmCommand command = prepared with
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
                ? (new NodeModules(folder.Tree, locked, command.Architecture, await ListPackedAsync(command, locked, cancellation).ConfigureAwait(false)).List(cancellation), null)
                : ([], failure);
        }
        finally
        {
            folder.ForgetSettings();
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

    private static void CheckPlatform(NpmLayer layer, NpmLock locked, Architecture architecture)
    {
        foreach ((string path, NpmLockEntry entry) in locked.Entries.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            if (entry is { IsOptional: false, IsDevelopment: false } && entry.Excluded[architecture] is { } words)
            {
                string name = path[(path.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length)..];
                throw new DiagnosticException(
                    Diagnostic.Error("LB2035", $"Layer '{layer.Name}': the package {name} {entry.Version} is required, but is not for Linux with glibc on {architecture} (its package.json says {words}). "
                        + "Move it to optionalDependencies, or use the package that picks the right platform by itself.")
                    with { File = layer.Sources.PackageJson });
            }
        }
    }
}
