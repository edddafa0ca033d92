using LayerBuild.Diagnostics;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Build;

/// <summary>Puts the finished files of a layer where the earlier ones are; the state comes last.</summary>
internal sealed class LayerPlacement(LayerWork work)
{
    /// <param name="manifests">Of the zips among the files.</param>
    /// <param name="inputs">Full paths of inputs that only the build knows of.</param>
    /// <param name="warnings">What to repeat while the layer is up to date.</param>
    /// <returns>Full paths of the layer's outputs.</returns>
    public IReadOnlyList<string> Place(
        IReadOnlyList<PendingFile> files, IReadOnlyList<LayerManifest> manifests, IEnumerable<string> inputs, IEnumerable<Diagnostic> warnings)
    {
        BuildOptions options = work.Options;
        foreach (PendingFile file in files)
        {
            File.Move(file.Temporary, file.Final, overwrite: true);
        }

        string[] outputs = [.. files.Select(f => f.Final).Where(path => path == work.OutputPath(Path.GetFileName(path)))];
        LayerState.DeleteStale(work.State.ReadOutputs(), outputs, options.OutputPath);
        MeasuredContents.Forget(options.IntermediatePath, work.Layer.Name.Value, manifests.Select(m => m.Name));
        work.State.Write(
            work.Request.Inputs,
            outputs,
            manifests,
            options.OutputPath,
            inputs,
            warnings.Select(w => w with { File = w.File ?? work.Layer.ProjectFile }));
        return outputs;
    }
}
