using System.Globalization;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Build;

/// <summary>
/// What the targets read to see whether a layer is up to date, without loading a task. A layer has no state while it
/// is being built; the files are written in an order in which the state comes last.
/// </summary>
internal sealed class LayerState(string intermediatePath, LayerName layer)
{
    /// <summary>Folder of the layer's intermediate files.</summary>
    public string Directory { get; } = Path.Combine(intermediatePath, layer.Value);

    private string StatePath => Path.Combine(Directory, "state.txt");

    private string OutputsPath => Path.Combine(Directory, "outputs.txt");

    public void Invalidate()
    {
        if (System.IO.Directory.Exists(Directory))
        {
            File.Delete(StatePath);
        }
    }

    /// <summary>Full paths of the outputs that the last finished build left.</summary>
    public string[] ReadOutputs() => File.Exists(OutputsPath) ? File.ReadAllLines(OutputsPath) : [];

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

    /// <param name="manifests">Of the zips among the outputs.</param>
    /// <param name="outputPath">Full path of the folder that they lie in.</param>
    /// <param name="inputs">Full paths of inputs that only the build knows of.</param>
    /// <param name="warnings">What the build warned of: the targets say it again as long as the layer is up to date, so
    /// that a warning does not go away by building twice, and -warnaserror does not either.</param>
    public void Write(
        string inputsHash,
        IReadOnlyList<string> outputs,
        IEnumerable<LayerManifest> manifests,
        string outputPath,
        IEnumerable<string> inputs,
        IEnumerable<Diagnostic> warnings)
    {
        string[] watched = [.. outputs, .. inputs.SelectMany(WithTarget).Distinct()];
        WriteLines(OutputsPath, outputs);
        WriteLines(Path.Combine(Directory, "archives.txt"), [.. manifests.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Name}\t{m.CodeSha256}\t{m.ZippedSize}\t{m.UnzippedSize}\t{Path.Combine(outputPath, m.Zip)}"))]);
        WriteLines(Path.Combine(Directory, "watch.txt"), watched);
        WriteLines(Path.Combine(Directory, "warnings.txt"), [.. warnings.Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Code}\t{w.File}\t{w.Line}\t{OneLine(w.Message)}"))]);
        string times = string.Join('|', watched.Select(path => $"{path}@{ModifiedTime(path)}"));
        AtomicFile.Write(StatePath, Encoding.UTF8.GetBytes($"{inputsHash}|{times}"));
    }

    /// <summary>As MSBuild's ModifiedTime metadata writes it: local time; empty for a file that does not exist.</summary>
    private static string ModifiedTime(string path) => File.Exists(path)
        ? File.GetLastWriteTime(path).ToString("yyyy'-'MM'-'dd HH':'mm':'ss'.'fffffff", CultureInfo.InvariantCulture)
        : "";

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Replace('\t', ' ');

    private static void WriteLines(string path, IReadOnlyList<string> lines) =>
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    /// <summary>A link has a time of its own: what it leads to is watched as well. An input need not exist: it may come.</summary>
    private static string[] WithTarget(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is { } target
            ? [path, target.FullName]
            : [path];
}
