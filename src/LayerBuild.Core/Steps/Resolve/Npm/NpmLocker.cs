using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Npm;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>Makes the lock file of a layer, with npm, and writes it.</summary>
internal sealed class NpmLocker(NpmStarter starter)
{
    /// <summary>Has npm write a lock file into a folder of the build's own, from the earlier one where there is one.</summary>
    /// <returns>Its bytes.</returns>
    /// <exception cref="DiagnosticException">npm cannot do it.</exception>
    public async Task<byte[]> ResolveAsync(NpmLayer layer, byte[]? earlier, CancellationToken cancellation)
    {
        NpmWorkFolder folder = NpmWorkFolder.ForLocking(layer);
        NpmLock? locked = earlier is null ? null : layer.ParseLock(earlier);
        NpmCommand command = await starter.PrepareAsync(layer, folder, earlier, layer.Declaration.Architectures[0], cancellation).ConfigureAwait(false) with
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
                ? await File.ReadAllBytesAsync(folder.LockFile, cancellation).ConfigureAwait(false)
                : throw new DiagnosticException(NpmDiagnostic.Of(failure, layer, locked));
        }
        finally
        {
            folder.Delete();
        }
    }

    /// <summary>Writes it beside package.json, or warns.</summary>
    /// <returns>Whether it is there now.</returns>
    public static bool Write(NpmLayer layer, byte[] lockFile)
    {
        try
        {
            AtomicFile.Write(layer.Sources.LockFile, lockFile);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            layer.Log.Warning("LB2014", $"Layer '{layer.Name}': the lock file {layer.LockName} cannot be written: {e.Message} Without it, the next build resolves again.");
            return false;
        }
    }
}
