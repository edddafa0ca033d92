using System.Text.Json;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Npm;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>A layer whose packages npm installs: what every step of it needs to know.</summary>
/// <param name="Folder">Full path of the layer's intermediate folder, which no other build works in now.</param>
internal sealed record NpmLayer(LayerDeclaration Declaration, NpmSources Sources, string Folder, DiagnosticLog Log)
{
    public LayerName Name => Declaration.Name;

    /// <summary>As messages name it.</summary>
    public string LockName => Path.GetRelativePath(Declaration.ProjectDirectory, Sources.LockFile);

    /// <summary>As messages name it.</summary>
    public string ManifestName => Path.GetRelativePath(Declaration.ProjectDirectory, Sources.PackageJson);

    /// <exception cref="DiagnosticException">LB2011: a file is missing or cannot be read as npm would.</exception>
    public static NpmLayer Read(LayerDeclaration declaration, string folder, DiagnosticLog log) =>
        new(declaration, NpmSources.Read(declaration.PackageJson!, folder), folder, log);

    /// <exception cref="DiagnosticException">LB2011: it is not JSON.</exception>
    public NpmLock ParseLock(byte[] lockFile)
    {
        try
        {
            return NpmLock.Parse(lockFile);
        }
        catch (JsonException e)
        {
            throw new DiagnosticException(
                Diagnostic.Error("LB2033", $"{Sources.LockFile} is not valid JSON: {e.Message} If it has merge conflict markers, keep one side and run: npm install --package-lock-only")
                with { File = Sources.LockFile, Line = (int)(e.LineNumber ?? -1) + 1 });
        }
    }

    /// <summary>The architecture that npm installs for: the first stands for all when the lock file holds nothing of one only.</summary>
    public Architecture InstalledFor(Architecture architecture, NpmLock locked) =>
        locked.SuitsAllArchitectures ? Declaration.Architectures[0] : architecture;
}
