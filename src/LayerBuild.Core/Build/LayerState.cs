using System.Globalization;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Build;

/// <summary>
/// A layer's <see cref="StateFile"/>, by which the shell sees whether the layer is up to date. It is not finished while the
/// layer is being built, and is written last.
/// </summary>
internal sealed class LayerState(string intermediatePath, LayerName layer)
{
    /// <summary>Folder of the layer's intermediate files.</summary>
    public string Directory { get; } = Path.Combine(intermediatePath, layer.Value);

    private string StatePath => Path.Combine(Directory, StateFile.Name);

    /// <summary>From now on the layer is not up to date; what it left is still known.</summary>
    public void Invalidate()
    {
        if (StateFile.Read(StatePath) is { } state)
        {
            Write(new StateFile { Outputs = state.Outputs });
        }
        else if (System.IO.Directory.Exists(Directory))
        {
            File.Delete(StatePath);
        }
    }

    /// <summary>Full paths of the outputs that the last finished build left.</summary>
    public IReadOnlyList<string> ReadOutputs() => StateFile.Read(StatePath)?.Outputs ?? [];

    /// <summary>
    /// Deletes what an earlier build left and this one did not write again. In another output folder (<c>dotnet build -o</c>)
    /// it stays: it is no longer this build's.
    /// </summary>
    public static void DeleteStale(IEnumerable<string> earlier, IEnumerable<string> outputs, string outputPath)
    {
        foreach (string stale in earlier.Except(outputs, StringComparer.Ordinal).Where(path => path.StartsWith(outputPath, StringComparison.Ordinal)))
        {
            File.Delete(stale);
        }
    }

    /// <param name="inputs">As <see cref="LayerRequest.Inputs"/>.</param>
    /// <param name="manifests">Of the zips among the outputs.</param>
    /// <param name="outputPath">Full path of the folder that they lie in.</param>
    /// <param name="files">Full paths of inputs that only the build knows of.</param>
    /// <param name="warnings">What the build warned of: it is said again as long as the layer is up to date, so
    /// that a warning does not go away by building twice, and -warnaserror does not either.</param>
    public void Write(
        IReadOnlyList<KeyValuePair<string, string>> inputs,
        IReadOnlyList<string> outputs,
        IEnumerable<LayerManifest> manifests,
        string outputPath,
        IEnumerable<string> files,
        IEnumerable<Diagnostic> warnings) => Write(new StateFile
        {
            Inputs = inputs,
            Outputs = outputs,
            Archives = [.. manifests.Select(m => new StateArchive(m.Name, m.CodeSha256, Invariant(m.ZippedSize), Invariant(m.UnzippedSize), Path.Combine(outputPath, m.Zip)))],
            Files = [.. outputs.Concat(files.SelectMany(WithTarget)).Distinct(StringComparer.Ordinal).Select(path => KeyValuePair.Create(path, StateFile.StampOf(path)))],
            Warnings = [.. warnings.Select(w => new StateWarning(w.Code, w.File ?? "", w.Line, w.Message))],
            Finished = true,
        });

    private void Write(StateFile state) => AtomicFile.Write(StatePath, Encoding.UTF8.GetBytes(state.ToText()));

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A link has a time of its own: what it leads to is watched as well. An input need not exist: it may come.</summary>
    private static string[] WithTarget(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is { } target
            ? [path, target.FullName]
            : [path];
}
