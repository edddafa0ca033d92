using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>Finds npm, once, and gets a folder ready for it to work in.</summary>
internal sealed class NpmStarter(NpmEnvironment environment)
{
    private NpmProgram? _npm;

    /// <returns>npm in a fresh folder with all that it reads.</returns>
    /// <exception cref="DiagnosticException">LB2011: there is no npm that would do.</exception>
    public async Task<NpmCommand> PrepareAsync(NpmLayer layer, NpmWorkFolder folder, byte[]? lockFile, Architecture architecture, CancellationToken cancellation)
    {
        folder.Create();
        _npm ??= await NpmProgram.FindAsync(environment, folder.Path, cancellation).ConfigureAwait(false);
        folder.Fill(lockFile, cancellation);
        return new NpmCommand(_npm, environment)
        {
            Folder = folder.Tree,
            Architecture = architecture,
            ProjectSettings = layer.Sources.ReadSettings(),
            HasLinks = layer.Sources.Manifest.Workspaces.Count > 0,
        };
    }
}
