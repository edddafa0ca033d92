using LayerBuild.Tasks.UpToDate;
using Microsoft.Build.Framework;

namespace LayerBuild.Tasks;

/// <summary>
/// Whether files that are made of all layers together (the report, templates) are up to date. Called twice: before they are
/// made, then with <see cref="Done"/> when they are. It loads nothing of the engine.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class CheckLambdaLayerFiles : Microsoft.Build.Utilities.Task
{
    /// <summary>Full path of the state: what the files were made of.</summary>
    [Required]
    public string State { get; set; } = "";

    /// <summary>Items that the files are made of: with all their metadata.</summary>
    public ITaskItem[] Items { get; set; } = [];

    /// <summary>As those of <see cref="BuildLambdaLayers"/>, with the baseline that they name.</summary>
    [Required]
    public ITaskItem Options { get; set; } = null!;

    /// <summary>Files and folders whose content matters.</summary>
    public string[] Sources { get; set; } = [];

    /// <summary>Full path of the folder that sources are relative to.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>Full paths of the files.</summary>
    [Required]
    public string[] Files { get; set; } = [];

    /// <summary>The files are made: they are up to date from now on.</summary>
    public bool Done { get; set; }

    [Output]
    public bool Outdated { get; private set; }

    public override bool Execute()
    {
        try
        {
            StateFile? then = StateFile.Read(State);
            if (Done)
            {
                File.WriteAllText(State, ((then ?? new StateFile()) with { Files = Stamps(), Finished = true }).ToText());
                return true;
            }

            List<KeyValuePair<string, string>> now = Inputs();
            if (StateComparison.FirstChange(then, now) is { } change)
            {
                Log.LogMessage(MessageImportance.Low, "{0} is out of date: {1}.", Path.GetFileName(Files[0]), change);
                Outdated = true;
                Directory.CreateDirectory(Path.GetDirectoryName(State)!);
                File.WriteAllText(State, new StateFile { Inputs = now }.ToText());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever makes the files says it as an error.
            Log.LogMessage(MessageImportance.Low, "{0}", e.Message);
            Outdated = true;
        }

        return true;
    }

    private KeyValuePair<string, string>[] Stamps() => Array.ConvertAll(Files, file => KeyValuePair.Create(file, StateFile.StampOf(file)));

    private List<KeyValuePair<string, string>> Inputs()
    {
        List<KeyValuePair<string, string>> inputs = [.. DeclaredInputs.Common(Options), .. DeclaredInputs.Baseline(Options, ProjectDirectory)];
        foreach (ITaskItem item in Items)
        {
            inputs.Add(new($"item {item.ItemSpec}", DeclaredInputs.Digest(item)));
        }

        foreach (string source in Sources)
        {
            string path = Path.GetFullPath(source, ProjectDirectory);
            inputs.Add(new($"file {path}", StateFile.StampOf(path)));
            FolderFiles.Add(path, [], inputs);
        }

        return inputs;
    }
}
