using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Lambda;
using LayerBuild.Steps.Pack;

namespace LayerBuild.Build;

/// <summary>The work on one layer in one build: what its steps share, and the files that they have not put in place yet.</summary>
internal sealed class LayerWork(LayerRequest request, BuildOptions options, DiagnosticLog log, CancellationToken cancellation) : IDisposable
{
    private readonly List<string> _temporaries = [];

    public LayerRequest Request => request;

    public LayerDeclaration Layer => request.Layer;

    public BuildOptions Options => options;

    /// <summary>Of this layer: its errors tell whether the layer failed.</summary>
    public DiagnosticLog Log { get; } = log.Child(request.Layer.ProjectFile);

    public LayerState State { get; } = new(options.IntermediatePath, request.Layer.Name);

    public CancellationToken Cancellation => cancellation;

    /// <summary>Makes the folders of the layer, and waits until no other build works in them.</summary>
    public FileStream Enter()
    {
        Directory.CreateDirectory(State.Directory);
        Directory.CreateDirectory(options.OutputPath);
        return FolderLock.Acquire(State.Directory, cancellation);
    }

    /// <summary>Takes away what a killed build of the layer left half-written.</summary>
    public void Sweep()
    {
        IReadOnlyList<string> names = LayerName.AllPublished(Layer.Name.Value);
        AtomicFile.Sweep(options.OutputPath, file => names.Any(name => file.StartsWith(name + ".", StringComparison.Ordinal)));
        foreach (string name in names)
        {
            AtomicFile.Sweep(IntermediatePath(name), _ => true);
        }
    }

    /// <summary>Full path of a finished file.</summary>
    public string OutputPath(string file) => Path.Combine(options.OutputPath, file);

    /// <summary>Full path of the folder of what is kept about a zip.</summary>
    /// <param name="published">Name of the zip.</param>
    public string IntermediatePath(string published) => Path.Combine(options.IntermediatePath, published);

    /// <summary>A zip of this layer that is to be made.</summary>
    public LayerZip NewZip(string published, IReadOnlyList<Architecture> architectures, LayerTree tree) =>
        new(published, architectures, tree, OutputPath(published + ".zip"));

    /// <summary>A file to write beside its place. It is deleted with the work, unless it was put in place.</summary>
    public PendingFile Pend(string final)
    {
        string temporary = AtomicFile.Beside(final);
        _temporaries.Add(temporary);
        return new PendingFile(temporary, final);
    }

    public void Dispose()
    {
        foreach (string temporary in _temporaries)
        {
            File.Delete(temporary);
        }
    }
}

/// <summary>A file that takes its name when all files of the layer are written. Full paths.</summary>
internal sealed record PendingFile(string Temporary, string Final);
